/* Where a terminal's session stands, as the procedure status returns it, and
 * the screen that says so. */
#ifndef LIB_STAND_H
#define LIB_STAND_H

#include "lib/registration.h"
#include "lib/screen.h"

#define STAND_REGISTRATIONS_MAX	32
#define STAND_SUPPLIES_MAX	256	/* more are not shown */
#define STAND_LEVELS_MAX	32
#define STAND_DAYS		30	/* of pages */

struct stand_supply {
	char	slot[6];
	char	class[24];
	char	type[41];
	char	colorant[257];		/* "": none */
	char	percent[8];		/* "0" - "100", or "unknown" */
	int64_t	level;			/* as sent */
	int64_t	max_capacity;
	int64_t	opened;			/* its episode, days ago; -1: none */
	char	order_state[12];	/* of its episode; "": none */
	char	order_id[40];
	char	order_percent[8];
	char	ordered_at[21];
};

/* What of another registration is told beside its document. */
struct stand_device {
	uint64_t	id;
	char		lowest[8];	/* percent of its supplies; "": none */
	bool		asks;		/* to be paired again */
};

/* The first levels of a day. */
struct stand_levels {
	unsigned	ago;		/* days */
	char		levels[800];	/* {"1":83} */
};

enum stand_kind { KIND_PRINT, KIND_COPY, KIND_SCAN, KIND_FAX_IN, KIND_FAX_OUT,
	KIND_OTHER, KIND__MAX };

struct stand {
	/* Set before it is filled. */
	int64_t			now;		/* seconds since 1970 */
	unsigned		order_at;	/* percent */
	struct registration	registrations[STAND_REGISTRATIONS_MAX];
	unsigned		count;
	char			submission[12];	/* "", waits contested lapsed */
	/* Of the first registration. */
	struct stand_supply	supplies[STAND_SUPPLIES_MAX];
	unsigned		supply_count;
	struct stand_device	devices[STAND_REGISTRATIONS_MAX];
	unsigned		device_count;
	struct stand_levels	levels[STAND_LEVELS_MAX];
	unsigned		level_count;
	uint64_t		pages[STAND_DAYS];	/* by days ago */
	uint64_t		kind_pages[KIND__MAX];
	uint64_t		kind_jobs[KIND__MAX];
};

/* A db_row. in: arg: a zeroed struct stand. */
enum error stand_take(void *arg, unsigned set, unsigned row,
	    const struct db_value *, unsigned count);

/* What is told of that registration beside its document; NULL: nothing. */
const struct stand_device *stand_device(const struct stand *, uint64_t id);

struct stand_screens;	/* code-unknown operate-device status released */

/* With the forms of operate-device for one model each, which a host puts at
 * LANGUAGE/operate-device/MODEL.html (screen_variant tells MODEL).
 * out: NULL and a sentence in problem when a screen is missing or bad. */
struct stand_screens *stand_load(const char *folder, char *problem,
	    size_t size);
void	stand_unload(struct stand_screens *);

/* The screen for it. in: it holds a registration or a submission. */
void	stand_fill(const struct stand *, const struct stand_screens *,
	    const char *accept_language, struct text *);

#endif
