/* The device's side of doc/protocol.md section 3: what to say to the server and
 * when. Nothing here waits but the short posts; the caller's loop does. */
#ifndef BIN_DEVICE_SESSION_H
#define BIN_DEVICE_SESSION_H

#include <stdbool.h>

#include "bin/device_answer.h"
#include "bin/device_http.h"
#include "bin/device_printer.h"
#include "bin/device_state.h"
#include "lib/text.h"

struct session {
	/* Given by the caller, who owns them. */
	struct device_state	*state;
	struct http		*http;
	struct printer		*printer;
	struct printer_identity	 who;
	double			 look_every_s;
	bool			 press_ok;	/* once, without a person */

	/* What the server said last. */
	bool			 must_register;
	long long		 version;	/* 0: ask for all of it */
	char			 page[512];	/* where a person types the
						 * code; "": told, or paired */
	bool			 paired;
	bool			 started;
	bool			 was_started;	/* since it was paired */
	struct answer_order	 orders[ANSWER_ORDERS_MAX];
	size_t			 order_count;

	/* What is to do, and when: seconds of session_now. */
	bool			 ok_asked;	/* the person was asked */
	bool			 ok_pressed;
	double			 retry_at;	/* nothing is sent before */
	unsigned		 failures;	/* in a row */
	unsigned		 lost;		/* registrations in a row */
	double			 hold_at;	/* connect not before */
	double			 held_at;	/* it was connected last */
	double			 look_at;
	struct text		 supplies;	/* as they stand */
	struct text		 told;		/* as the server knows them */
	bool			 careful;	/* a report was refused */
	bool			 sheet_printed;
	bool			 failed;	/* for good: end with 1 */
};

/* What an answer means for the message that it answers. */
enum outcome {
	OUTCOME_GOOD,
	OUTCOME_REPEAT,		/* later, the same again */
	OUTCOME_NOT_PAIRED,
	OUTCOME_GONE,		/* register again */
	OUTCOME_REFUSED		/* the same again would be refused again */
};

/* A clock that nobody sets. */
double	session_now(void);
/* Do all that is due now. */
void	session_step(struct session *);
/* Take in how the held connection ended. */
void	session_heard(struct session *, struct http_result *);
/* How long the caller may sleep before the next step. */
int	session_wait_ms(const struct session *);
/* The operation on the device: the user pressed its OK key. */
void	session_press(struct session *);
/* Send one instruction and be done: start, stop or end.
 * err: false, the reason was printed. */
bool	session_instruct(struct session *, const char *action);
void	session_free(struct session *);

/* For the session's own parts: device_session.c, _post.c and _report.c. */

enum outcome	session_outcome(const struct http_result *);
/* Tell why a request failed, in the server's own sentence. */
void	session_complain(const char *what, const struct http_result *);
/* Send nothing for a while: as long as the server says, else longer with
 * each failure. The random part spreads the devices: without it all of
 * them would come at the same moment when a server returns. */
void	session_pause(struct session *, long retry_after_s);

/* Post a message and judge the answer; a failure was told, and holds back
 * what else is to be sent for a while. */
enum outcome	session_post(struct session *, const char *path,
		    const struct text *message, struct http_result *);
/* Do what a failure means for the registration. */
void	session_fail(struct session *, enum outcome);
/* Tell the orders that are new or changed; remember all. */
void	session_orders(struct session *, const struct answer *);
/* err: false: the state is not on the disk, and the session has failed:
 * nothing may be promised to the server any more. */
bool	session_save(struct session *);

#endif
