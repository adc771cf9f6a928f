/* What the processes of held share, and its layers from the top down: held,
 * held_crowd, held_device, held_line, held_answer. */
#ifndef BENCH_HELD_H
#define BENCH_HELD_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"
#include "lib/token.h"

#define PROCESSES_MAX	16
#define WAKES_MAX	65536

/* What the devices of one process have met; only that process writes. */
struct tally {
	_Atomic unsigned long open;	/* connections at this moment */
	_Atomic unsigned long asked;	/* GET /device/connect sent */
	_Atomic unsigned long document;	/* 200 */
	_Atomic unsigned long unchanged; /* 204 and 408 */
	_Atomic unsigned long refused;	/* 429 and 5xx */
	_Atomic unsigned long bare;	/* 401 and 410 in nobody's words */
	_Atomic unsigned long ended;	/* 401 and 410 in Tallystick's */
	_Atomic unsigned long other;	/* another answer, or none of HTTP */
	_Atomic unsigned long lost;	/* no answer before the end */
	_Atomic unsigned long unreached; /* no connection */
	_Atomic unsigned long changed;	/* instructions that were taken */
	_Atomic unsigned long unheard;	/* instructions that were not */
};

/* An order to all processes: so many devices, spread over so long. */
struct order {
	_Atomic unsigned number;	/* grows with each; written last */
	double begin;			/* seconds_now() */
	double seconds;
	unsigned count;
};

/* In memory that parent and children share. */
struct board {
	struct tally tally[PROCESSES_MAX];
	struct order ask, wake;
	_Atomic unsigned woken;
	float woken_ms[WAKES_MAX];
};

/* How the devices differ from the reference device. */
struct habits {
	double retry_first_s;	/* first wait when the server is lost */
	double retry_spread;	/* chance added to Retry-After, as its share */
	double trip_s;		/* from an answer to the next request */
};

/* One process's part of the work. */
struct part {
	struct board *board;
	struct tally *tally;
	struct sockaddr_in server;
	struct habits habits;
	unsigned parts;		/* how many share the work */
	unsigned number;	/* which of them this is, from 0 */
	unsigned first, count;	/* its devices */
	const char (*tokens)[TOKEN_SIZE];
};

enum { LINE_HELD, LINE_POST, LINE__MAX };
enum line_state { LINE_CLOSED, LINE_OPENING, LINE_ASKED, LINE_IDLE };

/* A connection. */
struct line {
	int fd;
	enum line_state state;
	bool used;		/* it has brought an answer before */
	double begun;		/* when it was opened, or asked last */
	struct text came;	/* of an answer */
};

struct device {
	struct line line[LINE__MAX];
	unsigned version;
	unsigned failures;
	bool stopped;
	double changed;		/* when its instruction was due, or 0 */
	int next;		/* in its slot of the wheel, or -1 */
};

/* The devices of one process. */
struct crowd {
	struct part part;
	struct device *devices;
	int epoll;
	struct wheel *wheel;
	unsigned ask_number;	/* newest orders taken */
	unsigned wake_number;
	unsigned wakes_left, wakes_done, wake_next;
	double swept;		/* when silent lines were looked for */
};

/* An answer, as far as these devices look at it. */
struct answer {
	unsigned status;
	unsigned retry_after_s;
	unsigned version;	/* of a Registration, else 0 */
	bool problem;		/* it is a problem document */
	bool close;		/* the connection ends with it */
};

enum answer_state { ANSWER_SHORT, ANSWER_WHOLE, ANSWER_BROKEN };

double	seconds_now(void);

/* in: all that came so far. out: written when whole. */
enum answer_state answer_parse(const struct text *, struct answer *);

/* Ask on the connection that there is, else on a new one. */
void	line_ask(struct crowd *, struct device *, int which);
void	line_close(struct crowd *, struct line *);
/* No answer will come: count it, and let the device act on it. */
void	line_fail(struct crowd *, struct device *, int which,
	    _Atomic unsigned long *count);
void	line_event(struct crowd *, struct device *, int which,
	    unsigned events);

/* What a device makes of an answer. out: whether to ask again at once. */
bool	device_answered(struct crowd *, struct device *, int which,
	    const struct answer *);
/* It has failed: wait longer each time, then ask again. */
void	device_pause(struct crowd *, struct device *, unsigned retry_after_s);

/* Let a device ask after so long, which is 80 seconds at most. */
void	crowd_wait(struct crowd *, struct device *, double wait_s);
/* This part's share of so many. */
unsigned part_share(const struct part *, unsigned count);
void	crowd_run(const struct part *) __attribute__((noreturn));

#endif
