/* What an IPP printer's answers say, in the printer's words (RFC 8011,
 * PWG 5100.7, 5100.13) and in ours. */
#ifndef BIN_DEVICE_IPP_H
#define BIN_DEVICE_IPP_H

#include <cups/cups.h>

#include "bin/device_printer.h"
#include "lib/text.h"

/* The finished jobs in an answer to Get-Jobs, into look->jobs. */
void	ipp_jobs_read(ipp_t *, struct printer_look *);
/* The supplies in an answer to Get-Printer-Attributes, from printer-supply
 * or, where a printer lacks it, from marker-*, into look->supplies. */
void	ipp_supplies_read(ipp_t *, struct printer_look *);

/* For the printer's own parts: device_ipp.c and device_sheet.c. */

struct ipp_printer {
	struct printer	 printer;	/* must be first */
	const char	*uri;
	http_t		*http;		/* kept between looks; NULL: none */
	char		 host[256];
	int		 port;
	char		 resource[256];
	bool		 tls;
	bool		 silent;	/* its silence has been told */
	bool		 strange;	/* nor this again */
	char		 uuid[128];	/* who answered first; "" = untold */
};

/* A request to it, and what its answer is to tell. */
ipp_t	*ipp_begin(const struct ipp_printer *, ipp_op_t);
void	ipp_want(ipp_t *, const char *const *attributes, int count);
/* Send it, with a document or NULL. out: its answer, the caller's; NULL: none
 * came, or the printer refused, which was told. The request is used up. */
ipp_t	*ipp_ask(struct ipp_printer *, ipp_t *, const struct text *document);
/* The first value of an attribute, of the answer's; "": none. */
const char *ipp_text(ipp_t *answer, const char *name);

/* struct printer's print_sheet: device_sheet.c. */
bool	ipp_print_sheet(struct printer *, const char *page, const char *code);

#endif
