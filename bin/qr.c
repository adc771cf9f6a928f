/* See bin/qr.h. */
#include <string.h>
#include <sys/ioctl.h>

#include "bin/qr.h"

/* White on black of the fixed palette, which no theme repaints. */
#define COLOURS		"\033[38;5;231;48;5;16m"
#define COLOURS_END	"\033[0m"

bool
qr_make(struct qr *qr, const char *text)
{
	*qr = (struct qr) { .code = QRcode_encodeString(text, 0, QR_ECLEVEL_M,
	    QR_MODE_8, 1) };
	if (qr->code == NULL)
		return false;
	qr->size = qr->code->width;
	return true;
}

bool
qr_dark(const struct qr *qr, int column, int row)
{
	if (column < 0 || column >= qr->size || row < 0 || row >= qr->size)
		return false;
	return qr->code->data[row * qr->size + column] & 1;
}

void
qr_print(const struct qr *qr, FILE *out)
{
	static const char *const blocks[] = { "█", "▀", "▄", " " };
	const int end = qr->size + QR_QUIET;

	for (int row = -QR_QUIET; row < end; row += 2) {
		fputs(COLOURS, out);
		for (int column = -QR_QUIET; column < end; column++) {
			/* Of the last line's lower half nothing is left. */
			bool upper = qr_dark(qr, column, row);
			bool lower = qr_dark(qr, column, row + 1) ||
			    row + 1 == end;

			fputs(blocks[upper * 2 + lower], out);
		}
		fputs(COLOURS_END "\n", out);
	}
	fflush(out);
}

void
qr_show(const struct qr *qr, FILE *out)
{
	const int columns = qr->size + 2 * QR_QUIET, lines = (columns + 1) / 2;
	struct winsize window;

	/* A pseudo terminal that was told no size says 0. */
	if (ioctl(fileno(out), TIOCGWINSZ, &window) == 0 &&
	    window.ws_col > 0 && window.ws_row > 0 &&
	    (window.ws_col < columns || window.ws_row <= lines))
		fprintf(out, "(a terminal of %d columns and %d lines would show"
		    " a QR code here)\n", columns, lines + 1);
	else
		qr_print(qr, out);
	fflush(out);
}

void
qr_free(struct qr *qr)
{
	if (qr->code != NULL) {
		explicit_bzero(qr->code->data,
		    (size_t)qr->size * (size_t)qr->size);
		QRcode_free(qr->code);
	}
	*qr = (struct qr) { .code = NULL };
}
