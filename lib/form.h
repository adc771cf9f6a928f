/* Fields of queries, url-encoded and multipart forms, and cookies. */
#ifndef LIB_FORM_H
#define LIB_FORM_H

#include <stddef.h>

#include "lib/error.h"

/* One field of an application/x-www-form-urlencoded text. in: the first
 * field of that name counts. out: decoded bytes in *value (free it), ended by
 * a NUL beyond *length; NULL when there is no such field.
 * err: ERROR_MALFORMED: a percent sign without two hex digits, or a NUL. */
enum error form_field(const char *form, size_t, const char *name,
	    char **value, size_t *length);

/* The same for multipart/form-data (RFC 7578). in: the Content-Type with its
 * boundary. err: ERROR_MALFORMED: no boundary, or a part without its end. */
enum error form_part(const char *body, size_t, const char *content_type,
	    const char *name, char **value, size_t *length);

/* A cookie's value (RFC 6265). in: the Cookie header. out: whether there was
 * one that fits size; the first of that name. */
_Bool	form_cookie(const char *header, const char *name, char *value,
	    size_t size);

#endif
