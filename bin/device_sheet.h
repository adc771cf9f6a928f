/* The sheet that a printer prints of itself, and the forms it may take. */
#ifndef BIN_DEVICE_SHEET_H
#define BIN_DEVICE_SHEET_H

#include <cups/cups.h>
#include <stdbool.h>

#include "bin/label.h"
#include "lib/text.h"

struct sheet {
	struct label		 label;
	struct label_place	 place;
	pwg_media_t		*paper;
	ipp_t			*answer;	/* what the printer takes */
};

/* What is asked for it. */
#define SHEET_RASTER_TYPE	"pwg-raster-document-type-supported"
#define SHEET_RASTER_RESOLUTION	"pwg-raster-document-resolution-supported"

/* Write it as PWG Raster (PWG 5102.4). err: false: the printer takes no kind
 * of raster that is known here. */
bool	sheet_raster(const struct sheet *, struct text *);

#endif
