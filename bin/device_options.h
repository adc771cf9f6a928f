/* The command line of tallystick-device(1). */
#ifndef BIN_DEVICE_OPTIONS_H
#define BIN_DEVICE_OPTIONS_H

#include <stdbool.h>

#include "bin/device_printer.h"

struct options {
	const char		*server;
	const char		*printer;	/* NULL: simulated */
	const char		*code;		/* NULL: kept or invented */
	const char		*code_file;
	const char		*device_id;
	const char		*state;
	const char		*ca_file;
	const char		*until;
	const char		*press_ok_when;
	const char		*instruct;	/* this only; NULL: all */
	bool			 press_ok;
	bool			 qr;		/* also to no terminal */
	bool			 print_sheet;
	double			 job_every_s;
	double			 poll_s;
	struct simulate_options	 simulate;
};

/* err: false, the reason and the usage were printed. */
bool	options_read(struct options *, int argc, char *argv[]);

#endif
