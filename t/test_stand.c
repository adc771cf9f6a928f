/* lib/stand: a terminal's rows, and which of the screens in www/ they lead
 * to. */
#include <stdbool.h>
#include <string.h>

#include "lib/stand.h"
#include "t/scratch.h"

static struct stand stand;
static struct stand_screens *screens;
static struct db_value values[REGISTRATION__MAX];

/* A row of set 0. */
static void
take_registration(unsigned row, const char *id, const char *state,
    const char *started_at)
{
	for (unsigned i = 0; i < REGISTRATION__MAX; i++)
		values[i] = db_null();
	values[REGISTRATION_OUTCOME] = db_string("ok");
	values[REGISTRATION_ID] = db_string(id);
	values[REGISTRATION_DEVICE_ID] = db_string("E78283B1N123456");
	values[REGISTRATION_MAKE_AND_MODEL] = db_string("A & \"B\"");
	values[REGISTRATION_STATE] = db_string(state);
	values[REGISTRATION_SERVICE] = db_string(started_at != NULL
	    && strcmp(state, "paired") == 0 ? "started" : "stopped");
	values[REGISTRATION_ENDED_BY] = db_string("user");
	values[REGISTRATION_VERSION] = db_string("7");
	values[REGISTRATION_STARTED_AT] = db_string(started_at);
	CU_ASSERT_EQUAL(stand_take(&stand, 0, row, values,
	    REGISTRATION__MAX), ERROR_NONE);
}

static void
take_submission(const char *submission)
{
	struct db_value value = db_string(submission);

	CU_ASSERT_EQUAL(stand_take(&stand, 1, 0, &value, 1), ERROR_NONE);
}

static void
take_supply(unsigned row, const char *slot, const char *percent)
{
	struct db_value columns[] = { db_string(slot),
		db_string("supplyThatIsConsumed"), db_string("toner"),
		db_string("cyan"), db_string(percent), db_string("18"),
		db_string("100"), db_null(), db_string("queued"),
		db_string("id"), db_string("17"),
		db_string("2026-11-22T12:00:00Z") };

	CU_ASSERT_EQUAL(stand_take(&stand, 2, row, columns, 12), ERROR_NONE);
}

static void
begin(void)
{
	memset(&stand, 0, sizeof(stand));
}

static void
stand_take_rows(void)
{
	begin();
	take_registration(0, "9", "paired", NULL);
	take_registration(1, "4", "ended", NULL);
	take_supply(0, "1", "18");
	take_supply(1, "65535", NULL);
	CU_ASSERT_EQUAL(stand.count, 2);
	CU_ASSERT_EQUAL(stand.registrations[0].id, 9);
	CU_ASSERT_EQUAL(stand.registrations[1].id, 4);
	CU_ASSERT_STRING_EQUAL(stand.submission, "");
	CU_ASSERT_EQUAL(stand.supply_count, 2);
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].slot, "1");
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].type, "toner");
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].colorant, "cyan");
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].percent, "18");
	CU_ASSERT_EQUAL(stand.supplies[0].level, 18);
	CU_ASSERT_EQUAL(stand.supplies[0].max_capacity, 100);
	CU_ASSERT_EQUAL(stand.supplies[0].opened, -1);
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].order_state, "queued");
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].order_id, "id");
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].order_percent, "17");
	CU_ASSERT_STRING_EQUAL(stand.supplies[1].slot, "65535");
	CU_ASSERT_STRING_EQUAL(stand.supplies[1].percent, "unknown");
	take_submission("contested");
	CU_ASSERT_STRING_EQUAL(stand.submission, "contested");
}

static void
take_device(unsigned row, const char *id, const char *lowest,
    const char *asks)
{
	struct db_value columns[] = { db_string(id), db_string(lowest),
		db_string(asks) };

	CU_ASSERT_EQUAL(stand_take(&stand, 3, row, columns, 3), ERROR_NONE);
}

