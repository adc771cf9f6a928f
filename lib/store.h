/* A session with MariaDB, opened the one way that all of ours are: from an
 * option file's group, with verified TLS over a network, under our
 * settings. */
#ifndef LIB_STORE_H
#define LIB_STORE_H

#include <stdbool.h>
#include <stddef.h>

#define STORE_SQL_MODE \
	"STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO," \
	"NO_ZERO_DATE,NO_ZERO_IN_DATE"
#define STORE_COLLATION	"utf8mb4_bin"

struct st_mysql;	/* Connector/C's MYSQL */

enum store_use {
	STORE_CALLS,	/* each statement bounded: 4 s there, 5 s here */
	STORE_SCHEMA	/* several statements at once, however long */
};

/* A session that is not open yet. in: the file is read at the first
 * store_connect, and never again. Close it with store_close. */
struct st_mysql *store_new(const char *option_file, const char *group,
	    enum store_use);

/* Open it, for the first time or again. err: false and a sentence in problem
 * when it cannot be opened, or would cross a network in the clear or to a
 * server that is not verified; it may be tried again. */
bool	store_connect(struct st_mysql *, const char *group, enum store_use,
	    char *problem, size_t size);

/* The end of it all. */
void	store_close(struct st_mysql *);

/* End it at once, to be opened again. in: no statement is left. */
void	store_disconnect(struct st_mysql *);

/* Whether store_connect would open files (now that the option file has been
 * read): those of TLS, or the resolver's. */
bool	store_wants_files(struct st_mysql *);

/* Whether the last store_connect failed because the server refused the
 * account, its password or its database: what the option file says. */
bool	store_was_refused(struct st_mysql *);

/* Load what a server may ask a password for with, while files can be
 * opened. */
void	store_load_plugins(struct st_mysql *);

/* Both at once. err: NULL and a sentence. */
struct st_mysql *store_open(const char *option_file, const char *group,
	    enum store_use, char *problem, size_t size);

#endif
