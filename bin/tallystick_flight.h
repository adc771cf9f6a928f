/* An order under lease: claimed, posted, answered, recorded, gone. */
#ifndef BIN_TALLYSTICK_FLIGHT_H
#define BIN_TALLYSTICK_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "bin/tallystick_post.h"
#include "lib/db.h"
#include "lib/text.h"
#include "lib/webhook.h"

#define FLIGHT_OWNER_SIZE	16

struct flight {
	struct flight		*next;
	char			 id[WEBHOOK_ID_SIZE];
	unsigned char		 owner[FLIGHT_OWNER_SIZE];
	unsigned		 attempt;	/* 1: the first */
	struct text		 body;
	struct post		 post;
	bool			 answered;
	struct post_answer	 answer;
};

/* A flight from a row of claim_orders, and under which name it was claimed. A
 * row of another shape ends the process. out: flight_free releases it. */
struct flight *flight_make(const struct db_value *columns, unsigned count,
	    const unsigned char owner[static FLIGHT_OWNER_SIZE]);
/* in: a flight whose post has ended. */
void	flight_free(struct flight *);
void	flights_free(struct flight **);

/* How many are first attempts, or (again) are not. */
unsigned flights_count(const struct flight *, bool again);

#endif
