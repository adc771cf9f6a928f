/* tallystick purge: what is past its time goes, in small steps. What is few,
 * or found by an index, is looked for each minute, and the codes, of which
 * there are few, too, are walked through each minute; the large tables once a
 * day. A walk goes in the order of the primary key, and no faster than leaves
 * the database to others. */
#include "bin/tallystick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/log.h"
#include "lib/registration.h"
#include "lib/wake.h"

#define STEP_ROWS	1000
#define MINUTE_MS	60000
#define DAY_MS		86400000
#define IDLE_MS		1000
#define PAUSE		19	/* times as long as the step of a walk took */
#define REACHED_SIZE	65

/* One procedure a step; each call is one short transaction. Parameters: how
 * many rows; of a walk how far it came; days. */
static const struct step {
	struct db_statement	 statement;
	int64_t			 every_ms;
	const char		*what;
} steps[] = {
	{ { "CALL mend_times(?)", 1 }, MINUTE_MS,
	    "times mended that the clock was set back from" },
	{ { "CALL expire_registrations(?)", 1 }, MINUTE_MS,
	    "registrations expired" },
	{ { "CALL purge_submissions(?)", 1 }, MINUTE_MS,
	    "submissions removed" },
	{ { "CALL purge_guesses(?)", 1 }, MINUTE_MS, "guess windows closed" },
	{ { "CALL purge_replaced_tokens(?)", 1 }, MINUTE_MS,
	    "replaced tokens forgotten" },
	{ { "CALL purge_codes(?, ?)", 2 }, MINUTE_MS, "codes erased" },
	{ { "CALL purge_jobs(?, ?, ?)", 3 }, DAY_MS, "jobs removed" },
	{ { "CALL forget_registrations(?, ?)", 2 }, DAY_MS,
	    "ended registrations forgotten" },
	{ { "CALL purge_holdings(?, ?)", 2 }, DAY_MS, "holdings removed" },
};

#define STEP_COUNT	(sizeof(steps) / sizeof(steps[0]))

struct turn {
	int64_t		 due_ms;
	uint64_t	 total;
	char		 reached[REACHED_SIZE];	/* by a walk; "": not begun */
};

struct purge {
	const struct conf	*conf;
	struct db		*db;
	struct turn		 turns[STEP_COUNT];
	/* What the call at hand gave. */
	struct registration	*ended;
	size_t			 ended_count;
	int64_t			 changed;
	char			 reached[REACHED_SIZE];	/* "": to the end */
};

enum outcome { STEP_MORE, STEP_DONE, STEP_LOST };

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
is_walk(size_t index)
{
	return steps[index].statement.parameters > 1;
}

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
	purge->reached[0] = '\0';
	if (columns[1].type != DB_NULL)
		text_copy(purge->reached, REACHED_SIZE, columns[1].bytes);
	return ERROR_NONE;
}

/* One call. */
static enum outcome
step_once(struct purge *purge, size_t index)
{
	struct turn *turn = &purge->turns[index];
	const struct db_value values[] = { db_integer(STEP_ROWS),
		db_string(turn->reached),
		db_integer(purge->conf->keep_jobs_days) };

	purge->ended_count = 0;
	if (db_call(purge->db, index, values, step_row, purge) != ERROR_NONE)
		return STEP_LOST;
	for (size_t i = 0; i < purge->ended_count && !stop_asked(); i++)
		wake_publish(purge->conf, &purge->ended[i]);
	turn->total += (uint64_t)purge->changed;
	if (!is_walk(index))
		return purge->changed >= STEP_ROWS ? STEP_MORE : STEP_DONE;
	text_copy(turn->reached, REACHED_SIZE, purge->reached);
	return turn->reached[0] != '\0' ? STEP_MORE : STEP_DONE;
}

static enum outcome
step_finish(struct purge *purge, size_t index)
{
	enum outcome outcome;

	do {
		outcome = step_once(purge, index);
	} while (outcome == STEP_MORE && !stop_asked());
	return outcome;
}

/* When a step is due again, and what it did till now. */
static void
turn_end(struct turn *turn, const struct step *step, enum outcome outcome)
{
	turn->due_ms = now_ms()
	    + (outcome == STEP_LOST ? MINUTE_MS : step->every_ms);
	if (outcome == STEP_DONE && turn->total > 0) {
		log_line(LOG_INFO, "purge: %llu %s",
		    (unsigned long long)turn->total, step->what);
		turn->total = 0;
	}
}

/* All that is due: walks one step each, the others to their end. out: how long
 * to wait then. */
static int64_t
purge_due(struct purge *purge)
{
	int64_t wait_ms = 0, begun;

	for (size_t i = 0; i < STEP_COUNT && !stop_asked(); i++) {
		enum outcome outcome;

		begun = now_ms();
		if (begun < purge->turns[i].due_ms)
			continue;
		if (is_walk(i)) {
			outcome = step_once(purge, i);
			wait_ms += (now_ms() - begun + 1) * PAUSE;
		} else {
			outcome = step_finish(purge, i);
		}
		if (outcome != STEP_MORE)
			turn_end(&purge->turns[i], &steps[i], outcome);
	}
	return wait_ms > 0 ? wait_ms : IDLE_MS;
}

static void
purge_watch(struct purge *purge)
{
	while (!stop_asked()) {
		int64_t wait_ms = purge_due(purge);
		const struct timespec wait = { wait_ms / 1000,
			wait_ms % 1000 * 1000000 };

		if (!stop_asked())
			nanosleep(&wait, NULL);
	}
}

/* Everything at once. */
static int
purge_print(struct purge *purge)
{
	for (size_t i = 0; i < STEP_COUNT && !stop_asked(); i++) {
		if (step_finish(purge, i) == STEP_LOST)
			return STATUS_FAILED;
	}
	for (size_t i = 0; i < STEP_COUNT; i++)
		printf("%llu %s\n", (unsigned long long)purge->turns[i].total,
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
	for (size_t i = 0; i < STEP_COUNT; i++)
		statements[i] = steps[i].statement;
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
