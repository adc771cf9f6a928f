#include "lib/store.h"

#include <arpa/inet.h>
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"

#define CONNECT_WAIT_S	2
#define CALL_WAIT_S	5
/* As in <mysql/client_plugin.h>, which Debian's does not compile. */
#define AUTHENTICATION	2

#define PASSWORD	"password"	/* MARIADB_OPT_USERDATA's name of it */
#define PASSWORD_SIZE	512

#define SETTINGS \
	"SET SESSION sql_mode = '" STORE_SQL_MODE "', time_zone = '+00:00'," \
	" autocommit = 1, tx_isolation = 'READ-COMMITTED'," \
	" collation_connection = " STORE_COLLATION ","

static const char *const settings[] = {
	[STORE_CALLS] = SETTINGS " innodb_lock_wait_timeout = 3,"
	    " max_statement_time = 4",
	[STORE_SCHEMA] = SETTINGS " max_statement_time = 0",
};

/* What not every server knows. On a cluster a node may read before it has
 * applied what another acknowledged, unless it is told to wait. */
#define SNAPSHOTS	", innodb_snapshot_isolation = ON"
#define CAUGHT_UP	", wsrep_sync_wait = 1"
#define SETTINGS_SIZE	512

struct st_mysql *
store_new(const char *option_file, const char *group, enum store_use use)
{
	const unsigned connect_s = CONNECT_WAIT_S, call_s = CALL_WAIT_S;
	const unsigned off = 0;
	const my_bool no = 0;
	MYSQL *mysql = mysql_init(NULL);
	char *password;

	if (mysql == NULL)
		log_fatal("no memory for a connection");
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
	/* Now, for locked memory takes calls that a worker gives up. */
	if (sodium_init() < 0
	    || (password = sodium_malloc(PASSWORD_SIZE)) == NULL)
		log_fatal("no locked memory for a password");
	password[0] = '\0';
	mysql_options4(mysql, MARIADB_OPT_USERDATA, (void *)PASSWORD,
	    password);
	return mysql;
}

static char *
password_of(MYSQL *mysql)
{
	char *password = NULL;

	mysql_get_optionv(mysql, MARIADB_OPT_USERDATA, (void *)PASSWORD,
	    &password);
	return password;
}

/* Between connections it lies in locked memory that cannot be read, and no
 * longer where Connector/C has it twice. */
static void
password_hide(MYSQL *mysql)
{
	char *password = password_of(mysql), *given = mysql->options.password;

	if (mysql->passwd == NULL || strlen(mysql->passwd) >= PASSWORD_SIZE)
		return;
	sodium_mprotect_readwrite(password);
	text_copy(password, PASSWORD_SIZE, mysql->passwd);
	sodium_mprotect_noaccess(password);
	sodium_memzero(mysql->passwd, strlen(mysql->passwd));
	if (given != NULL)
		sodium_memzero(given, strlen(given));
}

/* Back into its place, which is as long as it was. One that was too long to
 * hide is there still. */
static void
password_show(MYSQL *mysql)
{
	char *password = password_of(mysql);

	sodium_mprotect_readonly(password);
	if (password[0] != '\0')
		strcpy(mysql->passwd, password);
	sodium_mprotect_noaccess(password);
}

