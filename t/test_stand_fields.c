/* lib/stand_fields: by which names a standing enters a screen. */
#include <stdbool.h>
#include <string.h>

#include "lib/stand_fields.h"
#include "t/test.h"

#define NOON	1795348800	/* 2026-11-22T12:00:00Z */

static struct stand stand;
static struct fields *gathered;
static const struct screen_field *fields;

/* The nth field of a name, or NULL. */
static const struct screen_field *
nth(const struct screen_field *list, const char *name, unsigned n)
{
	for (; list->name != NULL; list++)
		if (strcmp(list->name, name) == 0 && n-- == 0)
			return list;
	return NULL;
}

/* in: wanted: NULL: no such field. */
static void
expect_in(const struct screen_field *list, const char *name,
    const char *wanted)
{
	const struct screen_field *field = nth(list, name, 0);

	if (wanted == NULL) {
		CU_ASSERT_PTR_NULL(field);
	} else {
		CU_ASSERT_PTR_NOT_NULL_FATAL(field);
		CU_ASSERT_PTR_NOT_NULL_FATAL(field->value);
		CU_ASSERT_STRING_EQUAL(field->value, wanted);
	}
}

static void
expect(const char *name, const char *wanted)
{
	expect_in(fields, name, wanted);
}

/* The fields of the nth row of a list. */
static const struct screen_field *
row(const char *list, unsigned n)
{
	const struct screen_field *field = nth(fields, list, n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(field);
	CU_ASSERT_PTR_NULL(field->value);
	CU_ASSERT_PTR_NOT_NULL_FATAL(field->row);
	return field->row;
}

static void
gather(void)
{
	fields_free(gathered);
	gathered = stand_fields(&stand);
	fields = fields_list(gathered);
}

static struct registration *
begin(const char *state, const char *service)
{
	struct registration *registration = &stand.registrations[0];

	memset(&stand, 0, sizeof(stand));
	stand.now = NOON;
	stand.order_at = 20;
	stand.count = 1;
	registration->id = 18446744073709551615u;
	registration->version = 4294967295;
	strcpy(registration->device_id, "E78283B1N123456");
	strcpy(registration->make_and_model, "MFC");
	strcpy(registration->state, state);
	strcpy(registration->service, service);
	strcpy(registration->paired_at, "2026-11-22T11:58:30Z");
	strcpy(registration->seen_at, "2026-11-22T11:58:00Z");
	return registration;
}

static void
stand_fields_registration(void)
{
	struct registration *registration = begin("paired", "started");

	strcpy(registration->started_at, "2026-11-20T12:01:00Z");
	gather();
	expect("registration", "18446744073709551615");
	expect("version", "4294967295");
	expect("state", "paired");
	expect("service", "started");
	expect("paired", "");
	expect("started", "");
	expect("stopped", NULL);
	expect("ended", NULL);
	expect("make-and-model", "MFC");
	expect("seen-at", "2026-11-22T11:58:00Z");
	expect("seen-lately", "");
	expect("seen-now", NULL);
	expect("started-at", "2026-11-20T12:01:00Z");
	expect("started-h", "47");
	expect("mark", "20");
	expect("wait-left", NULL);
	expect("waits-long", NULL);
	expect("asks", NULL);
	expect("has-supplies", NULL);
	expect("has-pages", NULL);
	expect("has-others", NULL);
	expect("waits", NULL);
}

static void
stand_fields_stopped_or_ended(void)
{
	struct registration *registration = begin("paired", "stopped");

	gather();
	expect("stopped", "");
	expect("started", NULL);
	expect("started-at", NULL);
	registration = begin("ended", "stopped");
	strcpy(registration->ended_by, "superseded");
	gather();
	expect("ended", "");
	expect("ended-by-superseded", "");
	expect("ended-by-user", NULL);
}

static void
expect_serial_end(const char *serial, const char *device_id,
    const char *wanted)
{
	struct registration *registration = begin("paired", "stopped");

	strcpy(registration->serial_number, serial);
	strcpy(registration->device_id, device_id);
	gather();
	expect("serial-end", wanted);
}

static void
stand_fields_serial_end(void)
{
	expect_serial_end("N123456", "X9999", "3456");
	expect_serial_end("", "E78283B1N1234AB", "34AB");
	expect_serial_end("12", "X9999", "12");
	expect_serial_end("", "", "");
	expect_serial_end("1\u00e9\u4e00\U0001f600\U0001f601", "X",
	    "\u00e9\u4e00\U0001f600\U0001f601");
}

static void
expect_seen(const char *at, const char *name, const char *value)
{
	strcpy(begin("paired", "started")->seen_at, at);
	gather();
	expect(name, value);
	CU_ASSERT_EQUAL((nth(fields, "seen-now", 0) != NULL)
	    + (nth(fields, "seen-min", 0) != NULL)
	    + (nth(fields, "seen-lately", 0) != NULL)
	    + (nth(fields, "seen-h", 0) != NULL)
	    + (nth(fields, "seen-d", 0) != NULL), name[5] == 'a' ? 0 : 1);
}

static void
stand_fields_times(void)
{
	expect_seen("2026-11-22T12:00:00Z", "seen-now", "");
	expect_seen("2026-11-22T11:59:01Z", "seen-now", "");
	expect_seen("2026-11-22T11:59:00Z", "seen-lately", "");
	expect_seen("2026-11-22T11:40:01Z", "seen-lately", "");
	expect_seen("2026-11-22T11:40:00Z", "seen-min", "20");
	expect_seen("2026-11-22T11:00:01Z", "seen-min", "59");
	expect_seen("2026-11-22T11:00:00Z", "seen-h", "1");
	expect_seen("2026-11-20T12:00:01Z", "seen-h", "47");
	expect_seen("2026-11-20T12:00:00Z", "seen-d", "2");
	expect_seen("2024-11-22T12:00:00Z", "seen-d", "730");
	/* Another machine's clock is ahead. */
	expect_seen("2026-11-22T12:30:00Z", "seen-now", "");
	expect_seen("", "seen-at", "");
	expect_seen("soon", "seen-at", "soon");
}

/* How long the wait for the key may still take. */
static void
stand_fields_wait(void)
{
	struct registration *registration = begin("paired", "stopped");

	gather();
	expect("wait-left", "30");
	expect("waits-long", NULL);
	/* Another machine's clock is ahead. */
	strcpy(registration->paired_at, "2026-11-22T12:30:00Z");
	gather();
	expect("wait-left", "120");
	strcpy(registration->paired_at, "2026-11-22T11:58:00Z");
	gather();
	expect("wait-left", NULL);
	expect("waits-long", "");
	expect("paired-min", "2");
}

static void
stand_fields_asks(void)
{
	begin("ended", "stopped");
	stand.device_count = 1;
	stand.devices[0] = (struct stand_device){ .id = 5, .asks = true };
	gather();
	expect("asks", NULL);
	stand.devices[0].id = stand.registrations[0].id;
	gather();
	expect("asks", "");
}

static void
stand_fields_pages(void)
{
	const struct screen_field *day;

	begin("paired", "started");
	stand.pages[29] = 1;
	stand.pages[0] = 1000;
	stand.kind_pages[KIND_SCAN] = 1001;
	stand.kind_jobs[KIND_SCAN] = 3;
	gather();
	expect("has-pages", "");
	expect("pages-total", "1001");
	expect("pages-most", "1000");
	expect("pages-from", "2026-10-24");
	expect("pages-to", "2026-11-22");
	day = row("day", 0);
	expect_in(day, "day-x", "1");
	expect_in(day, "day-y", "59");
	expect_in(day, "day-height", "1");
	expect_in(day, "day-title", "2026-10-24: 1");
	day = row("day", 1);
	expect_in(day, "day-x", "11");
	expect_in(day, "day-height", "0");
	day = row("day", 29);
	expect_in(day, "day-x", "291");
	expect_in(day, "day-y", "4");
	expect_in(day, "day-height", "56");
	CU_ASSERT_PTR_NULL(nth(fields, "day", 30));
	expect_in(row("kind", 0), "kind-scan", "");
	expect_in(row("kind", 0), "kind-pages", "1001");
	expect_in(row("kind", 0), "kind-jobs", "3");
	CU_ASSERT_PTR_NULL(nth(fields, "kind", 1));
	/* Jobs without a page are told, too. */
	stand.pages[29] = stand.pages[0] = stand.kind_pages[KIND_SCAN] = 0;
	gather();
	expect("pages-total", "0");
	expect_in(row("day", 29), "day-height", "0");
}

static void
stand_fields_others(void)
{
	const struct screen_field *other;

	begin("paired", "started");
	stand.count = 3;
	stand.registrations[1] = stand.registrations[0];
	stand.registrations[2] = stand.registrations[0];
	stand.registrations[2].id = 5;
	strcpy(stand.registrations[2].make_and_model, "Other");
	strcpy(stand.registrations[2].state, "ended");
	strcpy(stand.registrations[2].serial_number, "1\u4e00234");
	stand.device_count = 2;
	stand.devices[0] = (struct stand_device){ .id = 5, .asks = true };
	stand.devices[1] = (struct stand_device){ .lowest = "20",
		.id = stand.registrations[1].id };
	gather();
	expect("has-others", "");
	expect_in(row("other", 0), "other-link",
	    "status?registration=18446744073709551615");
	expect_in(row("other", 0), "other-on", "");
	expect_in(row("other", 0), "other-lowest", "20");
	expect_in(row("other", 0), "other-asks", NULL);
	other = row("other", 1);
	expect_in(other, "other-link", "status?registration=5");
	expect_in(other, "other-name", "Other");
	expect_in(other, "other-serial", "\u4e00234");
	expect_in(other, "other-ended", "");
	expect_in(other, "other-on", NULL);
	expect_in(other, "other-asks", "");
	expect_in(other, "other-lowest", NULL);
	/* Not low; paused; not begun. */
	strcpy(stand.devices[1].lowest, "21");
	strcpy(stand.registrations[1].service, "stopped");
	gather();
	expect_in(row("other", 0), "other-waiting", "");
	strcpy(stand.registrations[1].started_at, "2026-11-22T11:00:00Z");
	gather();
	expect_in(row("other", 0), "other-paused", "");
	CU_ASSERT_PTR_NULL(nth(fields, "other", 2));
}

/* A submission tells nothing of a registration; all that are held are
 * others. */
static void
stand_fields_submission(void)
{
	static const char *const submissions[] = { "waits", "contested",
		"lapsed" };

	for (unsigned i = 0; i < 3; i++) {
		begin("paired", "started");
		strcpy(stand.submission, submissions[i]);
		gather();
		expect(submissions[i], "");
		expect("registration", NULL);
		expect("state", NULL);
		expect("make-and-model", NULL);
		CU_ASSERT_PTR_NOT_NULL(row("other", 0));
		stand.count = 0;
		gather();
		expect(submissions[i], "");
		expect("has-others", NULL);
	}
}

/* All at their bounds at once. */
static void
stand_fields_most(void)
{
	unsigned rows = 0;

	begin("paired", "started");
	stand.count = STAND_REGISTRATIONS_MAX;
	stand.supply_count = STAND_SUPPLIES_MAX;
	for (unsigned i = 0; i < STAND_SUPPLIES_MAX; i++)
		stand.supplies[i] = (struct stand_supply){ .slot = "1",
			.type = "toner", .percent = "18", .level = 18,
			.max_capacity = 100 };
	gather();
	expect("has-supplies", "");
	expect("has-others", "");
	for (const struct screen_field *at = fields; at->name != NULL; at++)
		if (at->row != NULL)
			rows++;
	CU_ASSERT_EQUAL(rows, STAND_SUPPLIES_MAX
	    + STAND_REGISTRATIONS_MAX - 1);
	expect_in(row("supply", STAND_SUPPLIES_MAX - 1), "percent", "18");
}

static const struct test tests[] = {
	TEST(stand_fields_registration),
	TEST(stand_fields_stopped_or_ended),
	TEST(stand_fields_serial_end),
	TEST(stand_fields_times),
	TEST(stand_fields_wait),
	TEST(stand_fields_asks),
	TEST(stand_fields_pages),
	TEST(stand_fields_others),
	TEST(stand_fields_submission),
	TEST(stand_fields_most),
	{ NULL, NULL }
};

int
main(void)
{
	int status = test_run("stand_fields", tests);

	fields_free(gathered);
	return status;
}
