/*
 * GET /status: where this terminal's session stands, as a screen.
 * GET /status with Accept: text/event-stream: the same news as events.
 * POST /status: action=end releases a device.
 *
 * Query: registration, one of the session's (missing: the newest); for
 *   events since, the version shown (or Last-Event-ID; missing: 0).
 * Fields of the form: action (end), registration (missing: the newest).
 * Cookies: session, without one that holds something: 303 to /pair;
 *   language, which ?language= sets (lib/terminal.h).
 * Answers: 200 the screen code-unknown, operate-device, status or released;
 *   200 one event with the Registration document when the version is another,
 *   else nginx holds the request (X-Accel-Redirect: /events/ID.VERSION), or
 *   without nchan a time to come again; 303 after a release; 403 for a form
 *   from another site, 400, 405, 413, 415, 422, 503 with a screen.
 * Procedures: status, release_registration.
 */
#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/form.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/registration.h"
#include "lib/screen.h"
#include "lib/stand.h"
#include "lib/terminal.h"
#include "lib/wake.h"

#define BODY_MAX	(16 * 1024)

enum statement { STATEMENT_STATUS, STATEMENT_RELEASE, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_STATUS] = { "CALL status(?, ?, ?)", 3 },
	[STATEMENT_RELEASE] = { "CALL release_registration(?, ?)", 2 },
};

static const char *const form_types[] = {
	"application/x-www-form-urlencoded", NULL };

/* A whole number in a query or form, to 2^63-1. out: 0: missing or empty.
 * err: ERROR_MALFORMED, ERROR_INVALID. */
static enum error
number_take(const char *form, size_t length, const char *name,
    uint64_t *number)
{
	char *value = NULL, *end = NULL;
	size_t value_length;
	enum error error;

	*number = 0;
	error = form_field(form, length, name, &value, &value_length);
	if (error == ERROR_NONE && value != NULL && value_length > 0) {
		*number = strtoull(value, &end, 10);
		if (!isdigit((unsigned char)value[0]) || *end != '\0'
		    || *number > INT64_MAX)
			error = ERROR_INVALID;
	}
	free(value);
	return error;
}

static void
see_form(struct context *context, struct reply *reply)
{
	reply_see_other(reply, context->conf.base_path, "/pair");
}

/* The news as one event, or held until there is some. */
static void
reply_events(struct context *context, const struct request *request,
    const struct stand *stand, uint64_t since, struct reply *reply)
{
	const struct registration *newest = &stand->registrations[0];
	char channel[REGISTRATION_CHANNEL_SIZE], path[64];
	struct text document = { 0 };
	char *line, *rest;

	if (since == 0)
		since = strtoull(request->last_event_id, NULL, 10);
	reply->status = 200;
	reply_header(reply, "Cache-Control", "no-store");
	if (stand->count > 0 && stand->submission[0] == '\0'
	    && since == newest->version
	    && context->conf.wake_socket[0] != '\0') {
		registration_channel(newest, newest->version, channel);
		snprintf(path, sizeof(path), "/events/%s", channel);
		reply_header(reply, "X-Accel-Redirect", path);
		return;
	}
	reply_header(reply, "Content-Type", "text/event-stream");
	/* A code that waits has no channel yet: its page comes again. */
	text_addf(&reply->body, "retry: %u\n", stand->submission[0] != '\0'
	    || context->conf.wake_socket[0] == '\0'
		? context->conf.poll_s * 1000 : 1000);
	if (stand->count > 0 && stand->submission[0] == '\0'
	    && since != newest->version) {
		registration_write(&document, newest, context->conf.base_url,
		    NULL);
		text_addf(&reply->body, "id: %" PRIu32 "\n", newest->version);
		for (rest = document.bytes;
		    (line = strsep(&rest, "\n")) != NULL;) {
			if (line[0] != '\0')
				text_addf(&reply->body, "data: %s\n", line);
		}
	}
	text_add(&reply->body, "\n");
	text_free(&document);
}

