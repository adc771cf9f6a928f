/* UTF-8, read a code point at a time. */
#include "lib/utf8.h"

/* By the count of bytes that follow the first: the bits that the first one
 * gives, and the least code point that needs that many. */
static const struct form {
	unsigned char	mask;
	int32_t		least;
} forms[] = {
	{ 0x7f, 0x0 },
	{ 0x1f, 0x80 },
	{ 0x0f, 0x800 },
	{ 0x07, 0x10000 },
};

static int
following(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	if (first >= 0xf0 && first <= 0xf4)
		return 3;
	return -1;
}

int32_t
utf8_next(const char **at, const char *end)
{
	const unsigned char *p = (const unsigned char *)*at;
	int count = following(*p);
	int32_t point;

	if (count < 0 || end - *at <= count)
		return UTF8_INVALID;
	point = *p & forms[count].mask;
	for (int i = 1; i <= count; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UTF8_INVALID;
		point = point << 6 | (p[i] & 0x3f);
	}
	if (point < forms[count].least || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return UTF8_INVALID;
	*at += count + 1;
	return point;
}

size_t
utf8_valid(const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length;

	while (at < end && utf8_next(&at, end) != UTF8_INVALID)
		;
	return (size_t)(at - bytes);
}

size_t
utf8_count(const char *bytes, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			count++;
	return count;
}

int
utf8_line(const char *bytes, size_t place)
{
	int line = 1;

	for (size_t i = 0; i < place; i++)
		if (bytes[i] == '\n')
			line++;
	return line;
}
