/* Whether a document is in UTF-8 and says so or nothing: told before a parser
 * sees it, which would follow other marks and declarations. */
#ifndef LIB_ENCODING_H
#define LIB_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

/* How long the byte order mark is that a document begins with: 3 or 0. */
size_t	encoding_mark(const char *, size_t);

/* in: any bytes, a byte order mark first or not.
 * err: false, and a sentence that names the line: nothing at all, a byte that
 * is no UTF-8 or is NUL, a character that XML forbids, a second byte order
 * mark, another encoding declared.
 * src: doc/protocol.md section 2. */
bool	encoding_judge(const char *, size_t, char *problem, size_t size);

#endif
