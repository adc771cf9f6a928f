/* See device_options.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_options.h"

enum {
	OPTION_SIMULATE = 256, OPTION_PRINTER, OPTION_CODE, OPTION_CODE_FILE,
	OPTION_DEVICE_ID, OPTION_STATE, OPTION_CA_FILE, OPTION_UNTIL,
	OPTION_PRESS_OK, OPTION_PRESS_OK_WHEN, OPTION_START, OPTION_STOP,
	OPTION_END, OPTION_JOBS, OPTION_JOB_EVERY, OPTION_LEVEL, OPTION_USE,
	OPTION_REPLACE, OPTION_POLL, OPTION_PRINT_SHEET, OPTION_QR,
	OPTION_HELP
};

static const struct option names[] = {
	{ "simulate", no_argument, NULL, OPTION_SIMULATE },
	{ "printer", required_argument, NULL, OPTION_PRINTER },
	{ "code", required_argument, NULL, OPTION_CODE },
	{ "code-file", required_argument, NULL, OPTION_CODE_FILE },
	{ "device-id", required_argument, NULL, OPTION_DEVICE_ID },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "ca-file", required_argument, NULL, OPTION_CA_FILE },
	{ "until", required_argument, NULL, OPTION_UNTIL },
	{ "press-ok", no_argument, NULL, OPTION_PRESS_OK },
	{ "press-ok-when", required_argument, NULL, OPTION_PRESS_OK_WHEN },
	{ "start", no_argument, NULL, OPTION_START },
	{ "stop", no_argument, NULL, OPTION_STOP },
	{ "end", no_argument, NULL, OPTION_END },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "job-every", required_argument, NULL, OPTION_JOB_EVERY },
	{ "level", required_argument, NULL, OPTION_LEVEL },
	{ "use", required_argument, NULL, OPTION_USE },
	{ "replace", no_argument, NULL, OPTION_REPLACE },
	{ "poll", required_argument, NULL, OPTION_POLL },
	{ "print-sheet", no_argument, NULL, OPTION_PRINT_SHEET },
	{ "qr", no_argument, NULL, OPTION_QR },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 }
};

static const char usage[] =
    "usage: tallystick-device [--simulate | --printer URI] [option ...] "
    "SERVER\n"
    "  --simulate           an invented printer with four toners (default)\n"
    "    --jobs N           print N jobs, then none (default: no end)\n"
    "    --job-every S      one job each S seconds (5)\n"
    "    --level PERCENT    toners at the beginning (40)\n"
    "    --use PERCENT      black toner that a job uses (5)\n"
    "    --replace          change a cartridge once its order is delivered\n"
    "  --printer URI        a real printer, ipp://HOST:PORT/ipp/print\n"
    "    --poll S           ask it each S seconds (5)\n"
    "    --print-sheet      let it print a sheet with code and QR code\n"
    "  --code-file FILE     the code is in FILE (else invented once, kept)\n"
    "  --code CODE          the same, but seen by all users of the machine\n"
    "  --device-id ID       the DeviceId (else the printer's, or invented)\n"
    "  --state FILE         what must not be forgotten "
    "(tallystick-device.state)\n"
    "  --ca-file FILE       authorities to trust for https\n"
    "  --qr                 show the QR code even where no terminal is\n"
    "  --press-ok           press the OK key without a person\n"
    "  --press-ok-when FILE press it once FILE exists\n"
    "  --until EVENT        end with 0 after that event, such as paired,\n"
    "                       started, reported, order, delivered\n"
    "  --start, --stop, --end   only send this instruction for the device\n"
    "                       of the state file\n"
    "Enter, or SIGUSR1, is the printer's OK key. See "
    "tallystick-device(1).\n";

/* err: false, printed. */
static bool
number_take(const char *value, double least, double most, double *number)
{
	char *end;

	*number = strtod(value, &end);
	if (end != value && *end == '\0' && *number >= least &&
	    *number <= most)
		return true;
	event_error("%s is not a number from %g to %g", value, least, most);
	return false;
}

