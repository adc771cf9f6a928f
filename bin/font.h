/* Characters as bars, for paper that has no fonts. */
#ifndef BIN_FONT_H
#define BIN_FONT_H

#include "bin/label.h"

/* A canvas's line, drawn with its bar: printable ASCII, five dots wide in a
 * cell of six; others are left blank. */
void	font_line(struct canvas *, double x, double y, double size,
	    const char *characters);

#endif
