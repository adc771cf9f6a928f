/*
 * GET /, GET /pair: the screen enter-code, filled in with ?code= (the link
 *   behind a QR code) or with what was typed before an error; never pairs.
 *   ?after=SCREEN: that screen in its place, where POST leads after an error;
 *   after=code-unknown: enter-code, which tells that nothing has matched.
 * POST /pair: the second registration request.
 *
 * Fields of the form: code, as typed; device, where the form asks for it: the
 *   last 4 or more characters of the DeviceId or serial number. With device
 *   an empty code stands for the one typed just before (sealed cookie).
 * Cookies: terminal names the browser; session is set afresh by each POST
 *   that pairs or waits; typed, sealed, for /pair alone; language, which
 *   ?language= sets (lib/terminal.h).
 * Answers: 200; 303 to /status (paired, or waiting), or to /pair?after= and
 *   code-invalid, name-device or too-many-tries; 403 for a form from another
 *   site, 400, 405, 413, 415, 503 with a screen.
 * Procedure: pair.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/code.h"
#include "lib/entry.h"
#include "lib/form.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/registration.h"
#include "lib/submission.h"
#include "lib/terminal.h"
#include "lib/wake.h"

#define BODY_MAX	(16 * 1024)
#define QUERY_CODE_MAX	TERMINAL_TYPED_MAX
#define ALARM_PAUSE_S	60

enum statement { STATEMENT_PAIR, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_PAIR] = { "CALL pair(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		10 },
};

static const char *const form_types[] = {
	"application/x-www-form-urlencoded", "multipart/form-data", NULL };

/* To the form again, with what was typed, and what came of it. */
static void
see_form(struct context *context, const char *after,
    const struct submission *submission, struct reply *reply)
{
	char path[64];

	snprintf(path, sizeof(path), "/pair?after=%s", after);
	reply_see_other(reply, context->conf.base_path, path);
	terminal_typed_set(&context->conf, reply, &submission->typed);
}

static enum error
call(struct context *context, const struct request *request,
    const struct submission *submission, struct reply *reply,
    struct registrations *rows)
{
	const struct conf *conf = &context->conf;
	unsigned char code[KEY_HASH_SIZE], terminal[KEY_HASH_SIZE],
	    session[KEY_HASH_SIZE], held[KEY_HASH_SIZE];
	bool has_session;
	enum error error;

	code_hash(submission->normal, code);
	if (!terminal_cookie_hash(conf, request, TERMINAL_NAME, terminal))
		terminal_cookie_set(conf, reply, TERMINAL_NAME, terminal);
	has_session = terminal_cookie_hash(conf, request, TERMINAL_SESSION,
	    held);
	terminal_cookie_set(conf, reply, TERMINAL_SESSION, session);
	const struct db_value values[] = {
		db_bytes(code, sizeof(code)),
		db_bytes(terminal, sizeof(terminal)),
		db_bytes(session, sizeof(session)),
		has_session ? db_bytes(held, sizeof(held)) : db_null(),
		db_string(submission->ending),
		db_bytes(request->address, request->address_length),
		db_integer(conf->misses_per_address),
		db_integer(code_units_a_day(conf->code_bits)
		    / CODE_TYPED_PART),
		db_integer(code_units_a_day(conf->code_bits)
		    / CODE_EARLY_PART),
		db_integer(conf->early_codes
		    ? code_early_share(conf->code_bits) : 0),
	};
	error = db_call(context->db, STATEMENT_PAIR, values,
	    registrations_take, rows);
	sodium_memzero(code, sizeof(code));
	sodium_memzero(session, sizeof(session));
	sodium_memzero(held, sizeof(held));
	return error;
}

/* Whoever guesses on must not fill the log. */
static void
tell_budget_spent(void)
{
	static time_t next;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < next)
		return;
	next = now.tv_sec + ALARM_PAUSE_S;
	log_line(LOG_WARNING, "the day's guess budget is spent: no code is "
	    "compared unless its device is named");
}

/* Neither paired nor waiting: no session. */
static void
refuse(struct context *context, const struct request *request,
    const char *outcome, const struct submission *submission,
    struct reply *reply)
{
	text_clear(&reply->headers);
	if (strcmp(outcome, "too-many-tries") == 0)
		log_line(LOG_WARNING, "security: too many tries from %s",
		    request->address_text);
	if (strcmp(outcome, "budget-spent") == 0) {
		tell_budget_spent();
		outcome = "name-device";
	}
	see_form(context, outcome, submission, reply);
}

