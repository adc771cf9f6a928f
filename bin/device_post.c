/* The session's posts: what their answers mean, and when to try again. See
 * device_session.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bin/device_event.h"
#include "bin/device_random.h"
#include "bin/device_session.h"

#define RETRY_FIRST_S 1.0
#define RETRY_MAX_S 60.0

double
session_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void
session_pause(struct session *session, long retry_after_s)
{
	double wait = RETRY_FIRST_S;
	unsigned i;

	for (i = 0; i < session->failures && wait < RETRY_MAX_S; i++)
		wait *= 2;
	if (wait > RETRY_MAX_S)
		wait = RETRY_MAX_S;
	wait *= 0.5 + random_fraction() / 2;
	if (retry_after_s > 0)
		wait = (double)retry_after_s * (1 + random_fraction());
	session->failures++;
	session->retry_at = session_now() + wait;
}

enum outcome
session_outcome(const struct http_result *result)
{
	long status = result->status;

	if (status >= 200 && status < 300)
		return OUTCOME_GOOD;
	/* A web server that is being stopped may answer 410 for a reason of
	 * its own, and a proxy 401. Only Tallystick ends a registration, and
	 * it says so in its own document. */
	if (status == 401 || status == 410)
		return result->answer.kind == ANSWER_PROBLEM ?
		    OUTCOME_GONE : OUTCOME_REPEAT;
	if (status == 409)
		return OUTCOME_NOT_PAIRED;
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return OUTCOME_REPEAT;
	return OUTCOME_REFUSED;
}

void
session_complain(const char *what, const struct http_result *result)
{
	if (result->status == 0 && result->why[0] == '\0')
		return;
	if (result->status == 0)
		event_error("%s: %s", what, result->why);
	else if (result->answer.kind == ANSWER_PROBLEM)
		event_error("%s: %ld: %s", what, result->status,
		    result->answer.detail[0] != '\0' ? result->answer.detail :
		    result->answer.problem);
	else
		event_error("%s: the server answers %ld, not in the protocol",
		    what, result->status);
}

bool
session_save(struct session *session)
{
	if (!state_save(session->state))
		session->failed = true;
	return !session->failed;
}

enum outcome
session_post(struct session *session, const char *path,
    const struct text *message, struct http_result *result)
{
	enum outcome outcome;

	http_post(session->http, path, session->state->token, message,
	    result);
	outcome = session_outcome(result);
	/* A 2xx in other words, from a proxy perhaps, is no receipt. */
	if (outcome == OUTCOME_GOOD &&
	    result->answer.kind != ANSWER_REGISTRATION &&
	    result->answer.kind != ANSWER_RECEIPT)
		outcome = OUTCOME_REPEAT;
	if (outcome != OUTCOME_GOOD) {
		session_complain(path, result);
		session_pause(session, result->retry_after_s);
	}
	return outcome;
}
