/* One process of held: an epoll loop around its devices, and a wheel that
 * turns a slot a tick for those that wait. */
#include <err.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/held.h"

#define TICK_S		0.01
#define SLOTS		8192		/* 81 s */
#define EVENTS_MAX	512
#define STRIDE		7919		/* between two that are woken */
#define OPEN_WAIT_S	10.0		/* as the reference device's */
#define HELD_WAIT_S	90.0

struct wheel {
	double begun;
	unsigned long ticks;		/* it has turned so far */
	int slot[SLOTS];		/* first of a chain of devices */
};

double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void
crowd_wait(struct crowd *crowd, struct device *device, double wait_s)
{
	struct wheel *wheel = crowd->wheel;
	double due = (seconds_now() - wheel->begun + wait_s) / TICK_S;
	unsigned long tick = (unsigned long)due + 1;
	int *slot;

	if (tick <= wheel->ticks)
		tick = wheel->ticks + 1;
	if (tick >= wheel->ticks + SLOTS)
		tick = wheel->ticks + SLOTS - 1;
	slot = &wheel->slot[tick % SLOTS];
	device->next = *slot;
	*slot = (int)(device - crowd->devices);
}

static void
wheel_turn(struct crowd *crowd)
{
	struct wheel *wheel = crowd->wheel;
	unsigned long now =
	    (unsigned long)((seconds_now() - wheel->begun) / TICK_S);
	struct device *device;
	int number;

	while (wheel->ticks < now) {
		wheel->ticks++;
		number = wheel->slot[wheel->ticks % SLOTS];
		wheel->slot[wheel->ticks % SLOTS] = -1;
		while (number != -1) {
			device = &crowd->devices[number];
			number = device->next;
			line_ask(crowd, device, LINE_HELD);
		}
	}
}

/* The first time, each device asks at a random moment of the order's time. */
static void
ask_take(struct crowd *crowd)
{
	struct order *order = &crowd->part.board->ask;

	if (order->number == crowd->ask_number)
		return;
	crowd->ask_number = order->number;
	for (unsigned i = 0; i < crowd->part.count; i++)
		crowd_wait(crowd, &crowd->devices[i], order->seconds
		    * ((double)random() / RAND_MAX));
}

unsigned
part_share(const struct part *part, unsigned count)
{
	return (unsigned)((unsigned long)count * (part->number + 1)
	    / part->parts - (unsigned long)count * part->number / part->parts);
}

/* out: a held device, or NULL. */
static struct device *
wake_pick(struct crowd *crowd)
{
	struct device *device;

	for (unsigned tries = 0; tries < crowd->part.count; tries++) {
		crowd->wake_next = (crowd->wake_next + STRIDE)
		    % crowd->part.count;
		device = &crowd->devices[crowd->wake_next];
		if (device->line[LINE_HELD].state == LINE_ASKED
		    && device->line[LINE_POST].state == LINE_CLOSED)
			return device;
	}
	return NULL;
}

/* Change devices that are held, each when it is due. */
static void
wake_take(struct crowd *crowd)
{
	struct order *order = &crowd->part.board->wake;
	struct device *device;
	double due;

	if (order->number != crowd->wake_number) {
		crowd->wake_number = order->number;
		crowd->wakes_left = part_share(&crowd->part, order->count);
		crowd->wakes_done = 0;
	}
	while (crowd->wakes_left > 0) {
		due = order->begin + order->seconds * crowd->wakes_done
		    / (crowd->wakes_done + crowd->wakes_left);
		if (due > seconds_now() || (device = wake_pick(crowd)) == NULL)
			return;
		crowd->wakes_left--;
		crowd->wakes_done++;
		device->changed = due;
		line_ask(crowd, device, LINE_POST);
	}
}

/* Once a second: what has been silent for too long is given up. */
static void
crowd_sweep(struct crowd *crowd)
{
	double now = seconds_now();

	if (now - crowd->swept < 1)
		return;
	crowd->swept = now;
	for (unsigned i = 0; i < crowd->part.count; i++) {
		struct line *line = &crowd->devices[i].line[LINE_HELD];

		if ((line->state == LINE_OPENING
		    && now - line->begun > OPEN_WAIT_S)
		    || (line->state == LINE_ASKED
		    && now - line->begun > HELD_WAIT_S)) {
			line->used = false;
			line_fail(crowd, &crowd->devices[i], LINE_HELD,
			    &crowd->part.tally->unreached);
		}
	}
}

static void
crowd_open(struct crowd *crowd, const struct part *part)
{
	crowd->part = *part;
	crowd->devices = memory_new(part->count, sizeof(*crowd->devices));
	for (unsigned i = 0; i < part->count; i++)
		crowd->devices[i] = (struct device){ .next = -1 };
	crowd->wheel = memory_new(1, sizeof(*crowd->wheel));
	crowd->wheel->begun = seconds_now();
	crowd->wheel->ticks = 0;
	for (unsigned i = 0; i < SLOTS; i++)
		crowd->wheel->slot[i] = -1;
	if ((crowd->epoll = epoll_create1(0)) == -1)
		err(1, "epoll_create1");
	srandom((unsigned)getpid());
}

void
crowd_run(const struct part *part)
{
	struct crowd crowd = { 0 };
	struct epoll_event events[EVENTS_MAX];
	int count;

	crowd_open(&crowd, part);
	for (;;) {
		count = epoll_wait(crowd.epoll, events, EVENTS_MAX,
		    (int)(TICK_S * 1000));
		for (int i = 0; i < count; i++)
			line_event(&crowd,
			    &crowd.devices[events[i].data.u64 / LINE__MAX],
			    (int)(events[i].data.u64 % LINE__MAX),
			    events[i].events);
		ask_take(&crowd);
		wake_take(&crowd);
		wheel_turn(&crowd);
		crowd_sweep(&crowd);
	}
}
