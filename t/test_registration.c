/* lib/registration: from a procedure's row to the document. That documents
 * keep their schema is t/test_answer's. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/message.h"
#include "lib/registration.h"
#include "t/scratch.h"

#define TOKEN	"0123456789_-abcdefghijklmnopqrstuvwxyzABCDE"

/* A row as the view gives it. */
static const char *const row[REGISTRATION__MAX] = {
	[REGISTRATION_OUTCOME] = "ok",
	[REGISTRATION_LEFT_VERSION] = "4294967294",
	[REGISTRATION_ID] = "18446744073",
	[REGISTRATION_DEVICE_ID] = "E78283B1N123456",
	[REGISTRATION_MAKE_AND_MODEL] = "MFC & <Co>",
	[REGISTRATION_SERIAL_NUMBER] = "N123456",
	[REGISTRATION_STATE] = "paired",
	[REGISTRATION_SERVICE] = "started",
	[REGISTRATION_ENDED_BY] = NULL,
	[REGISTRATION_VERSION] = "4294967295",
	[REGISTRATION_EXPIRES_AT] = "2026-11-22T13:00:00Z",
	[REGISTRATION_PAIRED_AT] = "2026-11-22T12:00:00Z",
	[REGISTRATION_STARTED_AT] = "2026-11-22T12:01:00Z",
	[REGISTRATION_SEEN_AT] = "2026-11-22T12:02:00Z",
	[REGISTRATION_ORDERS] = "1 queued a\n2 delivered b",
};

static struct db_value values[REGISTRATION__MAX];

/* The row with one column changed. */
static void
row_change(enum registration_column column, const char *value)
{
	for (unsigned i = 0; i < REGISTRATION__MAX; i++)
		values[i] = db_string(row[i]);
	values[column] = db_string(value);
}

static struct registration
row_read(enum registration_column column, const char *value)
{
	struct registration registration;

	row_change(column, value);
	memset(&registration, 0xa5, sizeof(registration));
	registration_read(&registration, values, REGISTRATION__MAX);
	return registration;
}

static void
registration_read_whole(void)
{
	struct registration read = row_read(REGISTRATION_OUTCOME, "ok");

	CU_ASSERT_STRING_EQUAL(read.outcome, "ok");
	CU_ASSERT_EQUAL(read.left_version, 4294967294);
	CU_ASSERT_EQUAL(read.id, 18446744073);
	CU_ASSERT_STRING_EQUAL(read.device_id, "E78283B1N123456");
	CU_ASSERT_STRING_EQUAL(read.make_and_model, "MFC & <Co>");
	CU_ASSERT_STRING_EQUAL(read.serial_number, "N123456");
	CU_ASSERT_STRING_EQUAL(read.state, "paired");
	CU_ASSERT_STRING_EQUAL(read.service, "started");
	CU_ASSERT_STRING_EQUAL(read.ended_by, "");
	CU_ASSERT_EQUAL(read.version, 4294967295);
	CU_ASSERT_STRING_EQUAL(read.expires_at, "2026-11-22T13:00:00Z");
	CU_ASSERT_STRING_EQUAL(read.paired_at, "2026-11-22T12:00:00Z");
	CU_ASSERT_STRING_EQUAL(read.started_at, "2026-11-22T12:01:00Z");
	CU_ASSERT_STRING_EQUAL(read.seen_at, "2026-11-22T12:02:00Z");
	CU_ASSERT_STRING_EQUAL(read.orders, "1 queued a\n2 delivered b");
}

static void
registration_read_outcome_alone(void)
{
	struct registration registration;
	struct db_value outcome = db_string("gone");

	memset(&registration, 0xa5, sizeof(registration));
	registration_read(&registration, &outcome, 1);
	CU_ASSERT_STRING_EQUAL(registration.outcome, "gone");
	CU_ASSERT_EQUAL(registration.id, 0);
	CU_ASSERT_EQUAL(registration.left_version, 0);
	CU_ASSERT_STRING_EQUAL(registration.device_id, "");
	CU_ASSERT_STRING_EQUAL(registration.orders, "");
}

/* The longest that the tables hold: 4 bytes a character. */
static void
registration_read_longest(void)
{
	char name[509], serial[257];
	struct registration read;

	for (size_t i = 0; i < 508; i += 4)
		memcpy(name + i, "\U0001f600", 5);
	read = row_read(REGISTRATION_MAKE_AND_MODEL, name);
	CU_ASSERT_STRING_EQUAL(read.make_and_model, name);
	strcpy(serial, name + 508 - 256);
	read = row_read(REGISTRATION_SERIAL_NUMBER, serial);
	CU_ASSERT_STRING_EQUAL(read.serial_number, serial);
	read = row_read(REGISTRATION_ENDED_BY, "superseded");
	CU_ASSERT_STRING_EQUAL(read.ended_by, "superseded");
}

