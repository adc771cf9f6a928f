/* Where a terminal's session stands, as the procedure status returns it, and
 * the screen that says so. */
#ifndef LIB_STAND_H
#define LIB_STAND_H

#include "lib/registration.h"
#include "lib/screen.h"

#define STAND_REGISTRATIONS_MAX	32
#define STAND_SUPPLIES_MAX	256	/* more are not shown */

struct stand_supply {
	char	slot[6];
	char	type[41];
	char	colorant[257];		/* "": none */
	char	percent[8];		/* "0" - "100", or "unknown" */
	char	level[12];		/* as sent */
};

struct stand {
	struct registration	registrations[STAND_REGISTRATIONS_MAX];
	unsigned		count;
	char			submission[12];	/* "", waits contested lapsed */
	struct stand_supply	supplies[STAND_SUPPLIES_MAX];
	unsigned		supply_count;
};

/* A db_row. in: arg: a zeroed struct stand. */
enum error stand_take(void *arg, unsigned set, unsigned row,
	    const struct db_value *, unsigned count);

struct stand_screens;	/* code-unknown operate-device status released */

/* With the forms of operate-device for one model each, which a host puts at
 * LANGUAGE/operate-device/MODEL.html (screen_variant tells MODEL).
 * out: NULL and a sentence in problem when a screen is missing or bad. */
struct stand_screens *stand_load(const char *folder, char *problem,
	    size_t size);

/* The screen for it. in: it holds a registration or a submission. */
void	stand_fill(const struct stand *, const struct stand_screens *,
	    const char *accept_language, struct text *);

#endif
