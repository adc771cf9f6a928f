/* The doctor's look at the database. */
#include "bin/tallystick_doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/tallystick.h"
#include "bin/tallystick_schema.h"
#include "lib/text.h"

#define NUMBERS_MAX		8
#define SNAPSHOT_RELEASE	17	/* of 10.11 */
#define SHARES			16	/* what is too much for one look */
#define SHARE_SIZE		((INT64_C(1) << 32) / SHARES)

static const struct db_statement server_statement = {
	"SELECT @@innodb_flush_log_at_trx_commit,"
	/* In force here, as store.c sets it for everybody. */
	" (SELECT COUNT(*) FROM information_schema.SYSTEM_VARIABLES"
	"  WHERE VARIABLE_NAME = 'innodb_snapshot_isolation'"
	"  AND SESSION_VALUE = 'ON'), VERSION()", 0 };

enum {
	STATEMENT_MIGRATION,
	STATEMENT_ROUTINES,
	STATEMENT_SIZES,
	STATEMENT_ORDERS,
	STATEMENT_PAST,
	STATEMENT_CONFLICTS,
	STATEMENT_ADMITTED,
	STATEMENT__MAX
};

/* Each gives one row of numbers. */
static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_MIGRATION] = {
	    "SELECT COALESCE(MAX(number), 0) FROM migration", 0 },
	[STATEMENT_ROUTINES] = {
	    "SELECT COUNT(*), COALESCE(SUM(SQL_MODE <> @@sql_mode"
	    "  OR COLLATION_CONNECTION <> @@collation_connection"
	    "  OR DATABASE_COLLATION <> @@collation_connection), 0)"
	    " FROM information_schema.ROUTINES"
	    " WHERE ROUTINE_SCHEMA = DATABASE()"
	    "  AND ROUTINE_TYPE = 'PROCEDURE'"
	    "  AND FIND_IN_SET(ROUTINE_NAME, ?) > 0", 1 },
	[STATEMENT_SIZES] = {
	    "SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0)"
	    "  DIV 1048576,"
	    " SUM(IF(TABLE_NAME = 'registration', TABLE_ROWS, 0)),"
	    " SUM(IF(TABLE_NAME = 'job', TABLE_ROWS, 0)),"
	    " SUM(IF(TABLE_NAME = 'supply_order', TABLE_ROWS, 0))"
	    " FROM information_schema.TABLES"
	    " WHERE TABLE_SCHEMA = DATABASE()", 0 },
	[STATEMENT_ORDERS] = {
	    "SELECT COALESCE(SUM(state = 'queued'), 0),"
	    " COALESCE(SUM(state = 'queued'"
	    "  AND due_at < UTC_TIMESTAMP() - INTERVAL 1 MINUTE"
	    "  AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP())),"
	    "  0),"
	    " COALESCE(SUM(state = 'queued' AND attempts > 0), 0),"
	    " COALESCE(SUM(state = 'failed'), 0),"
	    /* Begun, and no end recorded. */
	    " COALESCE(SUM(state = 'queued' AND attempts = 0"
	    "  AND lease_until < UTC_TIMESTAMP()"
	    "  AND created_at < UTC_TIMESTAMP() - INTERVAL 5 MINUTE), 0),"
	    /* Of the newest that has one. */
	    " COALESCE(SUBSTR(MAX(CONCAT(LPAD(id, 20, '0'), last_answer)),"
	    "  21, 60), '')"
	    " FROM supply_order WHERE state IN ('queued', 'failed')", 0 },
	[STATEMENT_PAST] = {
	    "SELECT (SELECT COUNT(*) FROM registration"
	    "  WHERE pending_address IS NOT NULL"
	    "  AND expires_at < UTC_TIMESTAMP() - INTERVAL 10 MINUTE)"
	    " + (SELECT COUNT(*) FROM submission"
	    "  WHERE shown_until < UTC_TIMESTAMP() - INTERVAL 10 MINUTE),"
	    " (SELECT COUNT(*) FROM walk WHERE ended_at < UTC_TIMESTAMP()"
	    "  - INTERVAL IF(name = 'purge_codes', 240, 2880) MINUTE)", 0 },
	/* A share of them, by the index alone till two look alike. */
	[STATEMENT_CONFLICTS] = {
	    "SELECT COUNT(*) FROM (SELECT r.device_id"
	    "  FROM (SELECT device FROM registration"
	    "    WHERE device BETWEEN ? AND ? AND live IS NOT NULL"
	    "    GROUP BY device HAVING COUNT(*) > 1) twice"
	    "   JOIN registration r ON r.device = twice.device"
	    "    AND r.live IS NOT NULL"
	    "  GROUP BY r.device_id HAVING COUNT(DISTINCT r.lineage) > 1) two",
	    2 },
	[STATEMENT_ADMITTED] = {
	    "SELECT COUNT(*) FROM admitted_device", 0 },
};

