/*
 * POST /device/register: the first registration request.
 *
 * Body: a RegistrationRequest (schema/messages/registration-request.rng), at
 *   most 64 KiB, as XML or as the field message of a form.
 * Authorization: Bearer TOKEN is optional: a token in force lets the new
 *   registration, once paired, take the place of the one it belongs to.
 * Answers: 201 the Registration with its Token; 400 malformed, 403
 *   not-admitted, 413 too-large, 415 content-type, 422 invalid (schema, bound
 *   or code policy), 429 throttled, 503 unavailable. A token here is never a
 *   reason to refuse.
 * Procedure: register.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/code.h"
#include "lib/device.h"
#include "lib/message.h"
#include "lib/program.h"
#include "lib/registration.h"
#include "lib/wake.h"

#define BODY_MAX	(64 * 1024)

enum statement { STATEMENT_REGISTER, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_REGISTER]
	= { "CALL register(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", 13 },
};

/* The hashes under which the database knows the request. */
struct hashes {
	unsigned char	code[KEY_HASH_SIZE];
	unsigned char	lineage[KEY_HASH_SIZE];
	unsigned char	token[KEY_HASH_SIZE];
	unsigned char	carried[KEY_HASH_SIZE];
};

/* The code policy. The sentence never quotes it.
 * src: doc/protocol.md section 3. */
static enum error
code_check(const struct conf *conf, const struct registration_request *wish,
    char normal[static CODE_MAX + 1], struct reply *reply)
{
	enum code_fault fault = code_judge(wish->code, conf->code_check,
	    normal);
	char problem[MESSAGE_PROBLEM_SIZE] = "";

	if (fault == CODE_TYPO)
		snprintf(problem, sizeof(problem),
		    "must end with its check character here: ISO/IEC 7064 "
		    "MOD 37-2 over its normal form; where that is I, L, O or "
		    "*, draw another code");
	else if (fault != CODE_FINE)
		snprintf(problem, sizeof(problem),
		    "must leave %d to %d of 0-9 and A-Z when white space, "
		    "dashes, dots and underscores are dropped", CODE_MIN,
		    CODE_MAX);
	else if (code_millibits(normal, conf->code_check)
	    < conf->code_bits * 1000)
		snprintf(problem, sizeof(problem),
		    "is too weak: %u bits are wanted here, that is %u digits "
		    "or %u digits and letters%s", conf->code_bits,
		    conf->code_bits * 1000 / 3322 + 1,
		    (conf->code_bits + 4) / 5, conf->code_check
		    ? ", and the check character" : "");
	if (problem[0] == '\0')
		return ERROR_NONE;
	snprintf(reply->detail, sizeof(reply->detail), "line %d: <Code> %s",
	    wish->code_line, problem);
	return ERROR_INVALID;
}

static enum error
read_message(const char *message, size_t length, void *to, char *problem)
{
	return message_read_registration(message, length, to, problem);
}

static enum error
call(struct context *context, const struct request *request,
    const struct registration_request *wish, const struct hashes *hashes,
    struct registrations *rows)
{
	const struct conf *conf = &context->conf;
	const unsigned places = conf->pending_per_address;
	const struct db_value values[] = {
		db_bytes(hashes->code, KEY_HASH_SIZE),
		db_bytes(hashes->lineage, KEY_HASH_SIZE),
		db_bytes(hashes->token, KEY_HASH_SIZE),
		request->token != NULL
		    ? db_bytes(hashes->carried, KEY_HASH_SIZE)
		    : db_null(),
		db_string(wish->device_id),
		db_string(wish->make_and_model),
		db_string(wish->serial_number),
		db_string(wish->firmware_version),
		db_bytes(request->address, request->address_length),
		places > 0 ? db_integer(places) : db_null(),
		places > 0 ? db_integer(randombytes_uniform(places))
			   : db_null(),
		db_integer(!conf->enrolment_open),
		db_integer(conf->early_codes),
	};

	return registrations_call(context->db, STATEMENT_REGISTER, values,
	    rows);
}

static enum error
handle(struct context *context, const struct request *request,
    struct reply *reply)
{
	struct registration_request wish = { 0 };
	struct registrations rows = { 0 };
	struct hashes hashes;
	char normal[CODE_MAX + 1] = "", token[TOKEN_SIZE] = "";
	enum error error;

	if ((error = device_message(request, read_message, &wish,
		 reply)) != ERROR_NONE
	    || (error = code_check(&context->conf, &wish, normal, reply))
		!= ERROR_NONE)
		goto out;
	code_hash(normal, hashes.code);
	code_lineage(wish.device_id, normal, hashes.lineage);
	token_make(token);
	token_hash(KEY_TOKEN, token, hashes.token);
	if (request->token != NULL)
		token_hash(KEY_TOKEN, request->token, hashes.carried);

	if ((error = call(context, request, &wish, &hashes, &rows))
	    != ERROR_NONE)
		goto out;
	wake_publish_all(&context->conf, &rows);

	reply_document(reply, 201);
	registration_write(&reply->body, &rows.row[0],
	    context->conf.base_url, token);
out:
	sodium_memzero(&wish, sizeof(wish));
	sodium_memzero(&hashes, sizeof(hashes));
	sodium_memzero(normal, sizeof(normal));
	sodium_memzero(token, sizeof(token));
	return error;
}

static const struct program program = {
	.name = "register",
	.audience = PROGRAM_DEVICE,
	.methods = "POST",
	.content_types = device_content_types,
	.body_max = BODY_MAX,
	.token_wanted = false,
	.keys = 1u << KEY_CODE | 1u << KEY_LINEAGE | 1u << KEY_TOKEN,
	.statements = statements,
	.statement_count = STATEMENT__MAX,
	.prepare = device_prepare,
	.handle = handle,
};

int
main(void)
{
	return program_run(&program);
}
