/* lib/db: calls of a MariaDB of its own. */
#include <stdint.h>
#include <string.h>

#include "lib/db.h"
#include "t/mariadb.h"

enum statement {
	ECHO,
	SETS,
	NOTHING,
	CLEAR,
	FAIL,
	DOUBLE,
	LONG,
	WIDE,
	SETTINGS,
	WHO,
	KILL,
	NAP,
	HALF,
	HALVES,
	STATEMENT__MAX
};

/* FAIL: all but the nth try end with an error of that number. */
static const struct db_statement table[STATEMENT__MAX] = {
	[ECHO] = { "SELECT ?, ?, ?, ?", 4 },
	[SETS] = { "BEGIN NOT ATOMIC SELECT 1 AS a UNION SELECT 2 "
	    "ORDER BY a; DO 7; SELECT 'b', NULL WHERE FALSE; "
	    "SELECT 'c', NULL, 3; END", 0 },
	[NOTHING] = { "DO 1", 0 },
	[CLEAR] = { "DELETE FROM x.tries", 0 },
	[FAIL] = { "BEGIN NOT ATOMIC DECLARE nth, number INT; "
	    "SET nth = ?, number = ?; INSERT INTO x.tries VALUES (1); "
	    "SELECT COUNT(*) FROM x.tries; "
	    "IF (SELECT COUNT(*) FROM x.tries) < nth THEN "
	    "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = number; END IF; "
	    "END", 2 },
	[DOUBLE] = { "INSERT INTO x.hashes VALUES (?)", 1 },
	[LONG] = { "SELECT 'a', REPEAT('x', ?)", 1 },
	[WIDE] = { "SELECT 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,"
	    "20,21,22,23,24,25", 0 },
	[SETTINGS] = { "SELECT @@sql_mode, @@time_zone, @@tx_isolation, "
	    "@@collation_connection, @@innodb_lock_wait_timeout, "
	    "@@max_statement_time, @@character_set_client, "
	    "@@character_set_results", 0 },
	[WHO] = { "SELECT CONNECTION_ID()", 0 },
	[KILL] = { "KILL ?", 1 },
	[NAP] = { "SELECT SLEEP(1)", 0 },
	[HALF] = { "BEGIN NOT ATOMIC START TRANSACTION; "
	    "INSERT INTO x.halves VALUES (1); SET @n = COALESCE(@n, 0) + 1; "
	    "IF @n < 4 THEN SIGNAL SQLSTATE '45000' "
	    "SET MYSQL_ERRNO = 1205; END IF; COMMIT; END", 0 },
	[HALVES] = { "SELECT COUNT(*) FROM x.halves", 0 },
};

static pid_t server = -1;
static struct db *db;

static void
expect(enum statement statement, const struct db_value *values,
    enum error wanted, const char *rows_wanted)
{
	struct rows rows = { .error = ERROR_NONE };
	struct text told = rows_call(db, statement, values, wanted, &rows);

	CU_ASSERT_STRING_EQUAL(rows.text, rows_wanted);
	if (wanted == ERROR_NONE)
		CU_ASSERT_PTR_NULL(strstr(told.bytes, " error "));
	text_free(&told);
}

/* First of all: what the statements name must be there when they are
 * prepared. */
static void
db_open_and_make(void)
{
	static const struct db_statement make[] = {
		{ "CREATE DATABASE x", 0 },
		{ "CREATE TABLE x.tries (a INT)", 0 },
		{ "CREATE TABLE x.hashes (a VARCHAR(64) PRIMARY KEY)", 0 },
		{ "CREATE TABLE x.halves (a INT) ENGINE = InnoDB", 0 },
	};
	char problem[256];

	options_write("db.cnf", "test", "socket = s");
	for (unsigned i = 0; i < 4; i++) {
		db = db_open("db.cnf", "tallystick-test", make + i, 1,
		    problem, sizeof(problem));
		expect(0, NULL, ERROR_NONE, "");
		db_close(db);
	}
	db = db_open("db.cnf", "tallystick-test", table, STATEMENT__MAX,
	    problem, sizeof(problem));
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
}

/* A connection made before the server was there, made good by a call, when the
 * option file can no longer be read. */
static void
db_open_before_server(void)
{
	static const struct db_statement one = { "DO 1", 0 };
	struct scratch_error error = scratch_listen();
	struct rows rows = { .error = ERROR_NONE };
	char problem[256] = "";
	struct text told;
	struct db *late;

	options_write("late.cnf", "test", "socket = later");
	late = db_open("late.cnf", "tallystick-test", &one, 1,
	    problem, sizeof(problem));
	told = scratch_told(error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(late);
	text_free(&told);
	CU_ASSERT_EQUAL(unlink("late.cnf"), 0);
	CU_ASSERT_EQUAL(symlink("s", "later"), 0);
	told = rows_call(late, 0, NULL, ERROR_NONE, &rows);
	text_free(&told);
	db_close(late);
}

/* in: one statement that the server does not take. */
static void
expect_unprepared(const char *sql, unsigned parameters, const char *saying)
{
	const struct db_statement one = { sql, parameters };
	struct rows rows = { .error = ERROR_NONE };
	struct scratch_error error = scratch_listen();
	struct db_value value = db_integer(1);
	char problem[256];
	struct db *other = db_open("db.cnf", "tallystick-test", &one, 1,
	    problem, sizeof(problem));
	struct text told = scratch_told(error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes, saying));
	text_free(&told);
	told = rows_call(other, 0, &value, ERROR_UNAVAILABLE, &rows);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes, saying));
	text_free(&told);
	db_close(other);
}