static enum error
handle_get(struct context *context, const struct request *request,
    const unsigned char *session, struct reply *reply)
{
	struct stand *stand = NULL;
	bool events = request_accepts(request, "text/event-stream");
	uint64_t registration, since;
	enum error error;

	if ((error = number_take(request->query, strlen(request->query),
		 "registration", &registration)) != ERROR_NONE
	    || (error = number_take(request->query, strlen(request->query),
		    "since", &since)) != ERROR_NONE)
		return ERROR_INVALID;
	const struct db_value values[] = {
		db_bytes(session, KEY_HASH_SIZE),
		registration > 0 ? db_integer((int64_t)registration)
				 : db_null(),
		db_integer(!events),
	};
	stand = memory_new(1, sizeof(*stand));
	error = db_call(context->db, STATEMENT_STATUS, values, stand_take,
	    stand);
	if (error != ERROR_NONE)
		goto out;
	if (stand->count == 0 && stand->submission[0] == '\0') {
		see_form(context, reply);
		goto out;
	}
	if (events) {
		reply_events(context, request, stand, since, reply);
		goto out;
	}
	reply->status = 200;
	reply_header(reply, "Content-Type", "text/html; charset=utf-8");
	reply_header(reply, "Cache-Control", "no-store");
	stand->now = time(NULL);
	stand->order_at = context->conf.order_at_percent;
	stand_fill(stand, context->own, request->accept_language,
	    &reply->body);
out:
	free(stand);
	return error;
}

static enum error
handle_post(struct context *context, const struct request *request,
    const unsigned char *session, struct reply *reply)
{
	struct registrations rows = { 0 };
	uint64_t registration;
	char *action = NULL, path[64] = "/status";
	size_t length;
	enum error error;

	if ((error = form_field(request->body, request->length, "action",
		 &action, &length)) != ERROR_NONE
	    || (error = number_take(request->body, request->length,
		    "registration", &registration)) != ERROR_NONE)
		goto out;
	if (action == NULL || strcmp(action, "end") != 0) {
		error = ERROR_INVALID;
		goto out;
	}
	const struct db_value values[] = {
		db_bytes(session, KEY_HASH_SIZE),
		registration > 0 ? db_integer((int64_t)registration)
				 : db_null(),
	};
	error = db_call(context->db, STATEMENT_RELEASE, values,
	    registrations_take, &rows);
	if (error != ERROR_NONE)
		goto out;
	if (strcmp(rows.row[0].outcome, "none") == 0) {
		see_form(context, reply);
		goto out;
	}
	wake_publish_all(&context->conf, &rows);
	if (registration > 0)
		snprintf(path, sizeof(path), "/status?registration=%" PRIu64,
		    registration);
	reply_see_other(reply, context->conf.base_path, path);
out:
	free(action);
	return error;
}

static enum error
handle(struct context *context, const struct request *request,
    struct reply *reply)
{
	unsigned char session[KEY_HASH_SIZE];
	bool is_post = strcmp(request->method, "POST") == 0;
	enum error error = ERROR_NONE;

	if (is_post && !terminal_is_ours(&context->conf, request))
		return ERROR_CROSS_SITE;
	if (!terminal_cookie_hash(&context->conf, request, TERMINAL_SESSION,
	    session))
		see_form(context, reply);
	else if (is_post)
		error = handle_post(context, request, session, reply);
	else
		error = handle_get(context, request, session, reply);
	sodium_memzero(session, sizeof(session));
	return error;
}

static bool
prepare(struct context *context, char *problem, size_t size)
{
	context->own = stand_load(context->conf.screens, problem, size);
	return context->own != NULL;
}

static void
release(struct context *context)
{
	stand_unload(context->own);
}

static const struct program program = {
	.name = "status",
	.audience = PROGRAM_TERMINAL,
	.methods = "GET, HEAD, POST",
	.content_types = form_types,
	.body_max = BODY_MAX,
	.keys = 1u << KEY_SESSION,
	.statements = statements,
	.statement_count = STATEMENT__MAX,
	.prepare = prepare,
	.release = release,
	.handle = handle,
};

int
main(void)
{
	return program_run(&program);
}
