#include "lib/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE	1024

static const char *log_program = "tallystick";
static char log_id[40] = "-";
static char log_address[48] = "-";

void
log_open(const char *program)
{
	log_program = program;
}

void
log_request(const char *id, const char *address)
{
	snprintf(log_id, sizeof(log_id), "%s",
	    id != NULL && id[0] != '\0' ? id : "-");
	snprintf(log_address, sizeof(log_address), "%s",
	    address != NULL && address[0] != '\0' ? address : "-");
}

/* Control characters could forge a line or drive a terminal; those above 0x7f
 * are controls to some terminals, and we never write such text ourselves. */
static size_t
append_safe(char *line, size_t used, const char *from)
{
	for (; *from != '\0' && used + 5 < LINE_SIZE; from++) {
		unsigned char c = (unsigned char)*from;

		if (c < 0x20 || c >= 0x7f)
			used += (size_t)sprintf(line + used, "\\x%02x", c);
		else
			line[used++] = (char)c;
	}
	return used;
}

/* in: a line of LINE_SIZE. out: how long it is. */
static size_t
line_make(char *line, const char *level, const char *format,
    va_list arguments)
{
	char text[LINE_SIZE], head[LINE_SIZE / 4];
	struct tm tm;
	time_t now = time(NULL);
	size_t used;

	vsnprintf(text, sizeof(text), format, arguments);
	gmtime_r(&now, &tm);
	used = strftime(line, LINE_SIZE, "%Y-%m-%dT%H:%M:%SZ ", &tm);
	snprintf(head, sizeof(head), "%s %s %s %s ", log_program, log_id,
	    log_address, level);
	used = append_safe(line, used, head);
	used = append_safe(line, used, text);
	line[used++] = '\n';
	return used;
}

/* One write a line, so that lines of many workers do not mix. A log that
 * cannot be written must not stop the work: neither one that is full nor one
 * whose reader hangs. out: whether all of it went. */
static bool
line_write(const char *level, const char *format, va_list arguments)
{
	char line[LINE_SIZE];
	size_t length = line_make(line, level, format, arguments);
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) != 0
	    && write(STDERR_FILENO, line, length) == (ssize_t)length;
}

static bool
line_writef(const char *level, const char *format, ...)
{
	va_list arguments;
	bool written;

	va_start(arguments, format);
	written = line_write(level, format, arguments);
	va_end(arguments);
	return written;
}

/* A line, and before it how many found no way out. */
static void
line_add(const char *level, const char *format, va_list arguments)
{
	static unsigned lost;

	if (lost > 0 && line_writef("warning", "%u lines were lost here: the "
	    "log could not be written", lost))
		lost = 0;
	if (lost > 0 || !line_write(level, format, arguments))
		lost++;
}

void
log_line(enum log_level level, const char *format, ...)
{
	static const char *const names[] = { "error", "warning", "info" };
	va_list arguments;

	va_start(arguments, format);
	line_add(names[level], format, arguments);
	va_end(arguments);
}

void
log_fatal(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_add("error", format, arguments);
	va_end(arguments);
	exit(1);
}
