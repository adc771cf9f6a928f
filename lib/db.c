#include "lib/db.h"

#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/store.h"
#include "lib/text.h"

#define TRIES		5
#define COLUMNS_MAX	24
#define COLUMN_SIZE	4096
#define PARAMETERS_MAX	24

struct db {
	MYSQL				*mysql;
	bool				 connected;
	bool				 sealed;	/* no more files */
	bool				 spent;
	MYSQL_STMT			**statements;	/* one a table row */
	const struct db_statement	*table;
	size_t				 count;
	bool				 repeated;	/* see db_was_repeated */
	char				 group[64];
	char				 cells[COLUMNS_MAX][COLUMN_SIZE + 1];
};

/* What is to be done about a failed call. */
enum verdict { VERDICT_REPEAT, VERDICT_RECONNECT, VERDICT_GIVE_UP };

struct db_value
db_null(void)
{
	return (struct db_value){ .type = DB_NULL };
}

struct db_value
db_integer(int64_t integer)
{
	return (struct db_value){ .type = DB_INTEGER, .integer = integer };
}

struct db_value
db_bytes(const void *bytes, size_t length)
{
	return (struct db_value){
		.type = DB_BYTES, .bytes = bytes, .length = length
	};
}

struct db_value
db_string(const char *string)
{
	return string == NULL || string[0] == '\0'
	    ? db_null()
	    : db_bytes(string, strlen(string));
}

int64_t
db_to_integer(const struct db_value *value)
{
	return value->type == DB_BYTES ? strtoll(value->bytes, NULL, 10)
	    : value->type == DB_INTEGER ? value->integer : 0;
}

static void
statements_close(struct db *db)
{
	for (size_t i = 0; i < db->count; i++) {
		if (db->statements[i] != NULL)
			mysql_stmt_close(db->statements[i]);
		db->statements[i] = NULL;
	}
}

static void
disconnect(struct db *db)
{
	statements_close(db);
	if (db->connected)
		store_disconnect(db->mysql);
	db->connected = false;
}

static bool
prepare(struct db *db)
{
	for (size_t i = 0; i < db->count; i++) {
		const char *sql = db->table[i].sql;
		MYSQL_STMT *statement = mysql_stmt_init(db->mysql);

		if (statement == NULL)
			log_fatal("no memory for a statement");
		db->statements[i] = statement;
		if (mysql_stmt_prepare(statement, sql, strlen(sql)) != 0) {
			log_line(LOG_ERROR, "database: prepare %zu: %u %s", i,
			    mysql_stmt_errno(statement),
			    mysql_stmt_error(statement));
			return false;
		}
		if (mysql_stmt_param_count(statement)
		    != db->table[i].parameters) {
			log_line(LOG_ERROR, "database: statement %zu takes "
			    "%lu parameters, not %u: run tallystick migrate",
			    i, mysql_stmt_param_count(statement),
			    db->table[i].parameters);
			return false;
		}
	}
	return true;
}

static bool
connect_and_prepare(struct db *db)
{
	char problem[512];

	if (db->sealed && store_wants_files(db->mysql)) {
		log_line(LOG_WARNING, "database: a new connection takes files"
		    " that are out of reach now: the worker ends");
		db->spent = true;
		return false;
	}
	db->connected = store_connect(db->mysql, db->group, STORE_CALLS,
	    problem, sizeof(problem));
	if (!db->connected) {
		log_line(LOG_ERROR, "%s", problem);
		/* The option file may say otherwise by now. */
		db->spent = db->sealed && store_was_refused(db->mysql);
		return false;
	}
	if (!prepare(db)) {
		disconnect(db);
		return false;
	}
	return true;
}

