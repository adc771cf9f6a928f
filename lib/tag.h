/* Tags, judged before a parser sees them. libxml2 compares each attribute with
 * all before it and tells of none until it has read them all: half a MiB of
 * attributes took it 0.7 s. It does so, too, in what it has found to be
 * malformed already; and a document type declaration after such a fault it
 * reads without telling. */
#ifndef LIB_TAG_H
#define LIB_TAG_H

#include <stddef.h>

#include "lib/error.h"

/* Values of a tag, in quotes. Above DOCUMENT_ATTRIBUTES_MAX, so that this only
 * keeps time, and the parser and the table tell of all that is less. */
#define TAG_VALUES_MAX	128

/* in: UTF-8 of characters that XML allows, well-formed or not.
 * err: and a sentence that names the line: ERROR_INVALID: a tag has more
 * values; ERROR_MALFORMED: a document type declaration, where one may stand. */
enum error	tag_judge(const char *, size_t, char *problem, size_t size);

#endif