struct numbers {
	int64_t	 n[NUMBERS_MAX];
	char	 version[64];
};

static enum error
numbers_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct numbers *numbers = arg;

	(void)set;
	(void)row;
	for (unsigned i = 0; i < count && i < NUMBERS_MAX; i++) {
		numbers->n[i] = db_to_integer(&columns[i]);
		if (columns[i].type == DB_BYTES)
			text_copy(numbers->version, sizeof(numbers->version),
			    columns[i].bytes);
	}
	return ERROR_NONE;
}

static bool
numbers_ask(struct doctor *doctor, struct db *db, size_t statement,
    const struct db_value *values, struct numbers *numbers)
{
	memset(numbers, 0, sizeof(*numbers));
	if (db_call(db, statement, values, numbers_row, numbers)
	    == ERROR_NONE)
		return true;
	doctor_say(doctor, FINDING_FAIL, "the database does not answer");
	return false;
}

/* Older releases of 10.11 do not have the setting, or not as it must be
 * (MDEV-39263); of 11.0 and later we know of no such mistake. */
static void
version_look(struct doctor *doctor, const char *version)
{
	unsigned major = 0, minor = 0, release = 0;

	if (sscanf(version, "%u.%u.%u", &major, &minor, &release) != 3
	    || major * 100 + minor < 1011)
		doctor_say(doctor, FINDING_FAIL, "MariaDB 10.11 or newer is "
		    "wanted, the server is %s", version);
	else if (major * 100 + minor == 1011 && release < SNAPSHOT_RELEASE)
		doctor_say(doctor, FINDING_WARN, "the server is MariaDB %s: "
		    "of 10.11, update to 10.11.%d or newer", version,
		    SNAPSHOT_RELEASE);
	else
		doctor_say(doctor, FINDING_OK, "[tallystick] reaches MariaDB "
		    "%s", version);
}

/* out: whether it is worth looking further. */
static bool
server_look(struct doctor *doctor)
{
	struct numbers is;
	struct db *db = operator_open(doctor->conf, &server_statement, 1);

	if (db == NULL || db_call(db, 0, NULL, numbers_row, &is)
	    != ERROR_NONE) {
		doctor_say(doctor, FINDING_FAIL, "[tallystick] does not reach "
		    "the database: see its option file");
		db_close(db);
		return false;
	}
	db_close(db);
	version_look(doctor, is.version);
	if (is.n[1] != 1)
		doctor_say(doctor, FINDING_WARN, "the server does not know "
		    "innodb_snapshot_isolation: a change may overwrite one "
		    "that it has not seen; update MariaDB");
	if (is.n[0] != 1)
		doctor_say(doctor, FINDING_WARN, "innodb_flush_log_at_trx_"
		    "commit is %" PRId64 ": a crash loses what was "
		    "acknowledged; set it to 1", is.n[0]);
	else
		doctor_say(doctor, FINDING_OK, "commits are on disk before "
		    "they are acknowledged");
	return true;
}

static void
migration_look(struct doctor *doctor, struct db *db)
{
	struct schema_folder folder;
	struct numbers is;
	int64_t newest = 0;

	if (!schema_list(&folder, doctor->conf->schema, "migrations")
	    || !numbers_ask(doctor, db, STATEMENT_MIGRATION, NULL, &is))
		goto out;
	if (folder.count > 0)
		newest = schema_number(folder.names[folder.count - 1]);
	if (is.n[0] == newest)
		doctor_say(doctor, FINDING_OK, "the schema is at migration %"
		    PRId64 ", the newest", newest);
	else
		doctor_say(doctor, FINDING_FAIL, "the schema is at migration "
		    "%" PRId64 ", the programs are made for %" PRId64 "%s",
		    is.n[0], newest,
		    is.n[0] < newest ? ": run 'tallystick migrate'" : "");
out:
	schema_free(&folder);
}

static void
routines_look(struct doctor *doctor, struct db *db)
{
	struct schema_folder folder;
	struct text names = { 0 };
	struct numbers is;

	if (!schema_list(&folder, doctor->conf->schema, "procedures"))
		goto out;
	for (size_t i = 0; i < folder.count; i++)
		text_addf(&names, "%s%.*s", i > 0 ? "," : "",
		    (int)strlen(folder.names[i]) - 4, folder.names[i]);
	if (!numbers_ask(doctor, db, STATEMENT_ROUTINES,
		(struct db_value[]){ db_string(names.bytes) }, &is))
		goto out;
	if (is.n[0] != (int64_t)folder.count)
		doctor_say(doctor, FINDING_FAIL, "%" PRId64 " of %zu "
		    "procedures are missing: run 'tallystick migrate'",
		    (int64_t)folder.count - is.n[0], folder.count);
	else if (is.n[1] != 0)
		doctor_say(doctor, FINDING_FAIL, "%" PRId64 " procedures were "
		    "made under another sql_mode or collation: run "
		    "'tallystick migrate'", is.n[1]);
	else
		doctor_say(doctor, FINDING_OK, "%zu procedures are there, "
		    "under the right sql_mode and collation", folder.count);
out:
	text_free(&names);
	schema_free(&folder);
}

