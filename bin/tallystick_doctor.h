/* What the doctor's parts share. */
#ifndef BIN_TALLYSTICK_DOCTOR_H
#define BIN_TALLYSTICK_DOCTOR_H

#include "lib/conf.h"

enum finding { FINDING_OK, FINDING_WARN, FINDING_FAIL, FINDING__MAX };

struct doctor {
	const struct conf	*conf;
	unsigned		 counts[FINDING__MAX];
};

/* Print one sentence and count it. */
void	doctor_say(struct doctor *, enum finding, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* The server, the schema, and what the tables say: tallystick_doctor_store.c */
void	doctor_store(struct doctor *);

/* The chance of guesses, by the configuration and by the live figures:
 * tallystick_doctor_guesses.c */
void	doctor_guesses_configured(struct doctor *);
void	doctor_guesses(struct doctor *);

#endif
