/* What looks like a tag, quotes respected, outside of comments, CDATA and
 * processing instructions. */
#include <stdio.h>
#include <string.h>

#include "lib/document.h"
#include "lib/tag.h"
#include "lib/utf8.h"

/* out: the end of what begins so and is no tag; the < itself when it begins a
 * tag; NULL when nothing that follows is one, or a parser would not come to
 * it: a comment that never ends, a document type declaration. */
static const char *
skip_other(const char *at, const char *end)
{
	static const struct { const char *begin, *end; } others[] = {
		{ "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t length = strlen(others[i].begin);

		if ((size_t)(end - at) >= length &&
		    memcmp(at, others[i].begin, length) == 0)
			return memmem(at + length, (size_t)(end - at) -
			    length, others[i].end, strlen(others[i].end));
	}
	return end - at > 1 && at[1] == '!' ? NULL : at;
}

/* The values of the tag that begins here, counted no further than one beyond
 * the most. out: *at behind it, or where the next one begins. */
static unsigned
count_values(const char **at, const char *end)
{
	const char *p = *at + 1;
	unsigned count = 0;

	while (p < end && *p != '<' && *p != '>' && count <= TAG_VALUES_MAX) {
		if (*p == '"' || *p == '\'') {
			count++;
			p = memchr(p + 1, *p, (size_t)(end - p) - 1);
			if (p == NULL)
				p = end - 1;
		}
		p++;
	}
	*at = p;
	return count;
}

bool
tag_judge(const char *bytes, size_t length, char *problem, size_t size)
{
	const char *at = bytes, *end = bytes + length, *tag;

	while (at != NULL && (at = memchr(at, '<', (size_t)(end - at))) !=
	    NULL) {
		tag = at;
		at = skip_other(tag, end);
		if (at == tag && count_values(&at, end) > TAG_VALUES_MAX) {
			snprintf(problem, size, "line %d: an element has more "
			    "than %d attributes", utf8_line(bytes,
			    (size_t)(tag - bytes)), DOCUMENT_ATTRIBUTES_MAX);
			return false;
		}
	}
	return true;
}
