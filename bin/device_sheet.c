/* The sheet that a printer prints of itself: its label, large, on the paper
 * that it has. */
#include <stdio.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_ipp.h"
#include "bin/label.h"

#define PAPER_WIDTH	210.0	/* A4, if the printer tells no paper, in mm */
#define PAPER_HEIGHT	297.0
#define SCALE_MAX	3.0

static const char *const paper_attributes[] = {
	"document-format-supported", "media-default"
};

/* In the order of preference. */
static const struct format {
	const char	*name;
	void		(*write)(const struct label *,
			    const struct label_place *, struct text *);
} formats[] = {
	{ "application/pdf", label_pdf },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* out: NULL: the printer takes none of ours. */
static const struct format *
format_find(ipp_t *answer)
{
	ipp_attribute_t *taken = ippFindAttribute(answer,
	    "document-format-supported", IPP_TAG_MIMETYPE);

	for (size_t i = 0; taken != NULL && i < COUNT(formats); i++)
		if (ippContainsString(taken, formats[i].name))
			return &formats[i];
	return NULL;
}

/* The upper part of the paper, a tenth of it left free on each side. */
static void
place_find(ipp_t *answer, struct label_place *place)
{
	pwg_media_t *media = pwgMediaForPWG(ipp_text(answer, "media-default"));
	double by_height;

	*place = (struct label_place) {
		.paper_width = PAPER_WIDTH, .paper_height = PAPER_HEIGHT
	};
	if (media != NULL && media->width > 0 && media->length > 0) {
		place->paper_width = media->width / 100.0;
		place->paper_height = media->length / 100.0;
	}
	place->scale = 0.8 * place->paper_width / LABEL_WIDTH_MM;
	by_height = 0.8 * place->paper_height / LABEL_HEIGHT_MM;
	if (place->scale > by_height)
		place->scale = by_height;
	if (place->scale > SCALE_MAX)
		place->scale = SCALE_MAX;
	place->left = (place->paper_width - place->scale * LABEL_WIDTH_MM) / 2;
	place->top = 0.1 * place->paper_height;
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
	ipp_t *answer;
	const struct format *format;
	struct label label = { .code = "" };
	struct label_place place;
	struct text document = { 0 };
	char problem[256];
	bool printed = false;

	ipp_want(request, paper_attributes, COUNT(paper_attributes));
	answer = ipp_ask(ipp, request, NULL);
	if (answer == NULL)
		return false;
	format = format_find(answer);
	place_find(answer, &place);
	ippDelete(answer);
	if (format == NULL) {
		event_error("the printer at %s cannot print the sheet: it "
		    "does not take application/pdf", ipp->uri);
		return false;
	}
	if (!label_make(&label, page, code, problem, sizeof(problem))) {
		event_error("no sheet: %s", problem);
		return false;
	}
	format->write(&label, &place, &document);
	printed = sheet_send(ipp, format->name, &document);
	text_free(&document);
	label_free(&label);
	return printed;
}
