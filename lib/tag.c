/* What may begin a tag, quotes respected, outside of comments, CDATA and
 * processing instructions. What no reader would come to, behind a fault, is
 * judged alike: nothing is taken for one of these that libxml2 would not. */
#include "lib/tag.h"

#include <stdio.h>
#include <string.h>

#include "lib/document.h"
#include "lib/utf8.h"

#define LETTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:"
#define DOCTYPE	"<!DOCTYPE"

static bool
begins(const char *at, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - at) >= length && memcmp(at, word, length) == 0;
}

/* out: the end of the comment, CDATA or processing instruction that begins
 * here; all else may be a tag: the < itself. */
static const char *
skip_other(const char *at, const char *end)
{
	const char *close, *from = at + 4;

	if (begins(at, end, "<!--"))
		close = "-->";
	else if (begins(at, end, "<![CDATA["))
		close = "]]>";
	else if (begins(at, end, "<?") && end - at > 2
	    && memchr(LETTERS, at[2], strlen(LETTERS)) != NULL) {
		close = "?>";
		from = at + 2;
	} else
		return at;
	from = memmem(from, (size_t)(end - from), close, strlen(close));
	return from != NULL ? from : end;
}

/* The values of the tag that may begin here, counted no further than one
 * beyond the most. out: *at behind it, or where the next one begins: also
 * within quotes, where libxml2 gives the tag up. */
static unsigned
count_values(const char **at, const char *end)
{
	const char *p = *at + 1;
	unsigned count = 0;
	char quote = '\0';

	for (; p < end && *p != '<' && count <= TAG_VALUES_MAX; p++) {
		if (quote != '\0') {
			if (*p == quote)
				quote = '\0';
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
			count++;
		} else if (*p == '>')
			break;
	}
	*at = p;
	return count;
}

enum error
tag_judge(const char *bytes, size_t length, char *problem, size_t size)
{
	const char *at = bytes, *end = bytes + length, *tag = bytes;
	enum error error = ERROR_NONE;
	bool first = true;

	while (error == ERROR_NONE
	    && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
		tag = at;
		at = skip_other(tag, end);
		if (at != tag)
			continue;
		if (first && begins(tag, end, DOCTYPE))
			error = ERROR_MALFORMED;
		else if (count_values(&at, end) > TAG_VALUES_MAX)
			error = ERROR_INVALID;
		first = false;
	}
	if (error == ERROR_MALFORMED)
		snprintf(problem, size, "line %d: a document type declaration "
		    "is refused", utf8_line(bytes, (size_t)(tag - bytes)));
	if (error == ERROR_INVALID)
		snprintf(problem, size, "line %d: an element has more than "
		    "%d attributes", utf8_line(bytes, (size_t)(tag - bytes)),
		    DOCUMENT_ATTRIBUTES_MAX);
	return error;
}
