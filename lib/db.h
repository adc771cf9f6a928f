/* The one way to the database: prepared CALLs, each one transaction, run
 * and repeated here and nowhere else. */
#ifndef LIB_DB_H
#define LIB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct db;

/* A value that goes in or comes out. Coming out all but NULL are bytes,
 * ended by a NUL beyond length. */
struct db_value {
	enum { DB_NULL, DB_INTEGER, DB_BYTES } type;
	int64_t		 integer;
	const char	*bytes;
	size_t		 length;
};

struct db_statement {
	const char	*sql;
	unsigned	 parameters;	/* compared with the server's count */
};

struct db_value	db_null(void);
struct db_value	db_integer(int64_t);
struct db_value	db_bytes(const void *, size_t);
struct db_value	db_string(const char *);		/* NULL or "": NULL */
int64_t		db_to_integer(const struct db_value *);	/* NULL: 0 */

/* A row came. in: which result set (0, 1, ...), its columns, valid during the
 * call. out: ERROR_NONE to go on, else the call ends with that error. Rows of
 * a call that is repeated are handed over again: begin anew at row 0. */
typedef enum error db_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count);

/* Connect and prepare. in: option file, read once, and its group; a statement
 * table that outlives the connection. out: also while the server is out of
 * reach or lacks a statement (logged): each call tries again. err: NULL and a
 * sentence in problem when the option file cannot be read, or others can. */
struct db *db_open(const char *option_file, const char *group,
	    const struct db_statement *, size_t count, char *problem,
	    size_t size);
void	db_close(struct db *);

/* From now on no file can be opened: load what a later connection needs. */
void	db_seal(struct db *);
/* Whether a connection was wanted that only a new process can open, which may
 * read files. */
bool	db_is_spent(const struct db *);

/* Run one statement to its end. err: ERROR_UNAVAILABLE after five tries, or
 * at once when no repeat could help; the effect is then none or whole, and
 * repeating is safe. Or what the row function returned. */
enum error db_call(struct db *, size_t statement, const struct db_value *,
	    db_row *, void *arg);
/* Whether the last call was repeated because its connection was lost: what it
 * says to be so already may be the doing of the try before. */
bool	db_was_repeated(const struct db *);

#endif
