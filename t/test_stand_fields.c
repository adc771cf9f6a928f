/* lib/stand_fields: by which names a standing enters a screen. */
#include <stdbool.h>
#include <string.h>

#include "lib/stand_fields.h"
#include "t/test.h"

static struct stand stand;
static struct screen_field *fields;

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

static struct registration *
begin(const char *state, const char *service)
{
	struct registration *registration = &stand.registrations[0];

	stand_fields_free(fields);
	fields = NULL;
	memset(&stand, 0, sizeof(stand));
	stand.count = 1;
	registration->id = 18446744073709551615u;
	registration->version = 4294967295;
	strcpy(registration->device_id, "E78283B1N123456");
	strcpy(registration->make_and_model, "MFC");
	strcpy(registration->state, state);
	strcpy(registration->service, service);
	strcpy(registration->seen_at, "2026-11-22T12:02:00Z");
	return registration;
}

static void
stand_fields_registration(void)
{
	struct registration *registration = begin("paired", "started");

	strcpy(registration->started_at, "2026-11-22T12:01:00Z");
	fields = stand_fields(&stand);
	expect("registration", "18446744073709551615");
	expect("version", "4294967295");
	expect("state", "paired");
	expect("service", "started");
	expect("paired", "");
	expect("started", "");
	expect("stopped", NULL);
	expect("ended", NULL);
	expect("make-and-model", "MFC");
	expect("seen-at", "2026-11-22T12:02:00Z");
	expect("started-at", "2026-11-22T12:01:00Z");
	expect("has-supplies", NULL);
	expect("has-orders", NULL);
	expect("has-others", NULL);
	expect("waits", NULL);
}

static void
stand_fields_stopped_or_ended(void)
{
	struct registration *registration = begin("paired", "stopped");

	fields = stand_fields(&stand);
	expect("stopped", "");
	expect("started", NULL);
	expect("started-at", NULL);
	registration = begin("ended", "stopped");
	strcpy(registration->ended_by, "superseded");
	fields = stand_fields(&stand);
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
	fields = stand_fields(&stand);
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
stand_fields_supplies(void)
{
	const struct screen_field *supply;

	begin("paired", "started");
	stand.supply_count = 2;
	stand.supplies[0] = (struct stand_supply){ "1", "toner", "cyan", "18",
		"18" };
	stand.supplies[1] = (struct stand_supply){ "7", "other", "",
		"unknown", "-3" };
	fields = stand_fields(&stand);
	expect("has-supplies", "");
	supply = row("supply", 0);
	expect_in(supply, "supply", "1");
	expect_in(supply, "percent", "18");
	expect_in(supply, "known", "18");
	expect_in(supply, "type", "toner");
	expect_in(supply, "colorant", "cyan");
	expect_in(supply, "level-text", "18");
	supply = row("supply", 1);
	expect_in(supply, "supply", "7");
	expect_in(supply, "percent", "unknown");
	expect_in(supply, "known", NULL);
	expect_in(supply, "colorant", NULL);
	expect_in(supply, "level-text", "-3");
	CU_ASSERT_PTR_NULL(nth(fields, "supply", 2));
}

static void
stand_fields_orders(void)
{
	const struct screen_field *order;

	strcpy(begin("paired", "started")->orders,
	    "1 queued a\n65535 cancelled b");
	fields = stand_fields(&stand);
	expect("has-orders", "");
	order = row("order", 0);
	expect_in(order, "order-supply", "1");
	expect_in(order, "order-state", "queued");
	expect_in(order, "queued", "");
	expect_in(order, "order-id", "a");
	order = row("order", 1);
	expect_in(order, "order-supply", "65535");
	expect_in(order, "cancelled", "");
	expect_in(order, "queued", NULL);
	CU_ASSERT_PTR_NULL(nth(fields, "order", 2));
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
	fields = stand_fields(&stand);
	expect("has-others", "");
	expect_in(row("other", 0), "other-link",
	    "status?registration=18446744073709551615");
	other = row("other", 1);
	expect_in(other, "other-link", "status?registration=5");
	expect_in(other, "other-name", "Other");
	expect_in(other, "other-state", "ended");
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
		fields = stand_fields(&stand);
		expect(submissions[i], "");
		expect("registration", NULL);
		expect("state", NULL);
		expect("make-and-model", NULL);
		CU_ASSERT_PTR_NOT_NULL(row("other", 0));
		stand_fields_free(fields);
		stand.count = 0;
		fields = stand_fields(&stand);
		expect(submissions[i], "");
		expect("has-others", NULL);
	}
}

/* All at their bounds at once, and more orders than are shown. */
static void
stand_fields_most(void)
{
	struct registration *registration = begin("paired", "started");
	unsigned orders = 0, rows = 0;

	strcpy(registration->started_at, "2026-11-22T12:01:00Z");
	for (char *end = registration->orders; orders < 100; orders++)
		end += sprintf(end, "%u queued %u\n", orders, orders);
	stand.count = STAND_REGISTRATIONS_MAX;
	stand.supply_count = STAND_SUPPLIES_MAX;
	for (unsigned i = 0; i < STAND_SUPPLIES_MAX; i++)
		stand.supplies[i] = (struct stand_supply){ "1", "toner",
			"cyan", "18", "18" };
	fields = stand_fields(&stand);
	expect("has-supplies", "");
	expect("has-orders", "");
	expect("has-others", "");
	for (const struct screen_field *at = fields; at->name != NULL; at++)
		if (at->row != NULL)
			rows++;
	CU_ASSERT_EQUAL(rows, STAND_SUPPLIES_MAX + 64
	    + STAND_REGISTRATIONS_MAX - 1);
	expect_in(row("order", 63), "order-id", "63");
}

static const struct test tests[] = {
	TEST(stand_fields_registration),
	TEST(stand_fields_stopped_or_ended),
	TEST(stand_fields_serial_end),
	TEST(stand_fields_supplies),
	TEST(stand_fields_orders),
	TEST(stand_fields_others),
	TEST(stand_fields_submission),
	TEST(stand_fields_most),
	{ NULL, NULL }
};

int
main(void)
{
	int status = test_run("stand_fields", tests);

	stand_fields_free(fields);
	return status;
}
