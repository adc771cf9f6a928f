/*
 * GET /device/connect?since=VERSION: the connection.
 *
 * since: the version that the device knows, a whole number; missing: 0.
 * Authorization: Bearer TOKEN.
 * Answers: 200 the Registration, at once when its version is another; else
 *   the request is handed to nginx, which holds it on the channel of this
 *   registration and version (X-Accel-Redirect: /hold/ID.VERSION) until that
 *   version is left. Without nchan (wake-socket not set) 204 with Retry-After.
 *   401 unauthorized, 405 method, 410 gone, 422 invalid, 503 unavailable.
 * Procedure: connect.
 */
#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/form.h"
#include "lib/program.h"
#include "lib/registration.h"

enum statement { STATEMENT_CONNECT, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_CONNECT] = { "CALL connect(?)", 1 },
};

/* out: a version; one too large to be any counts as none. */
static enum error
since_read(const struct request *request, unsigned long *since,
    struct reply *reply)
{
	char *value = NULL, *end = NULL;
	size_t length;
	enum error error;

	*since = 0;
	error = form_field(request->query, strlen(request->query), "since",
	    &value, &length);
	if (error == ERROR_NONE && value != NULL) {
		errno = 0;
		*since = strtoul(value, &end, 10);
		if (errno == ERANGE)
			*since = 0;
		if (!isdigit((unsigned char)value[0]) || *end != '\0')
			error = ERROR_INVALID;
	}
	if (error != ERROR_NONE) {
		error = ERROR_INVALID;
		text_copy(reply->detail, sizeof(reply->detail),
		    "since must be a whole number: the version attribute of "
		    "the last Registration, or 0.");
	}
	free(value);
	return error;
}

static void
reply_hold(const struct conf *conf, const struct registration *registration,
    struct reply *reply)
{
	char channel[REGISTRATION_CHANNEL_SIZE], path[64], retry_s[16];

	reply_header(reply, "Cache-Control", "no-store");
	if (conf->wake_socket[0] == '\0') {
		reply->status = 204;
		snprintf(retry_s, sizeof(retry_s), "%u", conf->poll_s);
		reply_header(reply, "Retry-After", retry_s);
		return;
	}
	registration_channel(registration, registration->version, channel);
	snprintf(path, sizeof(path), "/hold/%s", channel);
	reply->status = 200;
	reply_header(reply, "X-Accel-Redirect", path);
}

static enum error
handle(struct context *context, const struct request *request,
    struct reply *reply)
{
	struct registrations rows = { 0 };
	unsigned char hash[KEY_HASH_SIZE];
	unsigned long since;
	enum error error;

	if ((error = since_read(request, &since, reply)) != ERROR_NONE)
		return error;
	token_hash(KEY_TOKEN, request->token, hash);
	const struct db_value values[] = { db_bytes(hash, sizeof(hash)) };
	error = registrations_call(context->db, STATEMENT_CONNECT, values, &rows);
	sodium_memzero(hash, sizeof(hash));
	if (error != ERROR_NONE)
		return error;

	if (since == rows.row[0].version) {
		reply_hold(&context->conf, &rows.row[0], reply);
		return ERROR_NONE;
	}
	reply_document(reply, 200);
	registration_write(&reply->body, &rows.row[0],
	    context->conf.base_url, NULL);
	return ERROR_NONE;
}

static const struct program program = {
	.name = "connect",
	.audience = PROGRAM_DEVICE,
	.methods = "GET",
	.body_max = 64 * 1024,
	.token_wanted = true,
	.keys = 1u << KEY_TOKEN,
	.statements = statements,
	.statement_count = STATEMENT__MAX,
	.handle = handle,
};

int
main(void)
{
	return program_run(&program);
}
