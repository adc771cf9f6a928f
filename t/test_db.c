/* lib/db without a server: values, and how it opens. */
#include <stdint.h>
#include <string.h>

#include "lib/db.h"
#include "t/mariadb.h"

static void
db_value_made(void)
{
	struct db_value value = db_bytes("a\0b", 3);

	CU_ASSERT_EQUAL(value.type, DB_BYTES);
	CU_ASSERT_EQUAL(value.length, 3);
	CU_ASSERT_EQUAL(db_bytes("", 0).type, DB_BYTES);
	CU_ASSERT_EQUAL(db_null().type, DB_NULL);
	CU_ASSERT_EQUAL(db_string(NULL).type, DB_NULL);
	CU_ASSERT_EQUAL(db_string("").type, DB_NULL);
	CU_ASSERT_EQUAL(db_string("abc").type, DB_BYTES);
	CU_ASSERT_EQUAL(db_string("abc").length, 3);
	CU_ASSERT_EQUAL(db_integer(INT64_MIN).type, DB_INTEGER);
	CU_ASSERT_EQUAL(db_integer(INT64_MIN).integer, INT64_MIN);
}

static void
db_to_integer_each(void)
{
	struct db_value null = db_null(), integer = db_integer(-7);
	struct db_value bytes = db_string("9223372036854775807");
	struct db_value less = db_string("-12"), text = db_string("abc");

	CU_ASSERT_EQUAL(db_to_integer(&null), 0);
	CU_ASSERT_EQUAL(db_to_integer(&integer), -7);
	CU_ASSERT_EQUAL(db_to_integer(&bytes), INT64_MAX);
	CU_ASSERT_EQUAL(db_to_integer(&less), -12);
	CU_ASSERT_EQUAL(db_to_integer(&text), 0);
}

static void
db_open_no_option_file(void)
{
	char problem[256] = "";

	CU_ASSERT_PTR_NULL(db_open("none.cnf", "tallystick-test", NULL, 0,
	    problem, sizeof(problem)));
	CU_ASSERT_STRING_EQUAL(problem,
	    "database option file none.cnf: No such file or directory");
	db_close(NULL);
	if (geteuid() == 0)
		return;
	scratch_write(".", "shut.cnf", "", 0, 0);
	CU_ASSERT_PTR_NULL(db_open("shut.cnf", "tallystick-test", NULL, 0,
	    problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "Permission denied"));
}

/* Down now, it may be up at the first call: this is no failure yet. */
static void
db_open_without_server(void)
{
	static const struct db_statement one = { "DO 1", 0 };
	struct scratch_error error = scratch_listen();
	struct rows rows = { .error = ERROR_NONE };
	char problem[256] = "";
	struct text told;
	struct db *db;

	options_write("down.cnf", "test", "socket = nowhere");
	db = db_open("down.cnf", "tallystick-test", &one, 1, problem,
	    sizeof(problem));
	told = scratch_told(error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(db);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes,
	    ", group [tallystick-test]: 2002 "));
	text_free(&told);
	told = rows_call(db, 0, NULL, ERROR_UNAVAILABLE, &rows);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes,
	    ", group [tallystick-test]: 2002 "));
	text_free(&told);
	db_close(db);
}

static const struct test tests[] = {
	TEST(db_value_made),
	TEST(db_to_integer_each),
	TEST(db_open_no_option_file),
	TEST(db_open_without_server),
	{ NULL, NULL }
};

int
main(void)
{
	char folder[SCRATCH_SIZE];
	int status = 1;

	scratch_make(folder);
	if (chdir(folder) == 0)
		status = test_run("db", tests);
	scratch_remove(folder);
	return status;
}
