/* See bin/label.h. */
#include <stdio.h>
#include <string.h>

#include "bin/label.h"

/* The QR code with its quiet zone stands in the upper left corner, the code
 * beside it, the address below both. */
#define QR_SIDE		26.0
#define CODE_WIDTH	(LABEL_WIDTH_MM - QR_SIDE - 2.0)
#define CODE_HEIGHT	22.0
#define CODE_MIDDLE	13.5
#define PAGE_LEFT	2.0
#define PAGE_WIDTH	(LABEL_WIDTH_MM - 2 * PAGE_LEFT)
#define PAGE_SIZE_MAX	2.6
#define PAGE_LINE_MAX	((LABEL_PAGE_MAX + 1) / 2)

#define GROUP		4
#define CHARACTER	0.6	/* width to size */
#define CAPITAL		0.6	/* height to size */
#define LINE		1.2	/* from one to the next */

const struct label_place label_alone = {
	.paper_width = LABEL_WIDTH_MM, .paper_height = LABEL_HEIGHT_MM,
	.scale = 1
};

/* What is drawn where. */
struct pen {
	struct canvas			*canvas;
	const struct label_place	*place;
};

static void
bar_draw(const struct pen *pen, double x, double y, double width,
    double height)
{
	const struct label_place *place = pen->place;

	pen->canvas->bar(pen->canvas, place->left + x * place->scale,
	    place->top + y * place->scale, width * place->scale,
	    height * place->scale);
}

static void
line_draw(const struct pen *pen, double x, double y, double size,
    const char *characters)
{
	const struct label_place *place = pen->place;

	pen->canvas->line(pen->canvas, place->left + x * place->scale,
	    place->top + y * place->scale, size * place->scale, characters);
}

/* Dark modules side by side are one bar. */
static void
qr_draw(const struct pen *pen, const struct qr *qr)
{
	const double side = QR_SIDE / (qr->size + 2 * QR_QUIET);

	for (int row = 0; row < qr->size; row++) {
		for (int column = 0, next; column < qr->size; column = next) {
			next = column + 1;
			if (!qr_dark(qr, column, row))
				continue;
			while (qr_dark(qr, next, row))
				next++;
			bar_draw(pen, (QR_QUIET + column) * side,
			    (QR_QUIET + row) * side, (next - column) * side,
			    side);
		}
	}
}

/* So many groups in a line. out: the size that the code then has. */
static double
code_size(size_t groups, size_t in_line)
{
	size_t lines = (groups + in_line - 1) / in_line;
	double by_width = CODE_WIDTH / CHARACTER /
	    (double)(in_line * (GROUP + 1) - 1);
	double by_height = CODE_HEIGHT / LINE / (double)lines;

	return by_width < by_height ? by_width : by_height;
}

/* As large as it can be. */
static void
code_draw(const struct pen *pen, const char *code)
{
	size_t length = strlen(code), groups = (length + GROUP - 1) / GROUP;
	size_t in_line = 1, lines, at = 0;
	char line[CODE_MAX * 2];
	double size, y;

	for (size_t i = 2; i <= groups; i++)
		if (code_size(groups, i) > code_size(groups, in_line))
			in_line = i;
	size = code_size(groups, in_line);
	lines = (groups + in_line - 1) / in_line;
	y = CODE_MIDDLE + size * (CAPITAL - LINE * (double)(lines - 1)) / 2;
	for (size_t i = 0; i < lines; i++, y += size * LINE) {
		size_t end = 0;

		for (size_t j = 0; j < in_line * GROUP && at < length; j++) {
			if (j > 0 && j % GROUP == 0)
				line[end++] = '-';
			line[end++] = code[at++];
		}
		line[end] = '\0';
		line_draw(pen, QR_SIDE, y, size, line);
	}
	explicit_bzero(line, sizeof(line));
}

/* In one line, or two where it would be too small. */
static void
page_draw(const struct pen *pen, const char *page)
{
	size_t length = strlen(page);
	size_t first = length > PAGE_LINE_MAX ? (length + 1) / 2 : length;
	double size = PAGE_WIDTH / CHARACTER / (double)first;
	char line[LABEL_PAGE_MAX + 1];

	if (size > PAGE_SIZE_MAX)
		size = PAGE_SIZE_MAX;
	snprintf(line, sizeof(line), "%.*s", (int)first, page);
	line_draw(pen, PAGE_LEFT, length > first ? 26.8 : 28.0, size, line);
	if (length > first)
		line_draw(pen, PAGE_LEFT, 28.8, size, page + first);
}

void
label_draw(const struct label *label, const struct label_place *place,
    struct canvas *canvas)
{
	const struct pen pen = { canvas, place };

	qr_draw(&pen, &label->qr);
	code_draw(&pen, label->code);
	page_draw(&pen, label->page);
}

void
label_link(struct text *link, const char *page, const char *normal)
{
	text_addf(link, "%s?code=%s", page, normal);
}

bool
label_make(struct label *label, const char *page, const char *code,
    char *problem, size_t size)
{
	struct text link = { 0 };
	bool made = false;

	memset(label, 0, sizeof(*label));
	if (!code_normalize(code, label->code)) {
		snprintf(problem, size, "that is no code: it needs %d to %d"
		    " digits and letters", CODE_MIN, CODE_MAX);
		return false;
	}
	if (!text_copy(label->page, sizeof(label->page), page)) {
		snprintf(problem, size, "the pairing page's address is too"
		    " long for a label: %d characters at most",
		    LABEL_PAGE_MAX);
		goto out;
	}
	for (const char *at = page; *at != '\0'; at++) {
		if (*at > ' ' && *at < 0x7f)
			continue;
		snprintf(problem, size, "the pairing page's address is none");
		goto out;
	}
	label_link(&link, page, label->code);
	made = qr_make(&label->qr, link.bytes);
	if (!made)
		snprintf(problem, size, "no QR code can be made");
out:
	text_free(&link);
	if (!made)
		label_free(label);
	return made;
}

void
label_free(struct label *label)
{
	qr_free(&label->qr);
	explicit_bzero(label, sizeof(*label));
}
