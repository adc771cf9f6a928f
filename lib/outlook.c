#include "lib/outlook.h"

#include <math.h>

#define WINDOW_COUNT	3

/* Less is noise, in percent. */
#define FALL_MIN	1.0

/* The first level since it was last filled: from there on it only falls, but
 * for one unit. */
static size_t
first_since_filled(const struct outlook_level *levels, size_t count,
    double step)
{
	size_t first = count - 1;

	while (first > 0 && levels[first - 1].percent + step
	    >= levels[first].percent && levels[first - 1].ago
	    > levels[first].ago)
		first--;
	return first;
}

bool
outlook_find(const struct outlook_level *levels, size_t count, double step,
    struct outlook *outlook)
{
	static const unsigned windows[WINDOW_COUNT] = { 7, 14, 1000 };
	const struct outlook_level *now;
	double fastest = 0, slowest = HUGE_VAL, least, most;
	size_t first, i, w;

	if (count == 0)
		return false;
	now = &levels[count - 1];
	first = first_since_filled(levels, count, step);
	if (count - first < OUTLOOK_DAYS_MIN)
		return false;
	for (w = 0; w < WINDOW_COUNT; w++) {
		double fall, days;

		for (i = first; levels[i].ago > windows[w]; i++)
			;
		fall = levels[i].percent - now->percent;
		days = levels[i].ago - now->ago;
		if (days < OUTLOOK_DAYS_MIN)
			continue;
		if (fall < FALL_MIN)
			return false;
		if ((fall + step) / days > fastest)
			fastest = (fall + step) / days;
		if ((fall - step) / days < slowest)
			slowest = (fall - step) / days;
	}
	if (fastest <= 0 || slowest <= 0 || now->percent <= 0)
		return false;
	least = now->percent / fastest;
	most = now->percent / slowest;
	if (most > OUTLOOK_DAYS_MAX)
		return false;
	outlook->least = (unsigned)least;
	outlook->most = (unsigned)most + ((double)(unsigned)most < most);
	return true;
}
