/* Those of tallystick's commands that know of the fulfilment's address: a
 * program of its own, so that the others need not load libcurl and what it
 * brings, some thirty libraries. */
#include "bin/tallystick.h"

static const struct command commands[] = {
	{ "deliver", "[--watch]", "send the orders that are due",
	    deliver_command, NULL },
	{ "doctor", "", "look for what is wrong or missing",
	    doctor_command, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

int
main(int argc, char *argv[])
{
	return operator_main(commands, argc, argv);
}
