/* UTF-8 as RFC 3629 has it: shortest forms, no surrogates, to U+10FFFF. */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID	(-1)

/* The code point at *at, which moves past it. in: *at below end.
 * err: UTF8_INVALID, *at unchanged. */
int32_t	utf8_next(const char **at, const char *end);

/* How many of the bytes are whole, valid code points: the length when all
 * are, else where the first bad one begins. */
size_t	utf8_valid(const char *, size_t);

/* Code points in valid UTF-8. */
size_t	utf8_count(const char *, size_t);

/* The line that a place lies in, from 1. in: at least so many bytes. */
int	utf8_line(const char *, size_t place);

#endif
