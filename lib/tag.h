/* Tags, counted before a parser sees them. libxml2 compares each attribute with
 * all before it and tells of none until it has read them all: half a MiB of
 * attributes took it 0.7 s. */
#ifndef LIB_TAG_H
#define LIB_TAG_H

#include <stdbool.h>
#include <stddef.h>

/* Values of a tag, in quotes. Above DOCUMENT_ATTRIBUTES_MAX, so that this only
 * keeps time, and the parser and the table tell of all that is less. */
#define TAG_VALUES_MAX	128

/* in: UTF-8 without NUL, well-formed or not.
 * err: false, and a sentence that names the line: a tag has more values. */
bool	tag_judge(const char *, size_t, char *problem, size_t size);

#endif