static void
read_too_long(void)
{
	row_read(REGISTRATION_SERVICE, "continued");
}

static void
read_no_column(void)
{
	struct registration registration;

	registration_read(&registration, values, 0);
}

static void
read_more_columns(void)
{
	struct db_value more[REGISTRATION__MAX + 1] = { { DB_NULL, 0, 0, 0 } };
	struct registration registration;

	registration_read(&registration, more, REGISTRATION__MAX + 1);
}

/* A row may end early. */
static void
registration_read_first_columns(void)
{
	struct registration registration;

	row_change(REGISTRATION_OUTCOME, "ok");
	registration_read(&registration, values, REGISTRATION_STATE);
	CU_ASSERT_STRING_EQUAL(registration.outcome, "ok");
	CU_ASSERT_EQUAL(registration.version, 4294967295);
	CU_ASSERT_STRING_EQUAL(registration.state, "");
	CU_ASSERT_STRING_EQUAL(registration.orders, "");
	CU_ASSERT_STRING_EQUAL(registration.seen_at, "");
}

static void
registration_read_broken(void)
{
	CU_ASSERT(scratch_ends(read_too_long, 1, "column is too long"));
	CU_ASSERT(scratch_ends(read_no_column, 1, "of 0 columns"));
	CU_ASSERT(scratch_ends(read_more_columns, 1, "of 16 columns"));
}

static struct registrations taken;

static enum error
take(unsigned set, unsigned number, const char *version)
{
	row_change(REGISTRATION_VERSION, version);
	return registrations_take(&taken, set, number, values,
	    REGISTRATION__MAX);
}

static void
registrations_take_rows(void)
{
	CU_ASSERT_EQUAL(take(0, 0, "5"), ERROR_NONE);
	CU_ASSERT_EQUAL(take(0, 1, "6"), ERROR_NONE);
	CU_ASSERT_EQUAL(take(0, 2, "7"), ERROR_NONE);
	CU_ASSERT_EQUAL(take(1, 0, "8"), ERROR_NONE);
	CU_ASSERT_EQUAL(taken.count, 4);
	CU_ASSERT_EQUAL(taken.row[0].version, 5);
	CU_ASSERT_EQUAL(taken.row[2].version, 7);
	CU_ASSERT_EQUAL(taken.row[3].version, 8);
	/* A call that is repeated begins anew. */
	CU_ASSERT_EQUAL(take(0, 0, "9"), ERROR_NONE);
	CU_ASSERT_EQUAL(taken.count, 1);
	CU_ASSERT_EQUAL(taken.row[0].version, 9);
}

static void
take_too_many(void)
{
	take(1, 0, "1");
}

static void
registrations_take_too_many(void)
{
	for (unsigned i = 0; i < REGISTRATIONS_MAX; i++)
		CU_ASSERT_EQUAL(take(0, i, "1"), ERROR_NONE);
	CU_ASSERT_EQUAL(taken.count, REGISTRATIONS_MAX);
	CU_ASSERT(scratch_ends(take_too_many, 1, "more than 4"));
}

static void
outcome_unknown(void)
{
	struct registration registration = { .outcome = "fine" };

	registration_error(&registration);
}

static void
registration_error_each(void)
{
	static const struct {
		const char	*outcome;
		enum error	 error;
	} wanted[] = { { "ok", ERROR_NONE }, { "gone", ERROR_GONE },
		{ "unauthorized", ERROR_UNAUTHORIZED },
		{ "not-paired", ERROR_NOT_PAIRED },
		{ "not-admitted", ERROR_NOT_ADMITTED },
		{ "throttled", ERROR_THROTTLED } };
	struct registration registration = { .outcome = "" };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		text_copy(registration.outcome, sizeof(registration.outcome),
		    wanted[i].outcome);
		CU_ASSERT_EQUAL(registration_error(&registration),
		    wanted[i].error);
	}
	CU_ASSERT(scratch_ends(outcome_unknown, 1, "unknown outcome 'fine'"));
}

static void
expect_document(const struct registration *registration, const char *token,
    const char *wanted)
{
	struct text text = { 0 };

	registration_write(&text, registration, "https://example.net/x&y",
	    token);
	CU_ASSERT_STRING_EQUAL(text.bytes, wanted);
	text_free(&text);
}

