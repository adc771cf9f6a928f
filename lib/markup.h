/* Reading a screen's file tag by tag: the strict part of HTML that
 * lib/screen.h allows. */
#ifndef LIB_MARKUP_H
#define LIB_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#define MARKUP_NAME_MAX		40	/* characters */
#define MARKUP_ATTRIBUTES_MAX	24

/* A stretch of the file. */
struct span {
	const char	*at;
	size_t		 length;
};

struct attribute {
	struct span	 all;		/* with the space before it */
	struct span	 name;
	struct span	 value;		/* at is NULL: it has none */
};

struct element {
	const char	*start;		/* its < */
	struct span	 name;
	struct attribute attributes[MARKUP_ATTRIBUTES_MAX];
	size_t		 attribute_count;
};

struct markup {
	const char	*path;		/* for the sentence */
	const char	*text;		/* NUL-terminated */
	const char	*at;		/* what comes next */
	char		*problem;
	size_t		 size;
};

bool	span_is(struct span, const char *);
bool	span_begins(struct span, const char *);
/* A name as elements, attributes and fields have it: a small letter, then
 * small letters, digits and dashes. */
bool	span_is_name(struct span);

/* The sentence with file and line. out: false, always, so that it can end
 * whoever found the fault. */
bool	markup_fail(struct markup *, const char *at, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* The start tag that comes next. in: at stands on its <. out: at stands behind
 * its >. err: false and the sentence: no name, an attribute that is not
 * NAME or NAME="VALUE", one twice, too many, inline style or script. */
bool	markup_read_tag(struct markup *, struct element *);
/* The end tag that comes next, in: at stands on its </. out: its name, and at
 * behind its >. err: false and the sentence. */
bool	markup_read_end_tag(struct markup *, struct span *name);

/* out: NULL when it is not there. */
const struct attribute *element_attribute(const struct element *,
	    const char *name);
/* Whether it never has content, nor an end tag. */
bool	element_is_void(const struct element *);

#endif
