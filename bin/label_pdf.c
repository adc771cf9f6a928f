/* A label as PDF 1.4. Courier is one of the fonts that each reader and printer
 * has, so nothing is embedded and no library needed. */
#include "bin/label.h"

#define POINTS	(72 / 25.4)	/* a millimetre has */
#define OBJECTS	5

struct pdf {
	struct canvas			 canvas;	/* must be first */
	const struct label_place	*place;
	struct text			*bars;
	struct text			*lines;
};

/* Its ordinates rise from the lower left corner, in points. */
static void
pdf_bar(struct canvas *canvas, double x, double y, double width,
    double height)
{
	struct pdf *pdf = (struct pdf *)canvas;

	text_addf(pdf->bars, "%.3f %.3f %.3f %.3f re\n", x * POINTS,
	    (pdf->place->paper_height - y - height) * POINTS, width * POINTS,
	    height * POINTS);
}

static void
pdf_line(struct canvas *canvas, double x, double y, double size,
    const char *characters)
{
	struct pdf *pdf = (struct pdf *)canvas;

	text_addf(pdf->lines, "BT /F %.3f Tf %.3f %.3f Td (", size * POINTS,
	    x * POINTS, (pdf->place->paper_height - y) * POINTS);
	for (; *characters != '\0'; characters++) {
		if (*characters == '(' || *characters == ')' ||
		    *characters == '\\')
			text_add(pdf->lines, "\\");
		text_add_bytes(pdf->lines, characters, 1);
	}
	text_add(pdf->lines, ") Tj ET\n");
}

/* What is drawn, in a stream. */
static void
content_add(struct text *to, const struct label *label,
    const struct label_place *place)
{
	struct text bars = { 0 }, lines = { 0 };
	struct pdf pdf = {
		.canvas = { .bar = pdf_bar, .line = pdf_line },
		.place = place, .bars = &bars, .lines = &lines
	};

	label_draw(label, place, &pdf.canvas);
	text_addf(to, "<< /Length %zu >>\nstream\n",
	    bars.length + 2 + lines.length);
	text_add_bytes(to, bars.bytes, bars.length);
	text_add(to, "f\n");
	text_add_bytes(to, lines.bytes, lines.length);
	text_add(to, "endstream");
	text_free(&bars);
	text_free(&lines);
}

static void
object_add(struct text *to, unsigned number, const struct label *label,
    const struct label_place *place)
{
	switch (number) {
	case 1:		/* printed true, not fitted to the paper */
		text_add(to, "<< /Type /Catalog /Pages 2 0 R "
		    "/ViewerPreferences << /PrintScaling /None >> >>");
		break;
	case 2:
		text_add(to, "<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
		break;
	case 3:
		text_addf(to, "<< /Type /Page /Parent 2 0 R /MediaBox "
		    "[0 0 %.3f %.3f] /Contents 5 0 R /Resources "
		    "<< /Font << /F 4 0 R >> >> >>",
		    place->paper_width * POINTS,
		    place->paper_height * POINTS);
		break;
	case 4:
		text_add(to, "<< /Type /Font /Subtype /Type1 /BaseFont "
		    "/Courier-Bold /Encoding /WinAnsiEncoding >>");
		break;
	default:
		content_add(to, label, place);
	}
}

void
label_pdf(const struct label *label, const struct label_place *place,
    struct text *to)
{
	size_t offsets[OBJECTS + 1], table;

	text_add(to, "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
	for (unsigned i = 1; i <= OBJECTS; i++) {
		offsets[i] = to->length;
		text_addf(to, "%u 0 obj\n", i);
		object_add(to, i, label, place);
		text_add(to, "\nendobj\n");
	}
	table = to->length;
	text_addf(to, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS + 1);
	for (unsigned i = 1; i <= OBJECTS; i++)
		text_addf(to, "%010zu 00000 n \n", offsets[i]);
	text_addf(to, "trailer\n<< /Size %d /Root 1 0 R >>\n"
	    "startxref\n%zu\n%%%%EOF\n", OBJECTS + 1, table);
}