#define HEAD(version, state, service) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<Registration xmlns=\"" MESSAGE_NAMESPACE "\" version=\"" version \
	"\" state=\"" state "\" service=\"" service "\">\n" \
	"  <DeviceId>E78283B1N123456</DeviceId>\n"
#define PAGE \
	"  <PairingPage>https://example.net/x&amp;y/pair</PairingPage>\n"

static void
registration_write_pending(void)
{
	struct registration read = row_read(REGISTRATION_STATE, "pending");

	strcpy(read.service, "stopped");
	read.version = 1;
	expect_document(&read, TOKEN, HEAD("1", "pending", "stopped")
	    "  <Token>" TOKEN "</Token>\n" PAGE
	    "  <ExpiresAt>2026-11-22T13:00:00Z</ExpiresAt>\n"
	    "</Registration>\n");
	expect_document(&read, NULL, HEAD("1", "pending", "stopped") PAGE
	    "  <ExpiresAt>2026-11-22T13:00:00Z</ExpiresAt>\n"
	    "</Registration>\n");
}

static void
registration_write_paired(void)
{
	struct registration read = row_read(REGISTRATION_STATE, "paired");

	expect_document(&read, NULL, HEAD("4294967295", "paired", "started")
	    PAGE "  <Service connected=\"2026-11-22T12:00:00Z\" "
	    "started=\"2026-11-22T12:01:00Z\"/>\n"
	    "  <Order supply=\"1\" state=\"queued\" id=\"a\"/>\n"
	    "  <Order supply=\"2\" state=\"delivered\" id=\"b\"/>\n"
	    "</Registration>\n");
	read = row_read(REGISTRATION_STARTED_AT, NULL);
	read.orders[0] = '\0';
	expect_document(&read, NULL, HEAD("4294967295", "paired", "started")
	    PAGE "  <Service connected=\"2026-11-22T12:00:00Z\"/>\n"
	    "</Registration>\n");
}

/* Once ended it tells neither times nor orders. */
static void
registration_write_ended(void)
{
	struct registration read = row_read(REGISTRATION_STATE, "ended");

	strcpy(read.service, "stopped");
	expect_document(&read, NULL, HEAD("4294967295", "ended", "stopped")
	    PAGE "</Registration>\n");
}

static void
registration_next_order_each(void)
{
	const char *orders = "1 queued 0a8f\n65535 cancelled "
	    "01234567-89ab-cdef-0123-456789abcdef\n";
	struct registration_order order;

	CU_ASSERT(registration_next_order(&orders, &order));
	CU_ASSERT_STRING_EQUAL(order.slot, "1");
	CU_ASSERT_STRING_EQUAL(order.state, "queued");
	CU_ASSERT_STRING_EQUAL(order.id, "0a8f");
	CU_ASSERT(registration_next_order(&orders, &order));
	CU_ASSERT_STRING_EQUAL(order.slot, "65535");
	CU_ASSERT_STRING_EQUAL(order.state, "cancelled");
	CU_ASSERT_STRING_EQUAL(order.id,
	    "01234567-89ab-cdef-0123-456789abcdef");
	CU_ASSERT_FALSE(registration_next_order(&orders, &order));
}

static void
registration_next_order_none(void)
{
	static const char *const texts[] = { "", "\n", "1", "1 queued",
		"1 queued \n" };
	struct registration_order order;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *orders = texts[i];

		CU_ASSERT_FALSE(registration_next_order(&orders, &order));
		CU_ASSERT_PTR_EQUAL(orders, texts[i]);
	}
}

static void
registration_channel_named(void)
{
	struct registration registration = { .id = 7, .version = 3 };
	char channel[REGISTRATION_CHANNEL_SIZE];

	registration_channel(&registration, 2, channel);
	CU_ASSERT_STRING_EQUAL(channel, "7.2");
	registration.id = UINT64_MAX;
	registration_channel(&registration, UINT32_MAX, channel);
	CU_ASSERT_STRING_EQUAL(channel, "18446744073709551615.4294967295");
}

static const struct test tests[] = {
	TEST(registration_read_whole),
	TEST(registration_read_outcome_alone),
	TEST(registration_read_longest),
	TEST(registration_read_first_columns),
	TEST(registration_read_broken),
	TEST(registrations_take_rows),
	TEST(registrations_take_too_many),
	TEST(registration_error_each),
	TEST(registration_write_pending),
	TEST(registration_write_paired),
	TEST(registration_write_ended),
	TEST(registration_next_order_each),
	TEST(registration_next_order_none),
	TEST(registration_channel_named),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("registration", tests);
}