static void
db_open_unprepared(void)
{
	expect_unprepared("SELECT ?, ?", 1, "statement 0 takes 2 parameters, "
	    "not 1: run tallystick migrate");
	expect_unprepared("SELECT 1", 1, "takes 0 parameters, not 1");
	expect_unprepared("SELECT a FROM x.none", 0, "prepare 0: 1146 ");
	expect_unprepared("no SQL", 0, "prepare 0: 1064 ");
}

static void
db_call_values(void)
{
	const struct db_value some[] = { db_integer(INT64_MIN), db_null(),
		db_string("\u00e9\U0001f600"), db_bytes("", 0) };
	const struct db_value others[] = { db_integer(INT64_MAX),
		db_string("'; DROP DATABASE x; --"), db_bytes("abc", 2),
		db_string("") };

	expect(ECHO, some, ERROR_NONE,
	    "0.0:-9223372036854775808,NULL,\u00e9\U0001f600,;");
	expect(ECHO, others, ERROR_NONE,
	    "0.0:9223372036854775807,'; DROP DATABASE x; --,ab,NULL;");
}

static void
db_call_sets(void)
{
	expect(SETS, NULL, ERROR_NONE, "0.0:1;0.1:2;2.0:c,NULL,3;");
	expect(NOTHING, NULL, ERROR_NONE, "");
	CU_ASSERT_EQUAL(db_call(db, SETS, NULL, NULL, NULL), ERROR_NONE);
}

/* The row function's error ends the call, and nothing but the call. */
static void
db_call_row_refuses(void)
{
	struct rows rows = { .error = ERROR_GONE };
	struct text told = rows_call(db, SETS, NULL, ERROR_GONE, &rows);

	CU_ASSERT_STRING_EQUAL(rows.text, "0.0:1;");
	CU_ASSERT_STRING_EQUAL(told.bytes, "");
	text_free(&told);
	expect(SETS, NULL, ERROR_NONE, "0.0:1;0.1:2;2.0:c,NULL,3;");
}

static void
expect_tries(int nth, int number, enum error wanted, const char *rows)
{
	const struct db_value values[] = { db_integer(nth),
		db_integer(number) };

	expect(CLEAR, NULL, ERROR_NONE, "");
	expect(FAIL, values, wanted, rows);
}

/* Deadlock, lock wait, changed since it was read, two at once, found too
 * late. */
static void
db_call_repeated(void)
{
	static const int numbers[] = { 1213, 1205, 1020, 1062, 1644 };

	for (unsigned i = 0; i < 5; i++) {
		expect_tries(3, numbers[i], ERROR_NONE, "0.0:3;");
		expect_tries(5, numbers[i], ERROR_NONE, "0.0:5;");
		expect_tries(6, numbers[i], ERROR_UNAVAILABLE, "0.0:5;");
	}
}

/* What is half done when it is repeated is undone, though nothing there has
 * done it: else the next try would commit it. */
static void
db_call_repeated_whole(void)
{
	expect(HALF, NULL, ERROR_NONE, "");
	expect(HALVES, NULL, ERROR_NONE, "0.0:1;");
}

/* The connection is no more: over another one, the call is repeated. */
static void
db_call_reconnected(void)
{
	expect_tries(2, 1053, ERROR_NONE, "0.0:2;");
	expect_tries(2, 1927, ERROR_NONE, "0.0:2;");
}

/* No quorum, a time-out, a broken invariant: told at once. */
static void
db_call_given_up(void)
{
	static const int numbers[] = { 1047, 1180, 1969, 4025 };

	for (unsigned i = 0; i < 4; i++)
		expect_tries(2, numbers[i], ERROR_UNAVAILABLE, "0.0:1;");
	expect(NOTHING, NULL, ERROR_NONE, "");
}

static void
db_call_duplicate_untold(void)
{
	const struct db_value value = db_string("0123hash4567");
	struct rows rows = { .error = ERROR_NONE };
	struct text told;

	expect(DOUBLE, &value, ERROR_NONE, "");
	told = rows_call(db, DOUBLE, &value, ERROR_UNAVAILABLE, &rows);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes, "try 1: 1062 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes, "error database: statement "
	    "5, try 5: 1062 "));
	CU_ASSERT_PTR_NULL(strstr(told.bytes, "hash"));
	text_free(&told);
}

