/* UTF-8 without NUL, and nothing that says otherwise. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/encoding.h"
#include "lib/utf8.h"

#define BOM	"\xef\xbb\xbf"
#define SPACE	" \t\r\n"

size_t
encoding_mark(const char *bytes, size_t length)
{
	return length >= 3 && memcmp(bytes, BOM, 3) == 0 ? 3 : 0;
}

/* How many of the valid bytes come before a character that XML forbids: a
 * control (NUL is one) but tab and line ends, U+FFFE, U+FFFF. libxml2 takes a
 * comment for ended there, and reads on. */
static size_t
allowed(const char *bytes, size_t length)
{
	const char *at = bytes, *end = bytes + length, *before;
	int32_t point;

	while (at < end) {
		before = at;
		point = utf8_next(&at, end);
		if (point == UTF8_INVALID || point == 0xfffe || point == 0xffff
		    || (point < ' ' && (point == '\0'
			|| strchr(SPACE, point) == NULL)))
			return (size_t)(before - bytes);
	}
	return length;
}

/* Whether an XML declaration names an encoding other than UTF-8. In one that
 * is well-formed the word stands nowhere else; others the parser refuses. */
static bool
is_declared_otherwise(const char *at, const char *end)
{
	const char *value = NULL, *close;
	char quote;

	if (end - at < 6 || memcmp(at, "<?xml", 5) != 0 ||
	    strchr(SPACE, at[5]) == NULL)
		return false;
	close = memmem(at, (size_t)(end - at), "?>", 2);
	if (close != NULL)
		value = memmem(at, (size_t)(close - at), "encoding", 8);
	if (value == NULL)
		return false;
	value += 8 + strspn(value + 8, SPACE "=");
	quote = *value++;
	end = quote == '"' || quote == '\'' ?
	    memchr(value, quote, (size_t)(end - value)) : NULL;
	return end != NULL &&
	    (end - value != 5 || strncasecmp(value, "UTF-8", 5) != 0);
}

bool
encoding_judge(const char *bytes, size_t length, char *problem, size_t size)
{
	size_t marked = encoding_mark(bytes, length);
	size_t valid = length > 0 ? utf8_valid(bytes, length) : 0;
	size_t fine = allowed(bytes, valid);
	bool nul = fine < valid && bytes[fine] == '\0';

	/* A second mark a parser may skip as well. */
	if (length == marked || encoding_mark(bytes + marked,
	    length - marked) > 0)
		snprintf(problem, size, "line 1: no document");
	else if (nul || (fine == valid && valid < length))
		snprintf(problem, size, "line %d: a byte that is no UTF-8",
		    utf8_line(bytes, fine));
	else if (fine < valid)
		snprintf(problem, size, "line %d: a character that XML "
		    "forbids", utf8_line(bytes, fine));
	else if (is_declared_otherwise(bytes + marked, bytes + length))
		snprintf(problem, size, "line 1: the document must be in "
		    "UTF-8, and say so or nothing");
	else
		return true;
	return false;
}
