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
	const char *nul = valid > 0 ? memchr(bytes, '\0', valid) : NULL;

	/* A second mark a parser may skip as well. */
	if (length == marked || encoding_mark(bytes + marked,
	    length - marked) > 0)
		snprintf(problem, size, "line 1: no document");
	else if (nul != NULL || valid < length)
		snprintf(problem, size, "line %d: a byte that is no UTF-8",
		    utf8_line(bytes, nul != NULL ? (size_t)(nul - bytes) :
		    valid));
	else if (is_declared_otherwise(bytes + marked, bytes + length))
		snprintf(problem, size, "line 1: the document must be in "
		    "UTF-8, and say so or nothing");
	else
		return true;
	return false;
}
