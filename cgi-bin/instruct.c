/*
 * POST /device/instruct: the related instruction.
 *
 * Body: an Instruction (schema/messages/instruction.rng), at most 64 KiB, as
 *   XML or as the field message of a form: start once the user has performed
 *   the operation on the device, stop to pause, end to release the device.
 * Authorization: Bearer TOKEN.
 * Answers: 200 the Registration; 400 malformed, 401 unauthorized, 409
 *   not-paired, 410 gone, 413 too-large, 415 content-type, 422 invalid, 503
 *   unavailable. Each may be repeated.
 * Procedure: instruct. At a start it judges the condition again.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/device.h"
#include "lib/message.h"
#include "lib/program.h"
#include "lib/registration.h"
#include "lib/wake.h"

#define BODY_MAX	(64 * 1024)

enum statement { STATEMENT_INSTRUCT, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_INSTRUCT] = { "CALL instruct(?, ?, ?, ?)", 4 },
};

static const char *const actions[] = {
	[INSTRUCTION_START] = "start",
	[INSTRUCTION_STOP] = "stop",
	[INSTRUCTION_END] = "end",
};

static enum error
read_message(const char *message, size_t length, void *to, char *problem)
{
	return message_read_instruction(message, length, to, problem);
}

static enum error
handle(struct context *context, const struct request *request,
    struct reply *reply)
{
	const struct conf *conf = &context->conf;
	struct registrations rows = { 0 };
	unsigned char hash[KEY_HASH_SIZE];
	enum instruction instruction;
	enum error error;

	if ((error = device_message(request, read_message, &instruction,
	    reply)) != ERROR_NONE)
		return error;
	token_hash(KEY_TOKEN, request->token, hash);
	const struct db_value values[] = {
		db_bytes(hash, sizeof(hash)),
		db_string(actions[instruction]),
		db_integer(conf->order_at_percent),
		db_integer(conf->refilled_at_percent),
	};
	error = registrations_call(context->db, STATEMENT_INSTRUCT, values, &rows);
	sodium_memzero(hash, sizeof(hash));
	if (error != ERROR_NONE)
		return error;
	wake_publish_all(conf, &rows);

	reply_document(reply, 200);
	registration_write(&reply->body, &rows.row[0], conf->base_url, NULL);
	return ERROR_NONE;
}

static const struct program program = {
	.name = "instruct",
	.audience = PROGRAM_DEVICE,
	.methods = "POST",
	.content_types = device_content_types,
	.body_max = BODY_MAX,
	.token_wanted = true,
	.keys = 1u << KEY_TOKEN,
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
