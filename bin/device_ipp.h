/* What an IPP printer's answers say, in the printer's words (RFC 8011,
 * PWG 5100.7, 5100.13) and in ours. */
#ifndef BIN_DEVICE_IPP_H
#define BIN_DEVICE_IPP_H

#include <cups/ipp.h>

#include "bin/device_printer.h"

/* The finished jobs in an answer to Get-Jobs, into look->jobs. */
void	ipp_jobs_read(ipp_t *, struct printer_look *);
/* The supplies in an answer to Get-Printer-Attributes, from printer-supply
 * or, where a printer lacks it, from marker-*, into look->supplies. */
void	ipp_supplies_read(ipp_t *, struct printer_look *);

#endif
