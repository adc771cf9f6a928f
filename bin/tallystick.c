/* tallystick: the operator's command. See tallystick.8. */
#include "bin/tallystick.h"

#define OUTWARD	PKGLIBEXECDIR "/outward"	/* bin/outward.c */

static const struct command commands[] = {
	{ "migrate", "", "bring the database to this version",
	    migrate_command, NULL },
	{ "key", "new [PURPOSE ...]", "make key files that are missing",
	    key_command, NULL },
	{ "devices", "[admitted | admit DEVICE ... | dismiss DEVICE ... |\n"
	    "           end ID ...]",
	    "list devices, keep the list of those admitted, end pairings",
	    devices_command, NULL },
	{ "orders", "[why DEVICE | retry ORDER ...]",
	    "list orders, say why or why not, send failed ones again",
	    orders_command, NULL },
	{ "label", "[--pdf] CODE | --terminal [CODE]",
	    "write a device's label, as SVG; CODE -: from standard input,\n"
	    "           for arguments are seen by all users of the machine",
	    label_command, NULL },
	{ "code", "make [COUNT] | check",
	    "draw codes for devices, or check those of standard input",
	    code_command, NULL },
	{ "deliver", "[--watch]", "send the orders that are due",
	    NULL, OUTWARD },
	{ "purge", "[--watch]", "remove what is past its time",
	    purge_command, NULL },
	{ "doctor", "", "look for what is wrong or missing",
	    NULL, OUTWARD },
	{ NULL, NULL, NULL, NULL, NULL },
};

int
main(int argc, char *argv[])
{
	return operator_main(commands, argc, argv);
}
