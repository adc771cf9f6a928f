/* The sheet that a printer prints of itself: its label, large, on the paper
 * that it has. */
#include <stdio.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_ipp.h"
#include "bin/device_sheet.h"

#define PAPER		"iso_a4_210x297mm"	/* if it tells none */
#define SCALE_MAX	3.0

static const char *const paper_attributes[] = {
	"document-format-supported", "media-default", SHEET_RASTER_TYPE,
	SHEET_RASTER_RESOLUTION
};

static bool
sheet_pdf(const struct sheet *sheet, struct text *to)
{
	label_pdf(&sheet->label, &sheet->place, to);
	return true;
}

/* In the order of preference. */
static const struct format {
	const char	*name;
	bool		(*write)(const struct sheet *, struct text *);
} formats[] = {
	{ "application/pdf", sheet_pdf },
	{ "image/pwg-raster", sheet_raster },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The upper part of the paper, a tenth of it left free on each side. */
static void
paper_find(struct sheet *sheet)
{
	struct label_place *place = &sheet->place;
	double by_height;

	sheet->paper = pwgMediaForPWG(ipp_text(sheet->answer,
	    "media-default"));
	if (sheet->paper == NULL || sheet->paper->width <= 0 ||
	    sheet->paper->length <= 0)
		sheet->paper = pwgMediaForPWG(PAPER);
	place->paper_width = sheet->paper->width / 100.0;
	place->paper_height = sheet->paper->length / 100.0;
	place->scale = 0.8 * place->paper_width / LABEL_WIDTH_MM;
	by_height = 0.8 * place->paper_height / LABEL_HEIGHT_MM;
	if (place->scale > by_height)
		place->scale = by_height;
	if (place->scale > SCALE_MAX)
		place->scale = SCALE_MAX;
	place->left = (place->paper_width - place->scale * LABEL_WIDTH_MM) / 2;
	place->top = 0.1 * place->paper_height;
}

/* out: the format's name; NULL: the printer takes none of ours. */
static const char *
sheet_write(const struct sheet *sheet, struct text *to)
{
	ipp_attribute_t *taken = ippFindAttribute(sheet->answer,
	    "document-format-supported", IPP_TAG_MIMETYPE);

	for (size_t i = 0; taken != NULL && i < COUNT(formats); i++) {
		text_clear(to);
		if (ippContainsString(taken, formats[i].name) &&
		    formats[i].write(sheet, to))
			return formats[i].name;
	}
	return NULL;
}

static bool
sheet_send(struct ipp_printer *ipp, const char *format,
    const struct text *document)
{
	ipp_t *request = ipp_begin(ipp, IPP_OP_PRINT_JOB), *answer;
	ipp_attribute_t *id;

	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name",
	    NULL, "Pairing");
	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE,
	    "document-format", NULL, format);
	answer = ipp_ask(ipp, request, document);
	if (answer == NULL)
		return false;
	id = ippFindAttribute(answer, "job-id", IPP_TAG_INTEGER);
	event_tell("sheet", "job=%d format=%s",
	    id != NULL ? ippGetInteger(id, 0) : 0, format);
	ippDelete(answer);
	return true;
}

bool
ipp_print_sheet(struct printer *printer, const char *page, const char *code)
{
	struct ipp_printer *ipp = (struct ipp_printer *)printer;
	ipp_t *request = ipp_begin(ipp, IPP_OP_GET_PRINTER_ATTRIBUTES);
	struct sheet sheet = { .answer = NULL };
	struct text document = { 0 };
	const char *format;
	char problem[256];
	bool printed = false;

	ipp_want(request, paper_attributes, COUNT(paper_attributes));
	sheet.answer = ipp_ask(ipp, request, NULL);
	if (sheet.answer == NULL)
		return false;
	if (!label_make(&sheet.label, page, code, problem, sizeof(problem))) {
		event_error("no sheet: %s", problem);
		goto out;
	}
	paper_find(&sheet);
	format = sheet_write(&sheet, &document);
	if (format != NULL)
		printed = sheet_send(ipp, format, &document);
	else
		event_error("the printer at %s cannot print the sheet: it "
		    "takes neither application/pdf nor image/pwg-raster",
		    ipp->uri);
out:
	text_free(&document);
	label_free(&sheet.label);
	ippDelete(sheet.answer);
	return printed;
}
