#include "lib/stand_pages.h"

#include <inttypes.h>
#include <time.h>

#define DATE_SIZE	11

static void
date_write(char date[static DATE_SIZE], int64_t now, unsigned ago)
{
	time_t then = (time_t)(now - (int64_t)ago * 24 * 60 * 60);
	struct tm broken;

	if (gmtime_r(&then, &broken) == NULL
	    || strftime(date, DATE_SIZE, "%Y-%m-%d", &broken) == 0)
		date[0] = '\0';
}

static void
add_day(struct fields *fields, const struct stand *stand, unsigned ago,
    uint64_t most)
{
	struct fields *row = fields_row(fields, "day");
	uint64_t pages = stand->pages[ago];
	unsigned height = most == 0 ? 0
	    : (unsigned)(pages * STAND_PAGES_HIGH / most);
	char date[DATE_SIZE];

	/* A single page is seen, too. */
	if (height == 0 && pages > 0)
		height = 1;
	date_write(date, stand->now, ago);
	fields_addf(row, "day-x", "%u",
	    (STAND_DAYS - 1 - ago) * STAND_PAGES_STEP + 1);
	fields_addf(row, "day-y", "%u", STAND_PAGES_BASE - height);
	fields_addf(row, "day-height", "%u", height);
	fields_addf(row, "day-title", "%s: %" PRIu64, date, pages);
}

static void
add_kinds(struct fields *fields, const struct stand *stand)
{
	static const char *const flags[KIND__MAX] = { "kind-print",
		"kind-copy", "kind-scan", "kind-fax-in", "kind-fax-out",
		"kind-other" };

	for (unsigned i = 0; i < KIND__MAX; i++) {
		struct fields *row;

		if (stand->kind_jobs[i] == 0)
			continue;
		row = fields_row(fields, "kind");
		fields_flag(row, flags[i]);
		fields_addf(row, "kind-pages", "%" PRIu64,
		    stand->kind_pages[i]);
		fields_addf(row, "kind-jobs", "%" PRIu64,
		    stand->kind_jobs[i]);
	}
}

void
stand_pages_add(struct fields *fields, const struct stand *stand)
{
	uint64_t total = 0, most = 0, jobs = 0;
	char date[DATE_SIZE];

	for (unsigned i = 0; i < STAND_DAYS; i++) {
		total += stand->pages[i];
		if (stand->pages[i] > most)
			most = stand->pages[i];
	}
	for (unsigned i = 0; i < KIND__MAX; i++)
		jobs += stand->kind_jobs[i];
	if (jobs == 0)
		return;
	fields_flag(fields, "has-pages");
	fields_addf(fields, "pages-total", "%" PRIu64, total);
	fields_addf(fields, "pages-most", "%" PRIu64, most);
	date_write(date, stand->now, STAND_DAYS - 1);
	fields_addf(fields, "pages-from", "%s", date);
	date_write(date, stand->now, 0);
	fields_addf(fields, "pages-to", "%s", date);
	for (unsigned ago = STAND_DAYS; ago-- > 0;)
		add_day(fields, stand, ago, most);
	add_kinds(fields, stand);
}
