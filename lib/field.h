/* Readers of values, for the tables of messages: each checks a text against
 * the table's bounds and fills a field of a struct. */
#ifndef LIB_FIELD_H
#define LIB_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/document.h"

/* in: the row of the table; text, trimmed and ended by a NUL. out: the field,
 * of the type named here. err: false, the field untouched. */
typedef bool field_read(const struct document_value *, const char *text,
    size_t length, void *field);

field_read field_text;		/* char[]: min to max code points */
field_read field_id;		/* char[]: of A-Z a-z 0-9 . _ : - */
field_read field_keyword;	/* const char *: the keyword, static */
field_read field_integer;	/* int32_t */
field_read field_integer_not_0;	/* int32_t */
field_read field_bytes_4;	/* unsigned char[4]: one, big-endian */
field_read field_sequence;	/* int64_t: 0 to 2^63-1 */
field_read field_time;		/* char[20]: UTC, as lib/value.h has it */
field_read field_uuid;		/* unsigned char[16] */

#endif
