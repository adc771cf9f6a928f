/* See device_event.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bin/device_event.h"

static const char	*awaited;
static bool		 seen;

/* Print one line, whatever the values hold: neither a forged line nor an
 * escape sequence for the terminal leaves here. */
static void
line_print(FILE *out, const char *name, const char *format, va_list values)
{
	char line[2048];
	char *at;

	vsnprintf(line, sizeof(line), format, values);
	for (at = line; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	fprintf(out, "%s%s%s\n", name, line[0] == '\0' ? "" : " ", line);
	fflush(out);
}

void
event_until(const char *name)
{
	awaited = name;
}

bool
event_seen(void)
{
	return seen;
}

void
event_tell(const char *name, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	line_print(stdout, name, format, values);
	va_end(values);
	if (awaited != NULL && strcmp(awaited, name) == 0)
		seen = true;
}

void
event_error(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	line_print(stderr, "tallystick-device:", format, values);
	va_end(values);
}
