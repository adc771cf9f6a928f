/* How a device of held takes an answer, and how long it waits: the same as
 * the reference device (session_pause, held_take), unless told otherwise. */
#include <stdlib.h>

#include "bench/held.h"

#define RETRY_MAX_S	60.0
#define HOLD_LEAST_S	1.0	/* between two that brought nothing */

static double
random_fraction(void)
{
	return (double)random() / ((double)RAND_MAX + 1);
}

void
device_pause(struct crowd *crowd, struct device *device,
    unsigned retry_after_s)
{
	const struct habits *habits = &crowd->part.habits;
	double wait = habits->retry_first_s;

	for (unsigned i = 0; i < device->failures && wait < RETRY_MAX_S; i++)
		wait *= 2;
	if (wait > RETRY_MAX_S)
		wait = RETRY_MAX_S;
	wait *= 0.5 + random_fraction() / 2;
	if (retry_after_s > 0)
		wait = retry_after_s
		    * (1 + random_fraction() * habits->retry_spread);
	device->failures++;
	crowd_wait(crowd, device, wait);
}

static void
device_woken(struct crowd *crowd, struct device *device)
{
	struct board *board = crowd->part.board;
	unsigned at;

	if (device->changed == 0)
		return;
	if ((at = board->woken++) < WAKES_MAX)
		board->woken_ms[at] =
		    (float)((seconds_now() - device->changed) * 1000);
	device->changed = 0;
}

static void
refusal_count(struct tally *tally, const struct answer *answer)
{
	if (answer->status == 401 || answer->status == 410)
		++*(answer->problem ? &tally->ended : &tally->bare);
	else if (answer->status == 429 || answer->status >= 500)
		tally->refused++;
	else
		tally->other++;
}

static bool
held_take(struct crowd *crowd, struct device *device,
    const struct answer *answer)
{
	struct tally *tally = crowd->part.tally;
	double held_s = seconds_now() - device->line[LINE_HELD].begun;
	unsigned before = device->version;

	if (answer->status == 204 || answer->status == 408) {
		tally->unchanged++;
		device->failures = 0;
		if (answer->retry_after_s == 0 && held_s >= HOLD_LEAST_S)
			return true;
		crowd_wait(crowd, device, answer->retry_after_s == 0
		    ? HOLD_LEAST_S : answer->retry_after_s
		    * (1 + random_fraction() * crowd->part.habits.retry_spread));
		return false;
	}
	if (answer->status != 200 || answer->version == 0) {
		refusal_count(tally, answer);
		device_pause(crowd, device, answer->retry_after_s);
		return false;
	}
	tally->document++;
	device->failures = 0;
	device->version = answer->version;
	if (device->version != before) {
		device_woken(crowd, device);
		return true;
	}
	crowd_wait(crowd, device, HOLD_LEAST_S);
	return false;
}

bool
device_answered(struct crowd *crowd, struct device *device, int which,
    const struct answer *answer)
{
	if (which == LINE_HELD)
		return held_take(crowd, device, answer);
	if (answer->status == 200) {
		crowd->part.tally->changed++;
		device->stopped = !device->stopped;
	} else {
		crowd->part.tally->unheard++;
		device->changed = 0;
	}
	return false;
}
