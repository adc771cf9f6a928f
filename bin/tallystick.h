/* The operator's commands. Each is a function in a file of its own,
 * bin/tallystick_NOUN.c, and gives the process's exit status. */
#ifndef BIN_TALLYSTICK_H
#define BIN_TALLYSTICK_H

#include "bin/operator.h"

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

#endif