void
store_close(struct st_mysql *mysql)
{
	sodium_free(password_of(mysql));
	mysql_close(mysql);
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

/* All in one trip, or in up to four where the server does not know them all:
 * 'tallystick doctor' looks whether snapshots are in force. */
static bool
settings_make(MYSQL *mysql, enum store_use use)
{
	char query[SETTINGS_SIZE];

	for (unsigned without = 0; without < 4; without++) {
		snprintf(query, sizeof(query), "%s%s%s", settings[use],
		    without & 2 ? "" : SNAPSHOTS,
		    without & 1 ? "" : CAUGHT_UP);
		if (mysql_query(mysql, query) == 0)
			return true;
		if (mysql_errno(mysql) != ER_UNKNOWN_SYSTEM_VARIABLE)
			return false;
	}
	return false;
}

/* Of the same handle, under the options that it keeps: a new one would read
 * the option file. */
static bool
reconnect(MYSQL *mysql)
{
	const my_bool yes = 1, no = 0;
	bool connected;

	password_show(mysql);
	mysql_options(mysql, MYSQL_OPT_RECONNECT, &yes);
	connected = mariadb_reconnect(mysql) == 0;
	/* Refused once where the last one ended within a transaction. */
	if (!connected && mysql_errno(mysql) == CR_SERVER_GONE_ERROR)
		connected = mariadb_reconnect(mysql) == 0;
	mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
	return connected;
}

static bool
connect_once(MYSQL *mysql, enum store_use use)
{
	unsigned long flags = CLIENT_REMEMBER_OPTIONS;
	bool connected;

	if (use == STORE_SCHEMA)
		flags |= CLIENT_MULTI_STATEMENTS;
	if (mysql_get_host_info(mysql) != NULL)
		connected = reconnect(mysql);
	else
		connected = mysql_real_connect(mysql, NULL, NULL, NULL, NULL,
		    0, NULL, flags) != NULL;
	password_hide(mysql);
	return connected;
}

bool
store_connect(struct st_mysql *mysql, const char *group, enum store_use use,
    char *problem, size_t size)
{
	if (!connect_once(mysql, use) || !settings_make(mysql, use))
		snprintf(problem, size, "database, group [%s]: %u %s", group,
		    mysql_errno(mysql), mysql_error(mysql));
	else if (!is_private(mysql))
		snprintf(problem, size, "database, group [%s]: %s has no "
		    "verified TLS: set ssl-ca and ssl-verify-server-cert=1 in "
		    "the option file", group, mysql_get_host_info(mysql));
	else
		return true;
	store_disconnect(mysql);
	return false;
}

bool
store_was_refused(struct st_mysql *mysql)
{
	unsigned error = mysql_errno(mysql);

	return error == ER_ACCESS_DENIED_ERROR
	    || error == ER_ACCESS_DENIED_NO_PASSWORD_ERROR
	    || error == ER_DBACCESS_DENIED_ERROR || error == ER_BAD_DB_ERROR;
}

void
store_disconnect(struct st_mysql *mysql)
{
	/* It fails where the other side was faster. */
	mariadb_cancel(mysql);
}

static bool
has_tls(MYSQL *mysql)
{
	static const enum mysql_option files[] = { MYSQL_OPT_SSL_CA,
	    MYSQL_OPT_SSL_CAPATH, MYSQL_OPT_SSL_CERT, MYSQL_OPT_SSL_KEY,
	    MYSQL_OPT_SSL_CIPHER };
	const char *value = NULL;
	my_bool wanted = 0;

	mysql_get_option(mysql, MYSQL_OPT_SSL_ENFORCE, &wanted);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (mysql_get_option(mysql, files[i], &value) == 0
		    && value != NULL)
			wanted = 1;
	}
	return wanted != 0;
}

/* Whether the resolver must be asked: by an address or through a socket it is
 * not. */
static bool
has_host_name(MYSQL *mysql)
{
	const char *host = mysql->options.host;
	unsigned char address[16];
	unsigned protocol = 0;

	mysql_get_option(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	if (host == NULL || strcmp(host, "localhost") == 0)
		return protocol == MYSQL_PROTOCOL_TCP;
	return inet_pton(AF_INET, host, address) != 1
	    && inet_pton(AF_INET6, host, address) != 1;
}

bool
store_wants_files(struct st_mysql *mysql)
{
	const char *user = mysql->options.user;

	/* Without a name the account's own is looked up. */
	return has_tls(mysql) || has_host_name(mysql)
	    || user == NULL || user[0] == '\0';
}

void
store_load_plugins(struct st_mysql *mysql)
{
	static const char *const names[] = { "client_ed25519",
	    "caching_sha2_password", "sha256_password",
	    "mysql_clear_password" };

	/* Those that are not there, nothing here can ask for. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		mysql_client_find_plugin(mysql, names[i], AUTHENTICATION);
}

struct st_mysql *
store_open(const char *option_file, const char *group, enum store_use use,
    char *problem, size_t size)
{
	MYSQL *mysql = store_new(option_file, group, use);

	if (store_connect(mysql, group, use, problem, size))
		return mysql;
	store_close(mysql);
	return NULL;
}
