#include "bin/operator.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/confine.h"
#include "lib/log.h"
#include "lib/wake.h"

static const struct command *commands;	/* ended by a NULL name */
static volatile sig_atomic_t stop_flag;

static const struct command *
command_find(const char *name)
{
	const struct command *command = commands;

	while (command->name != NULL && strcmp(command->name, name) != 0)
		command++;
	return command->name != NULL ? command : NULL;
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
	for (const struct command *each = commands; each->name != NULL; each++)
		fprintf(to, "  %-8s %s\n           %s\n", each->name,
		    each->usage, each->about);
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

bool
operator_done(const struct conf *conf, const struct db *db,
    const struct registrations *rows)
{
	const char *outcome = rows->row[0].outcome;

	if (strcmp(outcome, "ok") != 0
	    && !(db_was_repeated(db) && strcmp(outcome, "again") == 0))
		return false;
	wake_publish_all(conf, rows);
	return true;
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

/* What was lost on a full disk must not pass for said. */
static int
output_end(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "tallystick: standard output could not be written in "
	    "full\n");
	return status != 0 ? status : STATUS_FAILED;
}

static int
command_run(const struct command *command, const char *path, int argc,
    char *argv[])
{
	static struct conf conf;

	if (confine_is_root()) {
		fprintf(stderr, "tallystick: refuses to run as root: use the"
		    " account that owns the key files\n");
		return STATUS_CONFIG;
	}
	umask(077);
	if (!confine_process() || sodium_init() < 0) {
		fprintf(stderr, "tallystick: cannot limit itself\n");
		return STATUS_FAILED;
	}
	conf_load(&conf, path);
	return output_end(command->run(&conf, argc, argv));
}

int
operator_main(const struct command *table, int argc, char *argv[])
{
	const struct command *command;
	const char *path = NULL;
	int option;

	commands = table;
	log_open("tallystick");
	/* The first word that is no option ends them ("+"). */
	while ((option = getopt(argc, argv, "+c:hV")) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'h':
			help_print(stdout);
			return output_end(0);
		case 'V':
			printf("tallystick %s\n", PACKAGE_VERSION);
			return output_end(0);
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
	if (command->program != NULL) {
		execv(command->program, argv);
		fprintf(stderr, "tallystick: %s: %s\n", command->program,
		    strerror(errno));
		return STATUS_FAILED;
	}
	return command_run(command, path, argc - optind, argv + optind);
}
