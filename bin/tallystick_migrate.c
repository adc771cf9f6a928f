/* tallystick migrate: bring any older database to this version. */
#include "bin/tallystick.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/tallystick_schema.h"
#include "lib/store.h"

#define SERVER_VERSION_MIN	101100

/* Two at once wait for each other. It reaches no further than one node of a
 * cluster, where what both do is the same and bears repeating. */
static const char lock_take[] =
    "SELECT GET_LOCK(CONCAT('tallystick migrate ', DATABASE()), 120)";

static const char collation_set[] =
    "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE " STORE_COLLATION;

/* A GRANT must not make an account that anyone may use. */
static const char grant_settings[] =
    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_CREATE_USER')";

static const char migration_table[] =
    "CREATE TABLE IF NOT EXISTS migration ("
    " number SMALLINT UNSIGNED NOT NULL"
    "  COMMENT 'that its file name begins with',"
    " name VARCHAR(100) NOT NULL COMMENT 'of its file',"
    " applied_at DATETIME NOT NULL COMMENT 'time of its end',"
    " PRIMARY KEY (number)"
    ") ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin"
    " COMMENT = 'which migrations this database has'";

static const char migration_note[] =
    "INSERT IGNORE INTO migration (number, name, applied_at)"
    " VALUES (?, ?, UTC_TIMESTAMP())";

static bool
told(MYSQL *mysql, const char *doing)
{
	fprintf(stderr, "tallystick: %s: %u %s\n", doing, mysql_errno(mysql),
	    mysql_error(mysql));
	return false;
}

/* The first column of the only row; "" for NULL or none. */
static bool
ask(MYSQL *mysql, const char *sql, char *answer, size_t size)
{
	MYSQL_RES *result = NULL;
	MYSQL_ROW row;

	answer[0] = '\0';
	if (mysql_query(mysql, sql) != 0
	    || (result = mysql_store_result(mysql)) == NULL)
		return told(mysql, sql);
	if ((row = mysql_fetch_row(result)) != NULL && row[0] != NULL)
		text_copy(answer, size, row[0]);
	mysql_free_result(result);
	return true;
}

static bool
do_query(MYSQL *mysql, const char *sql)
{
	return mysql_query(mysql, sql) == 0 || told(mysql, sql);
}

static MYSQL *
owner_connect(const char *option_file)
{
	char problem[512];
	MYSQL *mysql;

	if (access(option_file, R_OK) == -1) {
		fprintf(stderr, "tallystick: option file %s: %m\n",
		    option_file);
		return NULL;
	}
	mysql = store_open(option_file, "tallystick", STORE_SCHEMA, problem,
	    sizeof(problem));
	if (mysql == NULL)
		fprintf(stderr, "tallystick: %s\n", problem);
	return mysql;
}

static bool
session_prepare(MYSQL *mysql)
{
	char answer[64];

	if (mysql_get_server_version(mysql) < SERVER_VERSION_MIN) {
		fprintf(stderr, "tallystick: MariaDB 10.11 or newer is "
		    "wanted, this is %s\n", mysql_get_server_info(mysql));
		return false;
	}
	if (!ask(mysql, "SELECT DATABASE()", answer, sizeof(answer)))
		return false;
	if (answer[0] == '\0') {
		fprintf(stderr, "tallystick: the option file names no "
		    "database: add 'database = NAME' to [tallystick]\n");
		return false;
	}
	if (!ask(mysql, lock_take, answer, sizeof(answer)))
		return false;
	if (strcmp(answer, "1") != 0) {
		fprintf(stderr, "tallystick: another migrate is running\n");
		return false;
	}
	/* Parameters of routines take the database's collation. */
	if (!ask(mysql, "SELECT @@collation_database", answer,
		sizeof(answer)))
		return false;
	return (strcmp(answer, STORE_COLLATION) == 0
		|| do_query(mysql, collation_set))
	    && do_query(mysql, migration_table);
}

static bool
note_migration(MYSQL *mysql, const char *name)
{
	unsigned number = schema_number(name);
	unsigned long length = strlen(name);
	MYSQL_BIND binds[2] = {
		{ .buffer_type = MYSQL_TYPE_LONG, .is_unsigned = 1,
		    .buffer = &number },
		{ .buffer_type = MYSQL_TYPE_STRING,
		    .buffer = (void *)(uintptr_t)name,
		    .buffer_length = length, .length = &length },
	};
	MYSQL_STMT *statement = mysql_stmt_init(mysql);
	bool noted;

	noted = statement != NULL
	    && mysql_stmt_prepare(statement, migration_note,
		sizeof(migration_note) - 1) == 0
	    && mysql_stmt_bind_param(statement, binds) == 0
	    && mysql_stmt_execute(statement) == 0;
	if (!noted)
		fprintf(stderr, "tallystick: note migration %s: %s\n", name,
		    statement != NULL ? mysql_stmt_error(statement) : "");
	if (statement != NULL)
		mysql_stmt_close(statement);
	return noted;
}

