/* What the operator's commands share. Each command is a function in a file of
 * its own, bin/tallystick_NOUN.c, and gives the process's exit status. */
#ifndef BIN_TALLYSTICK_H
#define BIN_TALLYSTICK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf.h"
#include "lib/db.h"

#define STATUS_FAILED	1
#define STATUS_USAGE	64	/* EX_USAGE */
#define STATUS_CONFIG	78	/* EX_CONFIG */

/* in: argv[0] is the command's name. */
int	migrate_command(const struct conf *, int argc, char *argv[]);
int	key_command(const struct conf *, int argc, char *argv[]);
int	code_command(const struct conf *, int argc, char *argv[]);
int	label_command(const struct conf *, int argc, char *argv[]);
int	devices_command(const struct conf *, int argc, char *argv[]);
int	orders_command(const struct conf *, int argc, char *argv[]);
int	deliver_command(const struct conf *, int argc, char *argv[]);
int	purge_command(const struct conf *, int argc, char *argv[]);
int	doctor_command(const struct conf *, int argc, char *argv[]);

/* Say how a command is used, on standard error. in: its name.
 * out: STATUS_USAGE. */
int	command_usage(const char *name);

/* Connect as the operator, or say why not on standard error: NULL then. */
struct db *operator_open(const struct conf *, const struct db_statement *,
	    size_t count);

/* Whether SIGTERM, SIGINT or SIGHUP came since stop_catch. */
void	stop_catch(void);
bool	stop_asked(void);

#endif