struct db *
db_open(const char *option_file, const char *group,
    const struct db_statement *table, size_t count, char *problem, size_t size)
{
	struct db *db;
	struct stat status;

	if (access(option_file, R_OK) == -1
	    || stat(option_file, &status) == -1) {
		snprintf(problem, size, "database option file %s: %m",
		    option_file);
		return NULL;
	}
	if ((status.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
		snprintf(problem, size, "database option file %s holds "
		    "passwords: give it mode 0600, or 0640 and a group of "
		    "its own", option_file);
		return NULL;
	}
	db = memory_new(1, sizeof(*db));
	db->statements = memory_new(count, sizeof(db->statements[0]));
	db->table = table;
	db->count = count;
	text_copy(db->group, sizeof(db->group), group);
	db->mysql = store_new(option_file, group, STORE_CALLS);
	/* A database that is down now may be up at the first call. */
	connect_and_prepare(db);
	return db;
}

void
db_seal(struct db *db)
{
	if (!db->connected)
		store_load_plugins(db->mysql);
	db->sealed = true;
}

bool
db_is_spent(const struct db *db)
{
	return db->spent;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	statements_close(db);
	store_close(db->mysql);
	free(db->statements);
	sodium_memzero(db->cells, sizeof(db->cells));
	free(db);
}

/* Why a call failed. Out of memory, or where a row is cut short, Connector/C
 * fails without a number now and then: what would read as success (0) is
 * none. */
static unsigned
failure(MYSQL_STMT *statement)
{
	unsigned error = mysql_stmt_errno(statement);

	return error != 0 ? error : CR_UNKNOWN_ERROR;
}

static void
bind_parameters(MYSQL_BIND *binds, const struct db_value *values,
    unsigned count)
{
	memset(binds, 0, count * sizeof(binds[0]));
	for (unsigned i = 0; i < count; i++) {
		const struct db_value *value = &values[i];

		binds[i].buffer = (void *)(uintptr_t)value->bytes;
		binds[i].buffer_length = value->length;
		binds[i].length_value = value->length;
		binds[i].length = &binds[i].length_value;
		binds[i].buffer_type = MYSQL_TYPE_STRING;
		if (value->type == DB_NULL)
			binds[i].buffer_type = MYSQL_TYPE_NULL;
		if (value->type == DB_INTEGER) {
			binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
			binds[i].buffer = (void *)(uintptr_t)&value->integer;
		}
	}
}

/* All rows of the result set at hand. out: MySQL's errno or 0; *own: what the
 * row function said. */
static unsigned
fetch_set(struct db *db, MYSQL_STMT *statement, unsigned set, db_row *row,
    void *arg, enum error *own)
{
	unsigned count = mysql_stmt_field_count(statement), rows = 0;
	MYSQL_BIND binds[COLUMNS_MAX];
	struct db_value values[COLUMNS_MAX];
	int more;

	if (count > COLUMNS_MAX)
		log_fatal("a result of %u columns", count);
	memset(binds, 0, sizeof(binds));
	for (unsigned i = 0; i < count; i++) {
		binds[i].buffer_type = MYSQL_TYPE_STRING;
		binds[i].buffer = db->cells[i];
		binds[i].buffer_length = COLUMN_SIZE;
		binds[i].length = &binds[i].length_value;
		binds[i].is_null = &binds[i].is_null_value;
	}
	if (mysql_stmt_bind_result(statement, binds) != 0)
		return failure(statement);
	while ((more = mysql_stmt_fetch(statement)) == 0) {
		for (unsigned i = 0; i < count; i++) {
			/* The option file may turn the report below off. */
			if (binds[i].length_value > COLUMN_SIZE)
				log_fatal("a column of %lu bytes",
				    binds[i].length_value);
			db->cells[i][binds[i].length_value] = '\0';
			values[i] = binds[i].is_null_value
			    ? db_null()
			    : db_bytes(db->cells[i], binds[i].length_value);
		}
		if (row != NULL && *own == ERROR_NONE)
			*own = row(arg, set, rows++, values, count);
	}
	if (more == MYSQL_DATA_TRUNCATED)
		log_fatal("a column is longer than %d bytes", COLUMN_SIZE);
	return more == MYSQL_NO_DATA ? 0 : failure(statement);
}

/* The whole call once. out: MySQL's errno or 0. */
static unsigned
call_once(struct db *db, size_t index, const struct db_value *values,
    db_row *row, void *arg, enum error *own)
{
	MYSQL_STMT *statement = db->statements[index];
	MYSQL_BIND binds[PARAMETERS_MAX];
	unsigned error = 0, set = 0;
	int more;

	*own = ERROR_NONE;
	bind_parameters(binds, values, db->table[index].parameters);
	if (db->table[index].parameters > 0
	    && mysql_stmt_bind_param(statement, binds) != 0)
		return failure(statement);
	if (mysql_stmt_execute(statement) != 0)
		return failure(statement);
	do {
		if (mysql_stmt_field_count(statement) > 0)
			error = fetch_set(db, statement, set++, row, arg,
			    own);
		if (error != 0)
			return error;
		mysql_stmt_free_result(statement);
	} while ((more = mysql_stmt_next_result(statement)) == 0);
	return more > 0 ? failure(statement) : 0;
}

static enum verdict
judge(unsigned error)
{
	switch (error) {
	case ER_LOCK_DEADLOCK:
	case ER_CHECKREAD:		/* 1020: changed since it was read */
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_DUP_ENTRY:		/* two at once: the second finds it */
	case ER_SIGNAL_EXCEPTION:	/* what was found ended meanwhile */
		return VERDICT_REPEAT;
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_SSL_CONNECTION_ERROR:	/* what TLS calls the same */
	case CR_COMMANDS_OUT_OF_SYNC:
	case CR_UNKNOWN_ERROR:
	case ER_CONNECTION_KILLED:
	case ER_SERVER_SHUTDOWN:
		return VERDICT_RECONNECT;
	default:
		return VERDICT_GIVE_UP;
	}
}

/* Nothing is sent before what is half done is undone. The procedure's handler
 * did it; but for that we take nobody's word. err: false: the connection is
 * lost, which undoes it too. */
static bool
undo(struct db *db, size_t index)
{
	return mysql_stmt_reset(db->statements[index]) == 0
	    && mysql_rollback(db->mysql) == 0;
}

static void
pause_ms(uint32_t most)
{
	uint32_t ms = 1 + randombytes_uniform(most);
	struct timespec wait = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&wait, NULL);
}