static void
sizes_look(struct doctor *doctor, struct db *db)
{
	struct numbers is;

	if (numbers_ask(doctor, db, STATEMENT_SIZES, NULL, &is))
		doctor_say(doctor, FINDING_OK, "the database holds about %"
		    PRId64 " MiB: %" PRId64 " registrations, %" PRId64
		    " jobs, %" PRId64 " orders", is.n[0], is.n[1], is.n[2],
		    is.n[3]);
}

static void
orders_look(struct doctor *doctor, struct db *db)
{
	struct numbers is;

	if (!numbers_ask(doctor, db, STATEMENT_ORDERS, NULL, &is))
		return;
	if (is.n[1] > 0)
		doctor_say(doctor, FINDING_FAIL, "%" PRId64 " orders are over"
		    "due by a minute or more: is 'tallystick deliver --watch'"
		    " running?", is.n[1]);
	else
		doctor_say(doctor, is.n[2] > 0 ? FINDING_WARN : FINDING_OK,
		    "%" PRId64 " orders are queued, %" PRId64 " of them after "
		    "an attempt; none is overdue", is.n[0], is.n[2]);
	if (is.n[4] > 0)
		doctor_say(doctor, FINDING_FAIL, "%" PRId64 " orders are sent "
		    "for five minutes or more, and no attempt has come to an "
		    "end: does the courier die of it? Its log tells",
		    is.n[4]);
	if (is.n[3] > 0)
		doctor_say(doctor, FINDING_WARN, "%" PRId64 " orders failed: "
		    "'tallystick orders' shows why, 'orders retry' sends "
		    "them again", is.n[3]);
	if (is.version[0] != '\0')
		doctor_say(doctor, FINDING_WARN, "the newest order that is not"
		    " delivered was answered: %s", is.version);
}

static void
past_look(struct doctor *doctor, struct db *db)
{
	struct numbers is;

	if (!numbers_ask(doctor, db, STATEMENT_PAST, NULL, &is))
		return;
	if (is.n[0] > 0)
		doctor_say(doctor, FINDING_WARN, "%" PRId64 " rows are past "
		    "their time by 10 minutes or more: is 'tallystick purge "
		    "--watch' running?", is.n[0]);
	else if (is.n[1] > 0)
		doctor_say(doctor, FINDING_WARN, "it is long ago that "
		    "'tallystick purge' had looked through all: is "
		    "'tallystick purge --watch' running?");
	else
		doctor_say(doctor, FINDING_OK, "nothing is left over that "
		    "'tallystick purge' should have removed");
}

static void
devices_look(struct doctor *doctor, struct db *db)
{
	struct numbers is;
	int64_t conflicts = 0;

	for (int64_t i = 0; i < SHARES; i++) {
		if (!numbers_ask(doctor, db, STATEMENT_CONFLICTS,
			(struct db_value[]){ db_integer(i * SHARE_SIZE),
			    db_integer((i + 1) * SHARE_SIZE - 1) }, &is))
			return;
		conflicts += is.n[0];
	}
	if (conflicts > 0)
		doctor_say(doctor, FINDING_WARN, "%" PRId64 " DeviceIds stand "
		    "with more than one code: see CONFLICT in 'tallystick "
		    "devices'", conflicts);
	if (!doctor->conf->enrolment_open
	    && numbers_ask(doctor, db, STATEMENT_ADMITTED, NULL, &is))
		doctor_say(doctor, is.n[0] == 0 ? FINDING_WARN : FINDING_OK,
		    "enrolment is by list, and %" PRId64 " devices are on it",
		    is.n[0]);
}

void
doctor_store(struct doctor *doctor)
{
	static void (*const looks[])(struct doctor *, struct db *) = {
		migration_look, routines_look, sizes_look, orders_look,
		past_look, devices_look };
	struct numbers is;
	struct db *db;

	if (!server_look(doctor))
		return;
	db = operator_open(doctor->conf, statements, STATEMENT__MAX);
	if (db == NULL || db_call(db, STATEMENT_MIGRATION, NULL, numbers_row,
		&is) != ERROR_NONE)
		doctor_say(doctor, FINDING_FAIL, "the tables are not there: "
		    "run 'tallystick migrate'");
	else {
		for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
			looks[i](doctor, db);
		doctor_guesses(doctor);
	}
	db_close(db);
}