static void
db_call_settings(void)
{
	struct rows rows = { .error = ERROR_NONE };
	struct text told = rows_call(db, SETTINGS, NULL, ERROR_NONE, &rows);

	CU_ASSERT_PTR_NOT_NULL(strstr(rows.text, "STRICT_ALL_TABLES"));
	CU_ASSERT_PTR_NOT_NULL(strstr(rows.text, ",+00:00,READ-COMMITTED,"
	    "utf8mb4_bin,3,4.000000,utf8mb4,utf8mb4;"));
	text_free(&told);
}

/* In a child, over a connection of its own: kill that one after a pause. */
static pid_t
kill_later(const char *connection, unsigned pause_ms)
{
	const struct timespec pause = { 0, (long)pause_ms * 1000000 };
	const struct db_value id = db_integer(atol(connection));
	char problem[256];
	struct db *other;
	pid_t child;

	fflush(NULL);
	if ((child = fork()) > 0)
		return child;
	other = db_open("db.cnf", "tallystick-test", table, STATEMENT__MAX,
	    problem, sizeof(problem));
	nanosleep(&pause, NULL);
	_exit(other != NULL
	    && db_call(other, KILL, &id, NULL, NULL) == ERROR_NONE ? 0 : 1);
}

/* Whether a call was done when its connection was lost is unknown: it is
 * repeated over another one, with the same settings. */
static void
db_call_connection_lost(void)
{
	struct rows who = { .error = ERROR_NONE }, rows = who;
	struct text told = rows_call(db, WHO, NULL, ERROR_NONE, &who);
	pid_t child = kill_later(who.text + 4, 0);
	int status = 1;

	/* Between two calls. */
	text_free(&told);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	expect(SETS, NULL, ERROR_NONE, "0.0:1;0.1:2;2.0:c,NULL,3;");
	told = rows_call(db, WHO, NULL, ERROR_NONE, &rows);
	text_free(&told);
	CU_ASSERT_STRING_NOT_EQUAL(rows.text, who.text);
	/* In the middle of one. */
	child = kill_later(rows.text + 4, 300);
	expect(NAP, NULL, ERROR_NONE, "0.0:0;");
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	told = rows_call(db, WHO, NULL, ERROR_NONE, &who);
	text_free(&told);
	CU_ASSERT_STRING_NOT_EQUAL(rows.text, who.text);
	db_call_settings();
}

static void
fetch(const char *option_file, enum statement statement, int64_t length)
{
	const struct db_value value = db_integer(length);
	struct rows rows = { .error = ERROR_NONE };
	char problem[256];
	struct db *own = db_open(option_file, "tallystick-test", table,
	    STATEMENT__MAX, problem, sizeof(problem));

	db_call(own, statement, &value, rows_take, &rows);
}

static void
fetch_long(void)
{
	fetch("db.cnf", LONG, 4097);
}

static void
fetch_long_unreported(void)
{
	fetch("quiet.cnf", LONG, 100000);
}

static void
fetch_wide(void)
{
	fetch("db.cnf", WIDE, 0);
}

/* A cut column must never pass for a whole one. */
static void
db_call_column_too_long(void)
{
	const struct db_value most = db_integer(4096);
	struct rows rows = { .error = ERROR_NONE };
	struct text told = rows_call(db, LONG, &most, ERROR_NONE, &rows);

	CU_ASSERT_EQUAL(strlen(rows.text), strlen("0.0:a,;") + 4096);
	text_free(&told);
	CU_ASSERT(scratch_ends(fetch_long, 1, "longer than 4096 bytes"));
	options_write("quiet.cnf", "test",
	    "socket = s\nreport-data-truncation = 0");
	CU_ASSERT(scratch_ends(fetch_long_unreported, 1, "column"));
	CU_ASSERT(scratch_ends(fetch_wide, 1, "a result of 25 columns"));
}

static void
db_call_server_gone(void)
{
	mariadb_end(server);
	server = -1;
	expect(NOTHING, NULL, ERROR_UNAVAILABLE, "");
	expect(NOTHING, NULL, ERROR_UNAVAILABLE, "");
}

static const struct test tests[] = {
	TEST(db_open_and_make),
	TEST(db_open_before_server),
	TEST(db_open_unprepared),
	TEST(db_call_values),
	TEST(db_call_sets),
	TEST(db_call_row_refuses),
	TEST(db_call_repeated),
	TEST(db_call_repeated_whole),
	TEST(db_call_reconnected),
	TEST(db_call_given_up),
	TEST(db_call_duplicate_untold),
	TEST(db_call_settings),
	TEST(db_call_connection_lost),
	TEST(db_call_column_too_long),
	TEST(db_call_server_gone),
	{ NULL, NULL }
};

int
main(void)
{
	char folder[SCRATCH_SIZE];
	int status = 1;

	scratch_make(folder);
	if (chdir(folder) == 0) {
		server = mariadb_start();
		status = mariadb_wait(server);
	}
	if (status == 0)
		status = test_run("db_call", tests);
	db_close(db);
	mariadb_end(server);
	scratch_remove(folder);
	if (status == MARIADB_MISSING) {
		printf("SKIP: lib/db's calls: no mariadbd\n");
		return TEST_SKIPPED;
	}
	return status;
}
