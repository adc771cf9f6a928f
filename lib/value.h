/* Values as device messages write them, turned into what the store takes.
 * All take trimmed text and say whether it is one; out is untouched when it
 * is not. */
#ifndef LIB_VALUE_H
#define LIB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUE_TIME_SIZE	20
#define VALUE_UUID_SIZE	16

/* Digits, 1 to digits_max (19 at most) of them, after at most one minus.
 * err: false also when 64 bits do not hold it. */
bool	value_integer(const char *, size_t length, size_t digits_max,
	    int64_t *);

/* xsd:dateTime with the zone, which is required; years 1000-9999, as written
 * and in UTC. A fraction is dropped. out: "YYYY-MM-DD HH:MM:SS" in UTC. */
bool	value_time(const char *, char utc[static VALUE_TIME_SIZE]);

/* urn:uuid: and 8-4-4-4-12 hexadecimal digits (RFC 9562), any case. */
bool	value_uuid(const char *, unsigned char uuid[static VALUE_UUID_SIZE]);

#endif
