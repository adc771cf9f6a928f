/* What a device invents of itself, from the kernel's random source. */
#ifndef BIN_DEVICE_RANDOM_H
#define BIN_DEVICE_RANDOM_H

#include <stddef.h>

/* Symbols of Crockford's base 32, which leaves out I, L, O and U: nobody
 * mistakes one for another. 5 bits each; ended with a NUL. */
void	random_symbols(char *to, size_t count);
/* A random UUID (RFC 9562, version 4) as urn:uuid:…. */
void	random_uuid(char to[static 46]);
/* Evenly between 0 and 1. */
double	random_fraction(void);

#endif
