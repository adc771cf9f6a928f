#include "bin/tallystick_print.h"

#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "lib/text.h"
#include "lib/utf8.h"

#define SAFE_SIZE	600
#define SAFE_COUNT	5

static char safe[SAFE_COUNT][SAFE_SIZE];

/* Characters that drive a terminal, or that reorder or hide what stands
 * around them: a device may not write another one's row. */
static const struct {
	int32_t	first;
	int32_t	last;
} unsafe[] = {
	{ 0x0, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },		/* soft hyphen */
	{ 0x61c, 0x61c },	/* from here on: writing direction, */
	{ 0x200b, 0x200b },	/* widths of zero but for the joiners, */
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },	/* ends of lines */
	{ 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f },	/* tags */
};

static bool
is_safe(int32_t point)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (point >= unsafe[i].first && point <= unsafe[i].last)
			return false;
	return true;
}

const char *
print_safe(const struct db_value *value)
{
	static unsigned turn;
	char *text = safe[turn++ % SAFE_COUNT], *to = text;
	const char *from = text, *at, *end;
	int32_t point;

	if (value->type != DB_BYTES || value->length == 0)
		return "-";
	text_copy(text, SAFE_SIZE, value->bytes);
	/* A character cut in two is no character. */
	end = text + strlen(text);
	for (at = from; at < end; from = at) {
		if ((point = utf8_next(&at, end)) == UTF8_INVALID)
			break;
		if (!is_safe(point)) {
			*to++ = '?';
			continue;
		}
		memmove(to, from, (size_t)(at - from));
		to += at - from;
	}
	*to = '\0';
	return text;
}

static void
cell_print(const char *text, unsigned width, bool last)
{
	size_t length = utf8_count(text, strlen(text));

	fputs(text, stdout);
	if (last)
		return;
	for (; length < width; length++)
		putchar(' ');
	fputs("  ", stdout);
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
