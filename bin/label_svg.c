/* A label as SVG 1.1, in millimetres. */
#include "bin/label.h"

struct svg {
	struct canvas	 canvas;	/* must be first */
	struct text	*bars;		/* one path, so that no seams show */
	struct text	*lines;
};

static void
svg_bar(struct canvas *canvas, double x, double y, double width,
    double height)
{
	struct svg *svg = (struct svg *)canvas;

	text_addf(svg->bars, "M%.3f %.3fh%.3fv%.3fh%.3fz", x, y, width,
	    height, -width);
}

static void
svg_line(struct canvas *canvas, double x, double y, double size,
    const char *characters)
{
	struct svg *svg = (struct svg *)canvas;

	text_addf(svg->lines, "<text x=\"%.3f\" y=\"%.3f\" "
	    "font-size=\"%.3f\">", x, y, size);
	text_add_xml(svg->lines, characters);
	text_add(svg->lines, "</text>\n");
}

void
label_svg(const struct label *label, const struct label_place *place,
    struct text *to)
{
	struct text bars = { 0 }, lines = { 0 };
	struct svg svg = {
		.canvas = { .bar = svg_bar, .line = svg_line },
		.bars = &bars, .lines = &lines
	};

	label_draw(label, place, &svg.canvas);
	text_addf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%gmm\" "
	    "height=\"%gmm\" viewBox=\"0 0 %g %g\">\n"
	    "<path fill=\"#fff\" d=\"M0 0H%gV%gH0z\"/>\n"
	    "<path shape-rendering=\"crispEdges\" d=\"",
	    place->paper_width, place->paper_height, place->paper_width,
	    place->paper_height, place->paper_width, place->paper_height);
	text_add_bytes(to, bars.bytes, bars.length);
	text_add(to, "\"/>\n<g font-family=\"Courier, 'Courier New', "
	    "'Liberation Mono', 'DejaVu Sans Mono', monospace\" "
	    "font-weight=\"bold\">\n");
	text_add_bytes(to, lines.bytes, lines.length);
	text_add(to, "</g>\n</svg>\n");
	text_free(&bars);
	text_free(&lines);
}
