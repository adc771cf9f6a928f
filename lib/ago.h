/* How long ago a time was, as fields that need no rule of plurals. */
#ifndef LIB_AGO_H
#define LIB_AGO_H

#include <stdint.h>

#include "lib/fields.h"

/* Names of the fields, of which one is given: less than a minute ago (it says
 * nothing), minutes, hours, days. */
struct ago_names {
	const char	*now;
	const char	*minutes;
	const char	*hours;
	const char	*days;
};

/* Seconds from a time YYYY-MM-DDTHH:MM:SSZ to another. out: 0 when it is
 * none, or still to come. */
int64_t	ago_seconds(const char *time, int64_t now);
/* Add one of the fields; none when it is no time. */
void	ago_add(struct fields *, const struct ago_names *, const char *time,
	    int64_t now);

#endif
