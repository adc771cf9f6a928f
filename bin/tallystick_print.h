/* What devices and receivers said, shown on a terminal. */
#ifndef BIN_TALLYSTICK_PRINT_H
#define BIN_TALLYSTICK_PRINT_H

#include <stddef.h>

#include "lib/db.h"

/* Make a value fit to be shown. in: UTF-8. out: the same, with control
 * characters, which could drive a terminal, and those that change direction
 * or cannot be seen as '?'; NULL and nothing as "-".
 * The text belongs to this file and lasts for four further calls. */
const char *print_safe(const struct db_value *);

/* A row of a table on standard output: each value padded to its column's
 * width in characters, two spaces between. */
void	print_row(const struct db_value *, const unsigned *widths,
	    unsigned count);
/* The same for its head. */
void	print_head(const char *const *names, const unsigned *widths,
	    unsigned count);

#endif