enum error
db_call(struct db *db, size_t index, const struct db_value *values,
    db_row *row, void *arg)
{
	enum error own = ERROR_NONE;
	unsigned error;

	if (db->table[index].parameters > PARAMETERS_MAX)
		log_fatal("statement %zu has too many parameters", index);
	db->repeated = false;
	for (unsigned try = 1; try <= TRIES; try++) {
		if (!db->connected && !connect_and_prepare(db))
			return ERROR_UNAVAILABLE;
		error = call_once(db, index, values, row, arg, &own);
		if (error == 0)
			return own;
		/* The text of ER_DUP_ENTRY tells the value: no log for it. */
		log_line(try < TRIES ? LOG_INFO : LOG_ERROR,
		    "database: statement %zu, try %u: %u %s", index, try,
		    error, error == ER_DUP_ENTRY ? "duplicate"
		    : mysql_stmt_error(db->statements[index]));
		switch (judge(error)) {
		case VERDICT_REPEAT:
			if (!undo(db, index))
				disconnect(db);
			pause_ms(10u << try);
			break;
		case VERDICT_RECONNECT:
			/* Unknown whether it was done: each procedure bears
			 * the repeat. */
			db->repeated = true;
			disconnect(db);
			break;
		case VERDICT_GIVE_UP:
			disconnect(db);
			return ERROR_UNAVAILABLE;
		}
	}
	return ERROR_UNAVAILABLE;
}

bool
db_was_repeated(const struct db *db)
{
	return db->repeated;
}
