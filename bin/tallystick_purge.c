/* tallystick purge: what is past its time goes, in small steps. */
#include "bin/tallystick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/log.h"
#include "lib/registration.h"
#include "lib/wake.h"

#define STEP_ROWS	1000
#define WATCH_S		60
#define REACHED_SIZE	20	/* "YYYY-MM-DD HH:MM:SS" */
#define BEGINNING	"1000-01-01 00:00:00"

enum second { SECOND_NONE, SECOND_DAYS, SECOND_REACHED };

/* One procedure a step; each call is one short transaction. */
static const struct step {
	struct db_statement	 statement;
	enum second		 second;	/* parameter */
	const char		*what;
} steps[] = {
	{ { "CALL expire_registrations(?)", 1 }, SECOND_NONE,
	    "registrations expired" },
	{ { "CALL purge_submissions(?)", 1 }, SECOND_NONE,
	    "submissions removed" },
	{ { "CALL purge_codes(?)", 1 }, SECOND_NONE, "codes erased" },
	{ { "CALL purge_guesses(?)", 1 }, SECOND_NONE,
	    "guess windows closed" },
	{ { "CALL purge_jobs(?, ?)", 2 }, SECOND_DAYS, "jobs removed" },
	{ { "CALL purge_replaced_tokens(?)", 1 }, SECOND_NONE,
	    "replaced tokens forgotten" },
	{ { "CALL forget_registrations(?, ?)", 2 }, SECOND_REACHED,
	    "ended registrations forgotten" },
	{ { "CALL purge_holdings(?, ?)", 2 }, SECOND_REACHED,
	    "holdings removed" },
};

#define STEP_COUNT	(sizeof(steps) / sizeof(steps[0]))

struct purge {
	const struct conf	*conf;
	struct db		*db;
	/* How far a walk over what ended came; it goes on from there. */
	char			 reached[STEP_COUNT][REACHED_SIZE];
	uint64_t		 total[STEP_COUNT];
	/* What the call at hand gave. */
	struct registration	*ended;
	size_t			 ended_count;
	int64_t			 changed;
	char			 now_reached[REACHED_SIZE];	/* "": done */
};

/* A registration that ended, or the call's figures. */
static enum error
step_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct purge *purge = arg;

	if (set == 0 && row == 0)
		purge->ended_count = 0;
	if (count == REGISTRATION__MAX) {
		if (purge->ended_count < STEP_ROWS)
			registration_read(&purge->ended[purge->ended_count++],
			    columns, count);
		return ERROR_NONE;
	}
	if (count != 2)
		log_fatal("a purge step of %u columns", count);
	purge->changed = db_to_integer(&columns[0]);
	purge->now_reached[0] = '\0';
	if (columns[1].type != DB_NULL)
		text_copy(purge->now_reached, REACHED_SIZE, columns[1].bytes);
	return ERROR_NONE;
}

/* One call. out: whether the step has more to do. err: *lost is set. */
static bool
step_once(struct purge *purge, size_t index, bool *lost)
{
	const struct step *step = &steps[index];
	struct db_value values[2] = { db_integer(STEP_ROWS), db_null() };

	if (step->second == SECOND_DAYS)
		values[1] = db_integer(purge->conf->keep_jobs_days);
	if (step->second == SECOND_REACHED)
		values[1] = db_string(purge->reached[index]);
	purge->ended_count = 0;
	if (db_call(purge->db, index, values, step_row, purge) != ERROR_NONE) {
		*lost = true;
		return false;
	}
	for (size_t i = 0; i < purge->ended_count && !stop_asked(); i++)
		wake_publish(purge->conf, &purge->ended[i]);
	purge->total[index] += (uint64_t)purge->changed;
	if (step->second != SECOND_REACHED)
		return purge->changed >= STEP_ROWS;
	if (purge->now_reached[0] == '\0')
		return false;
	text_copy(purge->reached[index], REACHED_SIZE, purge->now_reached);
	return true;
}

/* All steps, each to its end. out: whether all of it was done. */
static bool
purge_once(struct purge *purge)
{
	bool lost = false;

	for (size_t i = 0; i < STEP_COUNT && !lost && !stop_asked(); i++) {
		purge->total[i] = 0;
		while (step_once(purge, i, &lost) && !stop_asked())
			;
	}
	return !lost;
}

static void
purge_watch(struct purge *purge)
{
	const struct timespec second = { 1, 0 };

	while (!stop_asked()) {
		if (purge_once(purge)) {
			for (size_t i = 0; i < STEP_COUNT; i++) {
				if (purge->total[i] > 0)
					log_line(LOG_INFO, "purge: %llu %s",
					    (unsigned long long)
						purge->total[i],
					    steps[i].what);
			}
		}
		for (int i = 0; i < WATCH_S && !stop_asked(); i++)
			nanosleep(&second, NULL);
	}
}

static int
purge_print(struct purge *purge)
{
	if (!purge_once(purge))
		return STATUS_FAILED;
	for (size_t i = 0; i < STEP_COUNT; i++)
		printf("%llu %s\n", (unsigned long long)purge->total[i],
		    steps[i].what);
	return 0;
}

int
purge_command(const struct conf *conf, int argc, char *argv[])
{
	struct db_statement statements[STEP_COUNT];
	struct purge purge = { .conf = conf };
	int status = 0;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--watch") != 0))
		return command_usage(argv[0]);
	for (size_t i = 0; i < STEP_COUNT; i++) {
		statements[i] = steps[i].statement;
		text_copy(purge.reached[i], REACHED_SIZE, BEGINNING);
	}
	if ((purge.db = operator_open(conf, statements, STEP_COUNT)) == NULL)
		return STATUS_FAILED;
	purge.ended = memory_new(STEP_ROWS, sizeof(*purge.ended));
	stop_catch();
	if (argc == 2)
		purge_watch(&purge);
	else
		status = purge_print(&purge);
	free(purge.ended);
	db_close(purge.db);
	return status;
}
