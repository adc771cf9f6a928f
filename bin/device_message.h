/* The messages that the device sends (doc/protocol.md section 3). Each is one
 * line, so that the state file can hold it as it went out: what is repeated
 * must be the very same. */
#ifndef BIN_DEVICE_MESSAGE_H
#define BIN_DEVICE_MESSAGE_H

#include "bin/device_printer.h"
#include "bin/device_state.h"
#include "lib/text.h"

void	message_registration(struct text *, const struct printer_identity *,
	    const char *code);
/* in: action: start, stop or end. */
void	message_instruction(struct text *, const char *action);
/* One <Job> for a report. */
void	message_job(struct text *, const struct printer_job *);
/* The <Supply>s of a report. */
void	message_supplies(struct text *, const struct printer_look *);
/* A report of the first so many waiting jobs of the state, under its
 * sequence; in: supplies: what message_supplies wrote, or NULL. */
void	message_report(struct text *, const struct device_state *,
	    const char *supplies);

#endif
