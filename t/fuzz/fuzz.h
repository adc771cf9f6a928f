/* What the fuzz targets share. A target is one noun: LLVMFuzzerTestOneInput
 * in fuzz_NOUN.c, with oracles that must hold for any bytes. libFuzzer runs it
 * ("make fuzz"), and t/fuzz/replay.c runs its corpus ("make check"). */
#ifndef T_FUZZ_FUZZ_H
#define T_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's names: prepare once, then judge any bytes. */
int	LLVMFuzzerInitialize(int *, char ***);
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* An oracle: what is not so is a finding. */
#define MUST(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: must be: %s\n", __FILE__, __LINE__, \
		    #what); \
		abort(); \
	} \
} while (0)

/* The next line of an input as a string of its own, to be freed: so the
 * sanitizer sees each byte read behind it. in: *at below end or at it.
 * out: *at behind the line's end; a NUL ends the string early. */
static inline char *
fuzz_line(const uint8_t **at, const uint8_t *end)
{
	size_t left = (size_t)(end - *at);
	const uint8_t *close = left > 0 ? memchr(*at, '\n', left) : NULL;
	size_t length = close != NULL ? (size_t)(close - *at) : left;
	char *line = malloc(length + 1);

	MUST(line != NULL);
	if (length > 0)
		memcpy(line, *at, length);
	line[length] = '\0';
	*at += close != NULL ? length + 1 : length;
	return line;
}

/* The rest of an input as a string of its own, to be freed. */
static inline char *
fuzz_rest(const uint8_t *at, const uint8_t *end)
{
	size_t length = (size_t)(end - at);
	char *rest = malloc(length + 1);

	MUST(rest != NULL);
	if (length > 0)
		memcpy(rest, at, length);
	rest[length] = '\0';
	return rest;
}

#endif
