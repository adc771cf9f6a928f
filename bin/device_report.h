/* What the printer did, kept until the server has it. */
#ifndef BIN_DEVICE_REPORT_H
#define BIN_DEVICE_REPORT_H

#include <stdbool.h>

#include "bin/device_session.h"

/* Look at the printer and keep what is new. */
void	report_look(struct session *);
/* Whether there is something to tell the server. */
bool	report_due(const struct session *);
/* Tell it: one report. */
void	report_send(struct session *);

#endif
