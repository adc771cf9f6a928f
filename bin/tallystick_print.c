#include "bin/tallystick_print.h"

#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "lib/text.h"
#include "lib/utf8.h"

#define SAFE_SIZE	600
#define SAFE_COUNT	5

static char safe[SAFE_COUNT][SAFE_SIZE];

const char *
print_safe(const struct db_value *value)
{
	static unsigned turn;
	char *to = safe[turn++ % SAFE_COUNT];
	size_t length;

	if (value->type != DB_BYTES || value->length == 0)
		return "-";
	text_copy(to, SAFE_SIZE, value->bytes);
	/* A character cut in two is no character. */
	length = utf8_valid(to, strlen(to));
	to[length] = '\0';
	for (char *c = to; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
		/* U+0080-U+009F: controls in two bytes. */
		if ((unsigned char)c[0] == 0xc2 && (unsigned char)c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
	return to;
}

static void
cell_print(const char *text, unsigned width, bool last)
{
	size_t length = utf8_count(text, strlen(text));

	fputs(text, stdout);
	for (; !last && length < width + 2; length++)
		putchar(' ');
}

void
print_row(const struct db_value *values, const unsigned *widths,
    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		cell_print(print_safe(&values[i]), widths[i], i + 1 == count);
	putchar('\n');
}

void
print_head(const char *const *names, const unsigned *widths, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		cell_print(names[i], widths[i], i + 1 == count);
	putchar('\n');
}
