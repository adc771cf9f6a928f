/* A session with MariaDB, opened the one way that all of ours are: from an
 * option file's group, with verified TLS over a network, under our
 * settings. */
#ifndef LIB_STORE_H
#define LIB_STORE_H

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

/* out: NULL and a sentence in problem when it cannot be opened, or would
 * cross a network in the clear or to a server that is not verified. Close it
 * with mysql_close. */
struct st_mysql *store_open(const char *option_file, const char *group,
	    enum store_use, char *problem, size_t size);

#endif