static void
take_levels(unsigned row, const char *ago, const char *levels)
{
	struct db_value columns[] = { db_string(ago), db_string(levels) };

	CU_ASSERT_EQUAL(stand_take(&stand, 4, row, columns, 2), ERROR_NONE);
}

static void
take_pages(unsigned row, const char *ago, const char *kind,
    const char *pages)
{
	struct db_value columns[] = { db_string(ago), db_string(kind),
		db_string("2"), db_string(pages) };

	CU_ASSERT_EQUAL(stand_take(&stand, 5, row, columns, 4), ERROR_NONE);
}

static void
stand_take_history(void)
{
	begin();
	take_registration(0, "9", "paired", NULL);
	take_device(0, "9", NULL, "1");
	take_device(1, "4", "18", "0");
	CU_ASSERT_PTR_NULL(stand_device(&stand, 5));
	CU_ASSERT(stand_device(&stand, 9)->asks);
	CU_ASSERT_STRING_EQUAL(stand_device(&stand, 9)->lowest, "");
	CU_ASSERT(!stand_device(&stand, 4)->asks);
	CU_ASSERT_STRING_EQUAL(stand_device(&stand, 4)->lowest, "18");
	take_levels(0, "31", "{\"1\":83}");
	CU_ASSERT_EQUAL(stand.level_count, 1);
	CU_ASSERT_EQUAL(stand.levels[0].ago, 31);
	CU_ASSERT_STRING_EQUAL(stand.levels[0].levels, "{\"1\":83}");
	for (unsigned i = 0; i < STAND_LEVELS_MAX + 3; i++)
		take_levels(i, "0", "{}");
	CU_ASSERT_EQUAL(stand.level_count, STAND_LEVELS_MAX);
	take_pages(0, "29", "Print", "10");
	take_pages(1, "29", "FaxOut", "5");
	/* None of these days, no such kind. */
	take_pages(2, "30", "Print", "1");
	take_pages(3, "-1", "Print", "1");
	take_pages(4, "0", "Knit", "7");
	CU_ASSERT_EQUAL(stand.pages[29], 15);
	CU_ASSERT_EQUAL(stand.pages[0], 7);
	CU_ASSERT_EQUAL(stand.kind_pages[KIND_PRINT], 10);
	CU_ASSERT_EQUAL(stand.kind_pages[KIND_FAX_OUT], 5);
	CU_ASSERT_EQUAL(stand.kind_jobs[KIND_FAX_OUT], 2);
	/* Again from the start. */
	take_registration(0, "9", "paired", NULL);
	CU_ASSERT_EQUAL(stand.device_count, 0);
	CU_ASSERT_EQUAL(stand.level_count, 0);
	CU_ASSERT_EQUAL(stand.pages[29], 0);
	CU_ASSERT_EQUAL(stand.kind_jobs[KIND_FAX_OUT], 0);
}

/* The first try's server went away; meanwhile the device was paired. */
static void
stand_take_repeated(void)
{
	begin();
	take_registration(0, "4", "ended", NULL);
	take_registration(1, "3", "ended", NULL);
	take_submission("waits");
	take_supply(0, "1", "18");
	take_registration(0, "9", "paired", NULL);
	CU_ASSERT_EQUAL(stand.count, 1);
	CU_ASSERT_STRING_EQUAL(stand.submission, "");
	CU_ASSERT_EQUAL(stand.supply_count, 0);
	take_supply(0, "2", "18");
	take_supply(1, "3", "18");
	take_supply(0, "4", "18");
	CU_ASSERT_EQUAL(stand.supply_count, 1);
	CU_ASSERT_STRING_EQUAL(stand.supplies[0].slot, "4");
}