static enum error
submit(struct context *context, const struct request *request,
    const struct submission *submission, struct reply *reply)
{
	const struct conf *conf = &context->conf;
	struct registrations rows = { 0 };
	const char *outcome = rows.row[0].outcome;
	enum error error;

	if ((error = call(context, request, submission, reply, &rows))
	    != ERROR_NONE)
		return error;
	wake_publish_all(conf, &rows);
	if (strcmp(outcome, "paired") == 0) {
		terminal_typed_set(conf, reply, NULL);
		reply_see_other(reply, conf->base_path, "/status");
		return ERROR_NONE;
	}
	/* This sentence and that of refuse are stable: conf/fail2ban/ reads
	 * them. */
	if (strcmp(outcome, "waits") == 0) {
		log_line(LOG_INFO, "security: code missed from %s",
		    request->address_text);
		reply_see_other(reply, conf->base_path, "/status");
		terminal_typed_set(conf, reply, &submission->typed);
	} else
		refuse(context, request, outcome, submission, reply);
	return ERROR_NONE;
}

static enum error
handle_post(struct context *context, const struct request *request,
    struct reply *reply)
{
	struct submission submission = { 0 };
	const char *screen = NULL;
	enum error error;

	if (!terminal_is_ours(&context->conf, request))
		return ERROR_CROSS_SITE;
	error = submission_read(&context->conf, request, &submission,
	    &screen);
	if (error == ERROR_NONE && screen == NULL)
		error = submit(context, request, &submission, reply);
	else if (error == ERROR_NONE)
		see_form(context, screen, &submission, reply);
	submission_free(&submission);
	return error;
}

static enum error
handle_get(struct context *context, const struct request *request,
    struct reply *reply)
{
	const struct conf *conf = &context->conf;
	struct entry entry = { .checked = conf->code_check };
	struct terminal_typed typed = { "", "" };
	unsigned char terminal[KEY_HASH_SIZE];
	char *code = NULL, *after = NULL;
	size_t length = 0, after_length;
	enum error error;

	if (form_field(request->query, strlen(request->query), "code", &code,
		&length) != ERROR_NONE || length > QUERY_CODE_MAX
	    || form_field(request->query, strlen(request->query), "after",
		&after, &after_length) != ERROR_NONE) {
		error = ERROR_INVALID;
		goto out;
	}
	if (code != NULL && length == 0) {
		free(code);
		code = NULL;
	}
	entry.linked = code != NULL;
	entry.after = code == NULL ? after : NULL;
	if (code != NULL) {
		/* Kept for when the language is switched: no link has it. */
		text_copy(typed.code, sizeof(typed.code), code);
		terminal_typed_set(conf, reply, &typed);
		entry.code = code;
	} else if (terminal_typed_get(conf, request, &typed)) {
		entry.code = typed.code;
		entry.device = typed.device;
	}
	if (!terminal_cookie_hash(conf, request, TERMINAL_NAME, terminal))
		terminal_cookie_set(conf, reply, TERMINAL_NAME, terminal);
	reply->status = 200;
	reply_header(reply, "Content-Type", "text/html; charset=utf-8");
	reply_header(reply, "Cache-Control", "no-store");
	reply_header(reply, "Vary", "Accept-Language, Cookie");
	entry_fill(&entry, context->own, request->accept_language,
	    &reply->body);
	error = ERROR_NONE;
out:
	sodium_memzero(&typed, sizeof(typed));
	if (code != NULL)
		sodium_memzero(code, length);
	free(code);
	free(after);
	return error;
}

static enum error
handle(struct context *context, const struct request *request,
    struct reply *reply)
{
	return strcmp(request->method, "POST") == 0
	    ? handle_post(context, request, reply)
	    : handle_get(context, request, reply);
}

static bool
prepare(struct context *context, char *problem, size_t size)
{
	context->own = entry_load(context->conf.screens, problem, size);
	return context->own != NULL;
}

static void
release(struct context *context)
{
	entry_unload(context->own);
}

static const struct program program = {
	.name = "pair",
	.audience = PROGRAM_TERMINAL,
	.methods = "GET, HEAD, POST",
	.content_types = form_types,
	.body_max = BODY_MAX,
	.keys = 1u << KEY_CODE | 1u << KEY_SESSION | 1u << KEY_COOKIE,
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
