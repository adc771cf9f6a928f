/* tallystick: the operator's command. See tallystick.8. */
#include "bin/tallystick.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

struct command {
	const char	*name;
	const char	*usage;
	const char	*about;
	int		(*run)(const struct conf *, int, char *[]);
};

static const struct command commands[] = {
	{ "migrate", "", "bring the database to this version",
	    migrate_command },
	{ "key", "new [PURPOSE ...]", "make key files that are missing",
	    key_command },
	{ "devices", "[admitted | admit DEVICE ... | dismiss DEVICE ... |\n"
	    "           end ID ...]",
	    "list devices, keep the list of those admitted, end pairings",
	    devices_command },
	{ "orders", "[why DEVICE | retry ORDER ...]",
	    "list orders, say why or why not, send failed ones again",
	    orders_command },
	{ "label", "[--pdf] CODE | --terminal [CODE]",
	    "write a device's label, as SVG; CODE -: from standard input,\n"
	    "           for arguments are seen by all users of the machine",
	    label_command },
	{ "code", "make [COUNT] | check",
	    "draw codes for devices, or check those of standard input",
	    code_command },
	{ "deliver", "[--watch]", "send the orders that are due",
	    deliver_command },
	{ "purge", "[--watch]", "remove what is past its time",
	    purge_command },
	{ "doctor", "", "look for what is wrong or missing",
	    doctor_command },
};

#define COMMAND_COUNT	(sizeof(commands) / sizeof(commands[0]))

static volatile sig_atomic_t stop_flag;

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

int
command_usage(const char *name)
{
	const struct command *command = command_find(name);

	fprintf(stderr, "usage: tallystick [-c FILE] %s %s\n", command->name,
	    command->usage);
	return STATUS_USAGE;
}

static void
help_print(FILE *to)
{
	fprintf(to, "usage: tallystick [-c FILE] COMMAND [ARGUMENT ...]\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-8s %s\n           %s\n", commands[i].name,
		    commands[i].usage, commands[i].about);
}

struct db *
operator_open(const struct conf *conf, const struct db_statement *statements,
    size_t count)
{
	char problem[512];
	struct db *db = db_open(conf->database, "tallystick", statements,
	    count, problem, sizeof(problem));

	if (db == NULL)
		fprintf(stderr, "tallystick: %s\n", problem);
	return db;
}

static void
stop_note(int number)
{
	(void)number;
	stop_flag = 1;
}

void
stop_catch(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = {
		.sa_handler = stop_note, .sa_flags = SA_RESTART
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

bool
stop_asked(void)
{
	return stop_flag != 0;
}

/* What it holds belongs in no core file and to no one else; what it starts
 * from gains nothing. */
static bool
process_limit(void)
{
	const struct rlimit none = { 0, 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	umask(077);
	sigaction(SIGPIPE, &ignore, NULL);
	return setrlimit(RLIMIT_CORE, &none) == 0
	    && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
	    && sodium_init() >= 0;
}

static int
command_run(const struct command *command, const char *path, int argc,
    char *argv[])
{
	static struct conf conf;

	if (geteuid() == 0 || getuid() == 0) {
		fprintf(stderr, "tallystick: refuses to run as root: use the"
		    " account that owns the key files\n");
		return STATUS_CONFIG;
	}
	if (!process_limit()) {
		fprintf(stderr, "tallystick: cannot limit itself\n");
		return STATUS_FAILED;
	}
	conf_load(&conf, path);
	return command->run(&conf, argc, argv);
}

int
main(int argc, char *argv[])
{
	const struct command *command;
	const char *path = NULL;
	int option;

	log_open("tallystick");
	/* The first word that is no option ends them ("+"). */
	while ((option = getopt(argc, argv, "+c:hV")) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			help_print(stdout);
			return 0;
		case 'V':
			printf("tallystick %s\n", PACKAGE_VERSION);
			return 0;
		default:
			help_print(stderr);
			return STATUS_USAGE;
		}
	}
	if (optind == argc) {
		help_print(stderr);
		return STATUS_USAGE;
	}
	if ((command = command_find(argv[optind])) == NULL) {
		fprintf(stderr, "tallystick: no command '%s'\n",
		    argv[optind]);
		help_print(stderr);
		return STATUS_USAGE;
	}
	return command_run(command, path, argc - optind, argv + optind);
}
