#include "lib/store.h"

#include <mysql.h>
#include <mysqld_error.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"

#define CONNECT_WAIT_S	2
#define CALL_WAIT_S	5

#define SETTINGS \
	"SET SESSION sql_mode = '" STORE_SQL_MODE "', time_zone = '+00:00'," \
	" tx_isolation = 'READ-COMMITTED'," \
	" collation_connection = " STORE_COLLATION ","

#define SNAPSHOTS ", innodb_snapshot_isolation = ON"

static const char *const settings[] = {
	[STORE_CALLS] = SETTINGS " innodb_lock_wait_timeout = 3,"
	    " max_statement_time = 4" SNAPSHOTS,
	[STORE_SCHEMA] = SETTINGS " max_statement_time = 0" SNAPSHOTS,
};

static void
set_options(MYSQL *mysql, const char *option_file, const char *group,
    enum store_use use)
{
	const unsigned connect_s = CONNECT_WAIT_S, call_s = CALL_WAIT_S;
	const unsigned off = 0;
	const my_bool no = 0;

	mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, option_file);
	mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, group);
	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	if (use == STORE_CALLS) {
		mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &call_s);
		mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &call_s);
	}
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
	/* It would drop settings and statements without a word. */
	mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

/* Over a network only with TLS, and with the server that was meant: Connector/C
 * checks the certificate's name only when the option file says so, and asked
 * for it here it would want TLS of a Unix socket too. */
static bool
is_private(MYSQL *mysql)
{
	const char *info = mysql_get_host_info(mysql);
	my_bool verified = 0;

	mysql_get_option(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified);
	return strstr(info, "TCP/IP") == NULL
	    || strncmp(info, "127.0.0.1 ", 10) == 0
	    || strncmp(info, "localhost ", 10) == 0
	    || (mysql_get_ssl_cipher(mysql) != NULL && verified);
}

/* All in one trip. A server older than the one we ask for does not know the
 * last: doctor says so. */
static bool
settings_make(MYSQL *mysql, enum store_use use)
{
	size_t length = strlen(settings[use]);

	if (mysql_real_query(mysql, settings[use], length) == 0)
		return true;
	return mysql_errno(mysql) == ER_UNKNOWN_SYSTEM_VARIABLE
	    && mysql_real_query(mysql, settings[use],
	    length - strlen(SNAPSHOTS)) == 0;
}

struct st_mysql *
store_open(const char *option_file, const char *group, enum store_use use,
    char *problem, size_t size)
{
	MYSQL *mysql = mysql_init(NULL);

	if (mysql == NULL)
		log_fatal("no memory for a connection");
	set_options(mysql, option_file, group, use);
	if (mysql_real_connect(mysql, NULL, NULL, NULL, NULL, 0, NULL,
		use == STORE_SCHEMA ? CLIENT_MULTI_STATEMENTS : 0) == NULL
	    || !settings_make(mysql, use)) {
		snprintf(problem, size, "database, group [%s]: %u %s", group,
		    mysql_errno(mysql), mysql_error(mysql));
		goto out;
	}
	if (!is_private(mysql)) {
		snprintf(problem, size, "database, group [%s]: %s has no "
		    "verified TLS: set ssl-ca and ssl-verify-server-cert=1 in "
		    "the option file", group, mysql_get_host_info(mysql));
		goto out;
	}
	return mysql;
out:
	mysql_close(mysql);
	return NULL;
}