static bool
whole_take(const char *value, int least, int most, int *whole)
{
	double number;

	if (!number_take(value, least, most, &number))
		return false;
	*whole = (int)number;
	return true;
}

/* The words: options whose value is kept as it stands.
 * out: where it is kept; NULL: not one of these. */
static const char **
word_place(struct options *options, int option)
{
	switch (option) {
	case OPTION_PRINTER:
		return &options->printer;
	case OPTION_CODE:
		return &options->code;
	case OPTION_CODE_FILE:
		return &options->code_file;
	case OPTION_DEVICE_ID:
		return &options->device_id;
	case OPTION_STATE:
		return &options->state;
	case OPTION_CA_FILE:
		return &options->ca_file;
	case OPTION_UNTIL:
		return &options->until;
	case OPTION_PRESS_OK_WHEN:
		return &options->press_ok_when;
	default:
		return NULL;
	}
}

static bool
option_take(struct options *options, int option, const char *value)
{
	const char **place = word_place(options, option);

	if (place != NULL) {
		*place = value;
		return true;
	}
	switch (option) {
	case OPTION_SIMULATE:
		return true;	/* unless there is a printer */
	case OPTION_PRESS_OK:
		options->press_ok = true;
		return true;
	case OPTION_QR:
		options->qr = true;
		return true;
	case OPTION_PRINT_SHEET:
		options->print_sheet = true;
		return true;
	case OPTION_START:
		options->instruct = "start";
		return true;
	case OPTION_STOP:
		options->instruct = "stop";
		return true;
	case OPTION_END:
		options->instruct = "end";
		return true;
	case OPTION_REPLACE:
		options->simulate.replace = true;
		return true;
	case OPTION_JOBS:
		return whole_take(value, 0, 1000000, &options->simulate.jobs);
	case OPTION_LEVEL:
		return whole_take(value, 0, 100, &options->simulate.level);
	case OPTION_USE:
		return whole_take(value, 0, 100, &options->simulate.use);
	case OPTION_JOB_EVERY:
		return number_take(value, 0.01, 86400, &options->job_every_s);
	case OPTION_POLL:
		return number_take(value, 0.1, 86400, &options->poll_s);
	default:
		return false;
	}
}

/* A misspelled event would never come, and a script wait for ever. */
static bool
until_check(const char *until)
{
	static const char *const events[] = {
		"registered", "paired", "press", "pressed", "started",
		"stopped", "sheet", "job", "reported", "order", "delivered", "ended",
		"gone", "replaced", "refused"
	};
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (until == NULL || strcmp(until, events[i]) == 0)
			return true;
	event_error("there is no event %s", until);
	return false;
}

bool
options_read(struct options *options, int argc, char *argv[])
{
	bool simulated = false;
	int option;

	*options = (struct options) {
		.state = "tallystick-device.state",
		.job_every_s = 5,
		.poll_s = 5,
		.simulate = { .jobs = -1, .level = 40, .use = 5 }
	};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == OPTION_HELP) {
			fputs(usage, stdout);
			exit(0);
		}
		simulated = simulated || option == OPTION_SIMULATE;
		if (!option_take(options, option, optarg))
			goto wrong;
	}
	if (simulated && options->printer != NULL) {
		event_error("--simulate and --printer exclude each other");
		goto wrong;
	}
	if (options->code != NULL && options->code_file != NULL) {
		event_error("--code and --code-file exclude each other");
		goto wrong;
	}
	if (options->print_sheet && options->printer == NULL) {
		event_error("--print-sheet wants a --printer");
		goto wrong;
	}
	if (optind + 1 != argc || !until_check(options->until))
		goto wrong;
	options->server = argv[optind];
	return true;
wrong:
	fputs(usage, stderr);
	return false;
}
