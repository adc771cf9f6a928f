/* How long a supply will last, from nothing but its own history. */
#ifndef LIB_OUTLOOK_H
#define LIB_OUTLOOK_H

#include <stdbool.h>
#include <stddef.h>

#define OUTLOOK_DAYS_MIN	5	/* of history, and days that it tells */
#define OUTLOOK_DAYS_MAX	999

/* How full it was on a day. */
struct outlook_level {
	unsigned	ago;		/* days; 0: today */
	double		percent;
};

struct outlook {
	unsigned	least;		/* days, whole, rounded down */
	unsigned	most;		/* rounded up */
};

/* The days until it is empty, as a range: at the fastest and at the slowest
 * pace of the last 7, the last 14 and all the days since it was last filled,
 * each widened by what rounding may hide.
 * in: oldest first, the last one is now; step: one unit of its level, in
 * percent.
 * out: false: this history carries no range: it has fewer than
 * OUTLOOK_DAYS_MIN days, it hardly fell in one of these times, or the range
 * would reach beyond OUTLOOK_DAYS_MAX. */
bool	outlook_find(const struct outlook_level *, size_t count, double step,
	    struct outlook *);

#endif
