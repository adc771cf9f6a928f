/* The files of schema/, sent to the server as they are. */
#ifndef BIN_TALLYSTICK_SCHEMA_H
#define BIN_TALLYSTICK_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include <mysql.h>

#include "lib/text.h"

/* The names that end in .sql, in order. */
struct schema_folder {
	char	 path[1024];
	char	**names;
	size_t	 count;
};

/* List a folder below schema/. err: false, said on standard error. */
bool	schema_list(struct schema_folder *, const char *schema,
	    const char *name);
void	schema_free(struct schema_folder *);

/* The number that a migration's name begins with; 0: none. */
unsigned schema_number(const char *name);

/* Run all statements of one file, looking at each result. out: the server's
 * errno, 0 when all went through; else line (0: the file) and problem tell
 * which statement and why. err: SCHEMA_UNREADABLE: nothing was run. */
#define SCHEMA_UNREADABLE	1u
unsigned schema_run(MYSQL *, const struct schema_folder *, size_t index,
	    unsigned *line, char *problem, size_t size);

#endif
