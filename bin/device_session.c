/* See device_session.h. The order of the steps is the protocol's: register,
 * listen, start when told to, then report. Whatever has no answer is sent
 * again, the very same: the server gives a repeat the effect of one. */
#include <stdlib.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_message.h"
#include "bin/device_random.h"
#include "bin/device_report.h"
#include "bin/device_session.h"
#include "lib/text.h"

#define WAIT_MAX_S 60.0
#define HOLD_LEAST_S 1.0	/* between two that brought nothing */

static const struct answer_order *
order_find(const struct session *session, const char *id)
{
	size_t i;

	for (i = 0; i < session->order_count; i++)
		if (strcmp(session->orders[i].id, id) == 0)
			return &session->orders[i];
	return NULL;
}

void
session_orders(struct session *session, const struct answer *answer)
{
	const struct answer_order *order, *before;
	size_t i;

	for (i = 0; i < answer->order_count; i++) {
		order = &answer->orders[i];
		before = order_find(session, order->id);
		if (before != NULL && strcmp(before->state, order->state) == 0)
			continue;
		event_tell("order", "supply=%s state=%s id=%s", order->supply,
		    order->state, order->id);
		if (strcmp(order->state, "delivered") != 0)
			continue;
		event_tell("delivered", "supply=%s id=%s", order->supply,
		    order->id);
		if (session->printer->delivered != NULL)
			session->printer->delivered(session->printer,
			    atoi(order->supply));
	}
	memcpy(session->orders, answer->orders, sizeof(session->orders));
	session->order_count = answer->order_count;
}

/* From now on the registration is void: ask for another. */
static void
session_lose(struct session *session)
{
	http_drop(session->http);
	explicit_bzero(session->state->token, sizeof(session->state->token));
	session->must_register = true;
	session->paired = session->started = session->was_started = false;
	session->ok_asked = session->ok_pressed = false;
	session->version = 0;
	session->order_count = 0;
	/* At once, nearly; but should each new registration be lost as soon
	 * as it is made, the pauses must grow. */
	session->failures = session->lost++;
	session_pause(session, 0);
}

static void
state_tell(struct session *session, const struct answer *answer, bool paired,
    bool started)
{
	if (paired && !session->paired)
		event_tell("paired", "version=%lld", answer->version);
	if (started && !session->started)
		event_tell("started", "version=%lld", answer->version);
	if (!started && session->started)
		event_tell("stopped", "version=%lld", answer->version);
}

/* Take in a Registration, wherever it came from. */
static void
registration_take(struct session *session, const struct answer *answer)
{
	bool paired = strcmp(answer->state, "paired") == 0;
	bool started = paired && strcmp(answer->service, "started") == 0;

	/* Two answers may cross: the one to a post and the held one. The
	 * older must not undo the newer. */
	if (answer->version <= session->version)
		return;
	/* Once for each registration, not with each of its versions. */
	if (session->version == 0 && strcmp(answer->state, "pending") == 0)
		text_copy(session->page, sizeof(session->page), answer->page);
	session->version = answer->version;
	if (strcmp(answer->state, "ended") == 0) {
		event_tell("ended", "version=%lld", answer->version);
		session_lose(session);
		return;
	}
	state_tell(session, answer, paired, started);
	if (paired != session->paired || started != session->started)
		session->look_at = 0;
	session->paired = paired;
	session->started = started;
	session->was_started = answer->started[0] != '\0';
	if (started)
		session->ok_asked = session->ok_pressed = false;
	session_orders(session, answer);
}

static void
session_register(struct session *session)
{
	struct device_state *state = session->state;
	struct text message = { 0 };
	struct http_result result;
	enum outcome outcome;

	message_registration(&message, &session->who, state->code);
	outcome = session_post(session, "/device/register", &message, &result);
	text_free(&message);
	if (outcome == OUTCOME_GONE)
		/* The old token is worth nothing even as a proof. */
		explicit_bzero(state->token, sizeof(state->token));
	if (outcome == OUTCOME_REFUSED && result.status != 403)
		session->failed = true;	/* the code or the address is wrong */
	if (outcome != OUTCOME_GOOD)
		goto out;
	if (result.answer.token[0] == '\0') {
		event_error("/device/register: an answer without a token");
		session_pause(session, 0);
		goto out;
	}
	text_copy(state->token, sizeof(state->token), result.answer.token);
	/* Jobs count from the next pairing on; what was printed before is
	 * nobody's business. */
	state->watching = false;
	if (!session_save(session))
		goto out;
	session->failures = 0;
	session->must_register = false;
	session->version = 0;
	event_tell("registered", "version=%lld state=%s expires=%s",
	    result.answer.version, result.answer.state,
	    result.answer.expires);
	event_tell("page", "%s", result.answer.page);
	registration_take(session, &result.answer);
out:
	explicit_bzero(&result, sizeof(result));
}

