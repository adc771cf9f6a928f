/* A document as a table describes it: which element may hold what, in which
 * order, and where in a struct it goes. Knows no parser: lib/xml.c tells it
 * what a document holds, piece by piece. */
#ifndef LIB_DOCUMENT_H
#define LIB_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCUMENT_PROBLEM_SIZE	256

enum {
	DOCUMENT_DEPTH_MAX = 16,
	DOCUMENT_ATTRIBUTES_MAX = 32,	/* with namespace declarations */
	DOCUMENT_ELEMENTS_MAX = 16000,
	DOCUMENT_NAME_MAX = 64,		/* bytes, as written */
	DOCUMENT_TEXT_MAX = 8 * 1024	/* of an element or attribute, bytes */
};

/* A value: an attribute's, or the text of an element. */
struct document_value {
	const char	*name;		/* the attribute's; else NULL */
	bool		 required;	/* of an attribute */
	size_t		 offset;	/* of its field in the item */
	size_t		 line;		/* of an int there, set to the line of
					 * its element; 0: none is wanted */
	/* Set the field from trimmed, NUL-ended text. out: whether it is
	 * valid, the field untouched when not. */
	bool		(*read)(const struct document_value *,
			    const char *text, size_t length, void *field);
	int64_t		 min, max;	/* bounds, for read */
	const char *const *keywords;	/* NULL-ended, for read */
	const char	*wanted;	/* "1 to 64 characters"; NULL: a whole
					 * number from min to max */
	bool		 quoted;	/* problems may show what was sent */
};

/* An element of our namespace. */
struct document_element {
	const char	*name;		/* NULL ends a list of children */
	unsigned	 min, max;	/* how often in its parent */
	unsigned	 branch;	/* 0, or the one of several ways that
					 * it belongs to; one must be whole */
	const struct document_value *attributes;  /* ended by a NULL name */
	const struct document_value *value;	  /* NULL: holds elements */
	const struct document_element *children;  /* in their order */
	/* A new item for what is inside; NULL: its parent's item. */
	void		*(*begin)(void *parent);
	/* All of it was read. out: NULL, or what is wrong with it. */
	const char	*(*end)(void *parent, void *item);
};

/* An element that is open. */
struct document_frame {
	const struct document_element *element;	/* NULL: foreign, skipped */
	const struct document_element *at;	/* the child reached */
	unsigned	 count;			/* of that child */
	unsigned	 branch;		/* the way taken, 0: none yet */
	unsigned	 attributes;		/* bits: which came */
	void		*parent;		/* the item around it */
	void		*item;
	size_t		 length;		/* of its text so far */
	int		 line;
};

/* Where a reader stands. Zeroed but for the first four. */
struct document {
	const char	*namespace;
	const struct document_element *root;
	void		*item;		/* what the root fills */
	char		*problem;	/* DOCUMENT_PROBLEM_SIZE; "": valid */
	struct document_frame frames[DOCUMENT_DEPTH_MAX];
	unsigned	 depth;
	unsigned	 elements;
	bool		 closed;	/* the root element has ended */
	char		 text[DOCUMENT_TEXT_MAX + 1];	/* wipe it */
};

/* What comes next in the document. in: namespaces NULL for none; the line;
 * before what it names the length of each name, prefix and colon counted;
 * between open and opened the attributes, declarations of namespaces counted.
 * out: false when a bound is passed, and nothing may follow. All else that
 * is wrong is kept in problem, the first of it, and what follows is skipped. */
bool	document_name(struct document *, size_t length, int line);
bool	document_open(struct document *, const char *name, const char *uri,
	    unsigned attributes, int line);
bool	document_attribute(struct document *, const char *name,
	    const char *uri, const char *text, size_t length);
void	document_opened(struct document *);
bool	document_text(struct document *, const char *, size_t, int line);
void	document_close(struct document *, int line);

#endif