static bool
file_run(MYSQL *mysql, const struct schema_folder *folder, size_t index)
{
	char problem[512];
	unsigned line;
	unsigned error = schema_run(mysql, folder, index, &line, problem,
	    sizeof(problem));

	if (error != 0)
		fprintf(stderr, "%s/%s:%u: %s\n", folder->path,
		    folder->names[index], line, problem);
	return error == 0;
}

static bool
migrations_run(MYSQL *mysql, const struct schema_folder *folder)
{
	char answer[16];
	unsigned newest, last = 0;

	if (!ask(mysql, "SELECT COALESCE(MAX(number), 0) FROM migration",
		answer, sizeof(answer)))
		return false;
	newest = (unsigned)strtoul(answer, NULL, 10);
	for (size_t i = 0; i < folder->count; i++) {
		unsigned number = schema_number(folder->names[i]);

		if (number <= last) {
			fprintf(stderr, "%s/%s: want NNN-NAME.sql, each NNN "
			    "once\n", folder->path, folder->names[i]);
			return false;
		}
		last = number;
	}
	if (newest > last) {
		fprintf(stderr, "tallystick: the database is at migration %u,"
		    " newer than %u of %s: install the newer version\n",
		    newest, last, folder->path);
		return false;
	}
	for (size_t i = 0; i < folder->count; i++) {
		if (schema_number(folder->names[i]) <= newest)
			continue;
		if (!file_run(mysql, folder, i)
		    || !note_migration(mysql, folder->names[i]))
			return false;
		printf("applied %s\n", folder->names[i]);
	}
	printf("database at migration %u\n", last);
	return true;
}

static bool
definitions_run(MYSQL *mysql, const struct schema_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++) {
		if (!file_run(mysql, folder, i))
			return false;
	}
	printf("%zu %s in place\n", folder->count,
	    strrchr(folder->path, '/') + 1);
	return true;
}

/* Where a host gives one account only, there is no one to grant to. */
static bool
is_grant_skip(unsigned error)
{
	switch (error) {
	case ER_PASSWORD_NO_MATCH:	/* no such account */
	case ER_CANT_CREATE_USER_WITH_GRANT:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR:
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_PROCACCESS_DENIED_ERROR:
	case ER_NONEXISTING_PROC_GRANT:
		return true;
	default:
		return false;
	}
}

static bool
grants_run(MYSQL *mysql, const struct schema_folder *folder)
{
	char problem[512];
	unsigned error, line, skipped = 0;

	if (!do_query(mysql, grant_settings))
		return false;
	for (size_t i = 0; i < folder->count; i++) {
		const char *name = folder->names[i];

		error = schema_run(mysql, folder, i, &line, problem,
		    sizeof(problem));
		if (error == 0) {
			printf("granted %s\n", name);
		} else if (is_grant_skip(error)) {
			printf("skipped grants/%s: %s\n", name, problem);
			skipped++;
		} else {
			fprintf(stderr, "%s/%s:%u: %s\n", folder->path,
			    name, line, problem);
			return false;
		}
	}
	/* A migration that makes a procedure anew takes them away. */
	if (skipped > 0)
		printf("where programs have accounts of their own, let who may"
		    " grant run these %u files of %s: 'tallystick doctor' "
		    "tells who lacks what\n", skipped, folder->path);
	return true;
}

static bool
database_migrate(MYSQL *mysql, const char *schema)
{
	static const struct {
		const char	*name;
		bool		(*run)(MYSQL *, const struct schema_folder *);
	} steps[] = { { "migrations", migrations_run },
		{ "views", definitions_run },
		{ "procedures", definitions_run },
		{ "grants", grants_run } };
	struct schema_folder folder;
	bool done = session_prepare(mysql);

	for (size_t i = 0; done && i < sizeof(steps) / sizeof(steps[0]); i++) {
		done = schema_list(&folder, schema, steps[i].name)
		    && steps[i].run(mysql, &folder);
		schema_free(&folder);
	}
	return done;
}

int
migrate_command(const struct conf *conf, int argc, char *argv[])
{
	MYSQL *mysql;
	bool done;

	if (argc != 1)
		return command_usage(argv[0]);
	if ((mysql = owner_connect(conf->database)) == NULL)
		return STATUS_FAILED;
	done = database_migrate(mysql, conf->schema);
	store_close(mysql);
	return done ? 0 : STATUS_FAILED;
}
