/* See device_report.h. A job goes three steps, each on the disk before the
 * next: it is kept in the state; it is put into a report, which is kept as
 * it is sent; the report's receipt came, and both are dropped. Whenever the
 * power fails, the job is still there or the server has it; and if both,
 * the server knows the job by its name and counts it once. */
#include <stdlib.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_message.h"
#include "bin/device_report.h"

#define BATCH_MAX 500		/* jobs a report; the server takes 1000 */
#define JOBS_MAX 10000		/* kept for a server that is away */

static void
job_keep(struct session *session, const struct printer_job *job)
{
	struct text text = { 0 };
	char name[64];

	state_job_name(job, name);
	if (session->state->jobs.count >= JOBS_MAX) {
		event_error("job %s is lost: %d wait for the server already",
		    name, JOBS_MAX);
		return;
	}
	message_job(&text, job);
	state_list_add(&session->state->jobs, text.bytes);
	text_free(&text);
	event_tell("job", "name=%s state=%s impressions=%d", name, job->state,
	    job->impressions);
}

static void
look_take(struct session *session, const struct printer_look *look)
{
	struct device_state *state = session->state;
	bool changed = !state->watching;
	size_t i;

	/* Printers list the newest first; the report tells them in order.
	 * The first look after a pairing only learns what is old. */
	for (i = look->job_count; i-- > 0;)
		if (!state_knows(state, &look->jobs[i])) {
			changed = true;
			if (state->watching)
				job_keep(session, &look->jobs[i]);
		}
	state_learn(state, look);
	state->watching = true;
	if (changed)
		session_save(session);
}

static void
levels_tell(const struct printer_look *look)
{
	struct text text = { 0 };
	size_t i;

	for (i = 0; i < look->supply_count; i++)
		text_addf(&text, "%s%d=%d/%d", i == 0 ? "" : " ",
		    look->supplies[i].index, look->supplies[i].level,
		    look->supplies[i].capacity);
	event_tell("levels", "%s", text.length > 0 ? text.bytes : "none");
	text_free(&text);
}

void
report_look(struct session *session)
{
	struct printer_look *look = memory_new(1, sizeof(*look));
	struct text supplies = { 0 };

	session->look_at = session_now() + session->look_every_s;
	if (!session->printer->look(session->printer, session->started, look))
		goto out;
	look_take(session, look);
	message_supplies(&supplies, look);
	if (session->supplies.length != supplies.length ||
	    (supplies.length > 0 &&
	    strcmp(session->supplies.bytes, supplies.bytes) != 0))
		levels_tell(look);
	text_free(&session->supplies);
	session->supplies = supplies;
out:
	free(look);
}

static bool
supplies_changed(const struct session *session)
{
	return session->supplies.length > 0 &&
	    (session->told.length == 0 ||
	    strcmp(session->supplies.bytes, session->told.bytes) != 0);
}

bool
report_due(const struct session *session)
{
	return session->paired && (session->state->report != NULL ||
	    session->state->jobs.count > 0 || supplies_changed(session));
}

/* Put the next report together. One bad job refuses a whole report, so
 * after a refusal each job goes alone, and the supplies too, until all is
 * through: what is good arrives. */
static bool
report_make(struct session *session)
{
	struct device_state *state = session->state;
	struct text report = { 0 };
	size_t most = session->careful ? 1 : BATCH_MAX;
	bool with_supplies;

	state->report_jobs = state->jobs.count < most ?
	    state->jobs.count : most;
	with_supplies = session->supplies.length > 0 &&
	    !(session->careful && state->report_jobs > 0);
	state->sequence++;
	message_report(&report, state,
	    with_supplies ? session->supplies.bytes : NULL);
	state->report = report.bytes;
	if (with_supplies) {
		text_clear(&session->told);
		text_add(&session->told, session->supplies.bytes);
	}
	return session_save(session);
}

/* The report needs no repeat; in: drop: nor do its jobs. */
static void
report_end(struct session *session, bool drop)
{
	struct device_state *state = session->state;

	if (drop)
		state_list_drop(&state->jobs, state->report_jobs);
	free(state->report);
	state->report = NULL;
	state->report_jobs = 0;
	session_save(session);
}

static void
report_refused(struct session *session)
{
	struct device_state *state = session->state;
	bool drop = session->careful;

	if (drop)
		event_tell("refused", "sequence=%lld jobs=%zu",
		    state->sequence, state->report_jobs);
	else
		text_clear(&session->told);
	session->careful = true;
	/* The server is well; only this report was not. */
	session->failures = 0;
	report_end(session, drop);
}

void
report_send(struct session *session)
{
	struct device_state *state = session->state;
	struct http_result result;
	struct text report = { 0 };
	enum outcome outcome;

	if (state->report == NULL && !report_make(session))
		return;
	text_add(&report, state->report);
	outcome = session_post(session, "/device/report", &report, &result);
	text_free(&report);
	session_fail(session, outcome);
	if (outcome == OUTCOME_REFUSED)
		report_refused(session);
	if (outcome != OUTCOME_GOOD)
		return;
	session->failures = 0;
	event_tell("reported", "sequence=%lld jobs=%zu accepted=%s "
	    "duplicate=%s", state->sequence, state->report_jobs,
	    result.answer.accepted, result.answer.duplicate);
	report_end(session, true);
	if (!report_due(session))
		session->careful = false;
	/* The receipt's version is not taken over: what else changed up to
	 * it only the connection tells. */
	session_orders(session, &result.answer);
}
