/* A device's label, 60 x 30 mm: its code in groups of four, the QR code of its
 * pairing link, and the pairing page's address. No words, so no language. */
#ifndef BIN_LABEL_H
#define BIN_LABEL_H

#include <stdbool.h>
#include <stddef.h>

#include "bin/qr.h"
#include "lib/code.h"
#include "lib/text.h"

#define LABEL_WIDTH_MM	60.0
#define LABEL_HEIGHT_MM	30.0
#define LABEL_PAGE_MAX	120	/* characters of the address */

struct label {
	char		 code[CODE_MAX + 1];	/* normal form */
	char		 page[LABEL_PAGE_MAX + 1];
	struct qr	 qr;			/* of the link */
};

/* Where it is drawn: millimetres from the upper left corner of the paper. */
struct label_place {
	double	paper_width, paper_height;
	double	left, top;
	double	scale;
};

/* What it is drawn with; all in millimetres of the paper. */
struct canvas {
	/* A black bar; many make the squares. */
	void	(*bar)(struct canvas *, double x, double y, double width,
		    double height);
	/* Characters in a row, each 0.6 of size wide; in: y: where they
	 * stand on. */
	void	(*line)(struct canvas *, double x, double y, double size,
		    const char *characters);
};

/* Prepare one. in: the pairing page's address; a code in any form.
 * out: to be freed. err: false and a sentence, which holds no code: not a
 * code, or an address too long or not of printable ASCII. */
bool	label_make(struct label *, const char *page, const char *code,
	    char *problem, size_t size);
/* Wipe and release. */
void	label_free(struct label *);

/* The link behind the QR code. in: a code in normal form.
 * src: doc/protocol.md section 4, GET /pair. */
void	label_link(struct text *, const char *page, const char *normal);

/* Draw it. */
void	label_draw(const struct label *, const struct label_place *,
	    struct canvas *);

/* Its own paper. */
extern const struct label_place	label_alone;

/* The whole as a document: label_svg.c, label_pdf.c. */
void	label_svg(const struct label *, const struct label_place *,
	    struct text *);
void	label_pdf(const struct label *, const struct label_place *,
	    struct text *);

#endif
