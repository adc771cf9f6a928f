/* Reading XML from strangers: libxml2's SAX2 from memory. No other file of a
 * server's process touches libxml2. */
#ifndef LIB_XML_H
#define LIB_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/document.h"
#include "lib/error.h"

/* Prepare libxml2: bounded memory, no catalogues, no external entities. The
 * first xml_read does it where nobody has. err: false when memory was refused:
 * end the process, as what libxml2 lacks now it would lack for good. */
bool	xml_setup(void);

/* Read one document. in: any bytes; namespace, root, item and problem set,
 * the rest zeroed. out: the item filled, in part on failure; the text that
 * was read is wiped. err: ERROR_MALFORMED, or ERROR_INVALID (of what is both
 * the former), and in problem a sentence that names the line;
 * ERROR_UNAVAILABLE when memory was refused: end the process.
 * src: doc/protocol.md section 2. */
enum error xml_read(const char *, size_t, struct document *);

/* How often libxml2 wanted to load something: 0, always. */
unsigned xml_loads(void);

#endif