/* More than there is room for is left out. */
static void
stand_take_too_many(void)
{
	begin();
	for (unsigned i = 0; i < STAND_REGISTRATIONS_MAX + 3; i++)
		take_registration(i, i == 0 ? "9" : "4", "paired", NULL);
	for (unsigned i = 0; i < STAND_SUPPLIES_MAX + 3; i++)
		take_supply(i, "1", "18");
	CU_ASSERT_EQUAL(stand.count, STAND_REGISTRATIONS_MAX);
	CU_ASSERT_EQUAL(stand.registrations[0].id, 9);
	CU_ASSERT_EQUAL(stand.supply_count, STAND_SUPPLIES_MAX);
}

/* Whether the stand leads to that screen, and the page holds that. */
static bool
leads_to(const char *screen, const char *holds)
{
	struct text page = { 0 };
	char body[64];
	bool leads;

	stand_fill(&stand, screens, "xx, en;q=0.5", &page);
	snprintf(body, sizeof(body), "data-screen=\"%s\"", screen);
	leads = strstr(page.bytes, body) != NULL
	    && strstr(page.bytes, holds) != NULL;
	if (!leads)
		fprintf(stderr, "\n  no %s with %s: %s\n", screen, holds,
		    page.bytes);
	text_free(&page);
	return leads;
}

static void
stand_fill_submission(void)
{
	begin();
	take_submission("waits");
	CU_ASSERT(leads_to("code-unknown", "<main>"));
	/* Newer than all that is held. */
	take_registration(0, "9", "paired", NULL);
	take_submission("lapsed");
	CU_ASSERT(leads_to("code-unknown", "<main>"));
}

static void
stand_fill_states(void)
{
	begin();
	take_registration(0, "9", "paired", NULL);
	CU_ASSERT(leads_to("operate-device", "A &amp; &quot;B&quot;"));
	CU_ASSERT(leads_to("operate-device", "3456"));
	take_registration(0, "9", "paired", "2026-11-22T12:01:00Z");
	CU_ASSERT(leads_to("status", "data-state=\"paired\""));
	CU_ASSERT(leads_to("status", "data-service=\"started\""));
	CU_ASSERT(leads_to("status", "data-version=\"7\""));
	take_registration(0, "9", "ended", "2026-11-22T12:01:00Z");
	CU_ASSERT(leads_to("released", "data-state=\"ended\""));
}

static void
stand_fill_supplies(void)
{
	begin();
	take_registration(0, "9", "paired", "2026-11-22T12:01:00Z");
	take_supply(0, "1", "18");
	take_supply(1, "2", NULL);
	CU_ASSERT(leads_to("status",
	    "data-supply=\"1\" data-percent=\"18\""));
	CU_ASSERT(leads_to("status",
	    "data-supply=\"2\" data-percent=\"unknown\""));
}

static void
stand_load_missing(void)
{
	char folder[SCRATCH_SIZE], path[SCRATCH_SIZE + 64], problem[512] = "";
	static const char page[] = "<!DOCTYPE html>\n<html lang=\"en\">\n"
	    "<body data-screen=\"code-unknown\">\n</body>\n</html>\n";

	scratch_make(folder);
	CU_ASSERT_PTR_NULL(stand_load(folder, problem, sizeof(problem)));
	CU_ASSERT(problem[0] != '\0');
	/* The first is there, the second is not. */
	snprintf(path, sizeof(path), "%s/en", folder);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	scratch_write(folder, "en/code-unknown.html", page, sizeof(page) - 1,
	    0600);
	CU_ASSERT_PTR_NULL(stand_load(folder, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "operate-device"));
	scratch_remove(folder);
}

static const struct test tests[] = {
	TEST(stand_take_rows),
	TEST(stand_take_history),
	TEST(stand_take_repeated),
	TEST(stand_take_too_many),
	TEST(stand_fill_submission),
	TEST(stand_fill_states),
	TEST(stand_fill_supplies),
	TEST(stand_load_missing),
	{ NULL, NULL }
};

int
main(void)
{
	char problem[512];

	screens = stand_load("www", problem, sizeof(problem));
	if (screens == NULL) {
		fprintf(stderr, "%s\n", problem);
		return 1;
	}
	return test_run("stand", tests);
}
