/* What the operator's commands share: how they are called and limited. */
#ifndef BIN_OPERATOR_H
#define BIN_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf.h"
#include "lib/db.h"
#include "lib/registration.h"

#define STATUS_FAILED	1
#define STATUS_USAGE	64	/* EX_USAGE */
#define STATUS_CONFIG	78	/* EX_CONFIG */

struct command {
	const char	*name;
	const char	*usage;
	const char	*about;
	int		(*run)(const struct conf *, int, char *[]);
	const char	*program;	/* NULL, or who runs it instead */
};

/* The command that the arguments name. in: commands, ended by a NULL name.
 * out: the exit status. */
int	operator_main(const struct command *, int argc, char *argv[]);

/* Say how a command is used, on standard error. in: its name.
 * out: STATUS_USAGE. */
int	command_usage(const char *name);

/* Connect as the operator, or say why not on standard error: NULL then. */
struct db *operator_open(const struct conf *, const struct db_statement *,
	    size_t count);

/* Whether a call did what was asked (outcome ok), or had done it in the try
 * before, whose answer got lost (again). Who waits for the registration is told
 * then. */
bool	operator_done(const struct conf *, const struct db *,
	    const struct registrations *);

/* Whether SIGTERM, SIGINT or SIGHUP came since stop_catch. */
void	stop_catch(void);
bool	stop_asked(void);

#endif