void
session_fail(struct session *session, enum outcome outcome)
{
	if (outcome == OUTCOME_GONE) {
		event_tell("gone", "version=%lld", session->version);
		session_lose(session);
	}
	if (outcome == OUTCOME_NOT_PAIRED) {
		/* The server knows better than we do: hear all of it. */
		session->paired = session->started = false;
		session->version = 0;
		http_drop(session->http);
	}
}

/* Take in a held answer. out: how long to wait before asking again. */
static double
held_take(struct session *session, struct http_result *result)
{
	enum outcome outcome = session_outcome(result);
	long long before = session->version;

	/* 204, and 408 from some web servers: nothing new, ask again. A
	 * server that cannot hold requests says how much later. */
	if (result->status == 204 || result->status == 408) {
		session->failures = session->lost = 0;
		return (double)result->retry_after_s *
		    (1 + random_fraction() / 10);
	}
	if (outcome != OUTCOME_GOOD ||
	    result->answer.kind != ANSWER_REGISTRATION) {
		session_complain("/device/connect", result);
		session_pause(session, result->retry_after_s);
		session_fail(session, outcome);
		return 0;
	}
	session->failures = 0;
	if (strcmp(result->answer.state, "ended") != 0)
		session->lost = 0;
	registration_take(session, &result->answer);
	return session->version == before ? HOLD_LEAST_S : 0;
}

void
session_heard(struct session *session, struct http_result *result)
{
	double now = session_now();
	double wait = held_take(session, result);

	/* Whatever stands between us and the server, it must not make us
	 * ask without a breath. */
	if (result->status != 200 && wait < HOLD_LEAST_S &&
	    now - session->held_at < HOLD_LEAST_S)
		wait = HOLD_LEAST_S;
	session->hold_at = now + wait;
}

static enum outcome
instruction_send(struct session *session, const char *action,
    struct http_result *result)
{
	struct text message = { 0 };
	enum outcome outcome;

	message_instruction(&message, action);
	outcome = session_post(session, "/device/instruct", &message, result);
	text_free(&message);
	return outcome;
}

/* The person did what the screen asked for. */
static void
session_start(struct session *session)
{
	struct http_result result;
	enum outcome outcome = instruction_send(session, "start", &result);

	session_fail(session, outcome);
	if (outcome == OUTCOME_REPEAT)
		return;
	session->ok_pressed = false;
	if (outcome == OUTCOME_GOOD) {
		session->failures = 0;
		registration_take(session, &result.answer);
	}
}

bool
session_instruct(struct session *session, const char *action)
{
	struct http_result result;

	if (instruction_send(session, action, &result) != OUTCOME_GOOD)
		return false;
	event_tell("instructed", "action=%s version=%lld state=%s service=%s",
	    action, result.answer.version, result.answer.state,
	    result.answer.service);
	return true;
}

void
session_press(struct session *session)
{
	/* Before it is asked for, the key means something else. */
	if (session->ok_asked && !session->ok_pressed) {
		session->ok_pressed = true;
		event_tell("pressed", "key=ok");
	}
}

static void
ok_ask(struct session *session)
{
	if (session->ok_asked)
		return;
	session->ok_asked = true;
	event_tell("press", "Enter: the printer's OK key");
	/* After a stop only a person starts again. */
	if (session->press_ok && !session->was_started)
		session_press(session);
}

void
session_step(struct session *session)
{
	double now = session_now();
	bool may_send = now >= session->retry_at;

	if (session->must_register && may_send)
		session_register(session);
	if (session->must_register || session->failed)
		return;
	if (!session->http->holding && may_send && now >= session->hold_at) {
		session->held_at = now;
		http_hold(session->http, session->state->token,
		    session->version);
	}
	if (!session->paired)
		return;
	if (!session->started)
		ok_ask(session);
	if (now >= session->look_at)
		report_look(session);
	/* Each asks anew whether it may: one failure holds back the rest. */
	if (session->ok_pressed && session_now() >= session->retry_at)
		session_start(session);
	if (report_due(session) && session_now() >= session->retry_at)
		report_send(session);
}

static double
sooner(double a, double b)
{
	return a < b ? a : b;
}

int
session_wait_ms(const struct session *session)
{
	double now = session_now(), next = now + WAIT_MAX_S;

	if (session->must_register || session->ok_pressed ||
	    report_due(session))
		next = sooner(next, session->retry_at);
	if (!session->must_register && !session->http->holding)
		next = sooner(next, session->hold_at > session->retry_at ?
		    session->hold_at : session->retry_at);
	if (session->paired)
		next = sooner(next, session->look_at);
	return next > now ? (int)((next - now) * 1000) + 1 : 0;
}

void
session_free(struct session *session)
{
	text_free(&session->supplies);
	text_free(&session->told);
}
