#include "lib/ago.h"

#include <inttypes.h>
#include <time.h>

/* out: false: it is none. */
static bool
time_read(const char *text, int64_t *seconds)
{
	struct tm broken = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &broken);

	if (end == NULL || *end != '\0')
		return false;
	*seconds = (int64_t)timegm(&broken);
	return true;
}

int64_t
ago_seconds(const char *time, int64_t now)
{
	int64_t then;

	return time_read(time, &then) && then < now ? now - then : 0;
}

void
ago_add(struct fields *fields, const struct ago_names *names,
    const char *time, int64_t now)
{
	int64_t seconds;

	if (!time_read(time, &seconds))
		return;
	seconds = ago_seconds(time, now);
	if (seconds < 60)
		fields_flag(fields, names->now);
	else if (seconds < 3600)
		fields_addf(fields, names->minutes, "%" PRId64, seconds / 60);
	else if (seconds < 48 * 3600)
		fields_addf(fields, names->hours, "%" PRId64, seconds / 3600);
	else
		fields_addf(fields, names->days, "%" PRId64, seconds / 86400);
}
