/* Which language to answer in. */
#ifndef LIB_LANGUAGE_H
#define LIB_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

#define LANGUAGE_SIZE	36	/* of a tag with its NUL */

/* Whether a word can be a language's tag (and so its folder): "en", "pt-BR",
 * "zh-Hant". src: RFC 5646 section 2.1, without its private and old forms. */
bool	language_is_tag(const char *);

/* The best of some tags for an Accept-Language header: of the ranges that one
 * of them meets, the one of greatest weight, the first of equals.
 * in: a header, which may be NULL; what is malformed in it is passed over.
 * out: the tag's index, or count when none meets.
 * src: RFC 4647 section 3.4 (lookup), RFC 9110 section 12.5.4. */
size_t	language_best(const char *accept_language, const char *const *tags,
	    size_t count);

#endif
