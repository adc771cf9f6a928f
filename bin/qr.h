/* A QR code (ISO/IEC 18004, error correction M): its modules, and how a
 * terminal shows them. */
#ifndef BIN_QR_H
#define BIN_QR_H

#include <stdbool.h>
#include <stdio.h>

#include <qrencode.h>

#define QR_QUIET	4	/* modules of light around it */

struct qr {
	QRcode	*code;		/* NULL: none */
	int	 size;		/* modules a side, without the quiet zone */
};

/* Make one. in: printable ASCII. out: to be freed by qr_free.
 * err: false: too long for any; nothing was made. */
bool	qr_make(struct qr *, const char *text);

/* in: 0 to size - 1 and beyond: the quiet zone is light. */
bool	qr_dark(const struct qr *, int column, int row);

/* Print it in half blocks, a module a column and two a line, with colours of
 * its own: a dark terminal and a light one show the same. */
void	qr_print(const struct qr *, FILE *);

/* Print it if it fits the terminal, else say in words what it would take.
 * in: a file that is no terminal has room for all. */
void	qr_show(const struct qr *, FILE *);

/* Wipe and release. Takes one already empty. */
void	qr_free(struct qr *);

#endif
