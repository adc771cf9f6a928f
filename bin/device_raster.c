/* A sheet as PWG Raster, which every IPP Everywhere printer takes. */
#include <cups/raster.h>
#include <stdlib.h>
#include <string.h>

#include "bin/device_sheet.h"
#include "bin/font.h"

#define DPI_LEAST	150
#define DPI_MOST	1200
#define DPI		300	/* when it tells none */
#define WHITE		0xff

/* Grey first: a colour printer may be out of cyan. */
static const struct kind {
	const char	*name;
	unsigned	 bytes;		/* a pixel */
} kinds[] = { { "sgray_8", 1 }, { "srgb_8", 3 } };

struct raster {
	struct canvas	 canvas;	/* must be first */
	double		 dots;		/* a millimetre has */
	unsigned	 width, height;
	unsigned char	*pixels;	/* a byte each */
};

static const struct kind *
kind_find(ipp_t *answer)
{
	ipp_attribute_t *taken = ippFindAttribute(answer, SHEET_RASTER_TYPE,
	    IPP_TAG_KEYWORD);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (taken != NULL && ippContainsString(taken, kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* The coarsest that is fine enough. */
static int
resolution_find(ipp_t *answer)
{
	ipp_attribute_t *taken = ippFindAttribute(answer,
	    SHEET_RASTER_RESOLUTION, IPP_TAG_RESOLUTION);
	int best = 0;

	for (int i = 0; taken != NULL && i < ippGetCount(taken); i++) {
		ipp_res_t units;
		int y, x = ippGetResolution(taken, i, &y, &units);

		if (units == IPP_RES_PER_INCH && x == y && x >= DPI_LEAST &&
		    x <= DPI_MOST && (best == 0 || x < best))
			best = x;
	}
	return best > 0 ? best : DPI;
}

static unsigned
dot_at(double ordinate, double dots, unsigned most)
{
	double dot = ordinate * dots + 0.5;

	return dot <= 0 ? 0 : dot >= most ? most : (unsigned)dot;
}

static void
raster_bar(struct canvas *canvas, double x, double y, double width,
    double height)
{
	struct raster *raster = (struct raster *)canvas;
	unsigned left = dot_at(x, raster->dots, raster->width);
	unsigned right = dot_at(x + width, raster->dots, raster->width);
	unsigned bottom = dot_at(y + height, raster->dots, raster->height);

	for (unsigned row = dot_at(y, raster->dots, raster->height);
	    row < bottom; row++)
		memset(raster->pixels + (size_t)row * raster->width + left, 0,
		    right - left);
}

static ssize_t
bytes_take(void *to, unsigned char *bytes, size_t length)
{
	text_add_bytes(to, bytes, length);
	return (ssize_t)length;
}

static bool
pixels_write(const struct raster *raster, cups_page_header2_t *header,
    unsigned bytes, struct text *to)
{
	cups_raster_t *out = cupsRasterOpenIO(bytes_take, to,
	    CUPS_RASTER_WRITE_PWG);
	unsigned char *line = memory_new(raster->width, bytes);
	bool good = out != NULL && cupsRasterWriteHeader2(out, header);

	for (unsigned row = 0; good && row < raster->height; row++) {
		for (size_t i = 0; i < (size_t)raster->width * bytes; i++)
			line[i] = raster->pixels[(size_t)row * raster->width +
			    i / bytes];
		good = cupsRasterWritePixels(out, line,
		    header->cupsBytesPerLine) == header->cupsBytesPerLine;
	}
	if (out != NULL)
		cupsRasterClose(out);
	free(line);
	return good;
}

bool
sheet_raster(const struct sheet *sheet, struct text *to)
{
	const struct kind *kind = kind_find(sheet->answer);
	int dpi = resolution_find(sheet->answer);
	cups_page_header2_t header;
	struct raster raster = {
		.canvas = { .bar = raster_bar, .line = font_line },
		.dots = dpi / 25.4
	};
	size_t size;
	bool good;

	if (kind == NULL || !cupsRasterInitPWGHeader(&header, sheet->paper,
	    kind->name, dpi, dpi, "one-sided", "normal"))
		return false;
	raster.width = header.cupsWidth;
	raster.height = header.cupsHeight;
	size = (size_t)raster.width * raster.height;
	raster.pixels = memory_new(size, 1);
	memset(raster.pixels, WHITE, size);
	label_draw(&sheet->label, &sheet->place, &raster.canvas);
	good = pixels_write(&raster, &header, kind->bytes, to);
	explicit_bzero(raster.pixels, size);
	free(raster.pixels);
	return good;
}
