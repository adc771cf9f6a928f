/*
 * POST /device/report: the job report.
 *
 * Body: a JobReport (schema/messages/job-report.rng), at most 512 KiB, as XML
 *   or as the field message of a form: up to 1000 jobs, and up to 32 supplies
 *   as they stand after them.
 * Authorization: Bearer TOKEN.
 * Answers: 200 the Receipt; 400 malformed, 401 unauthorized, 409 not-paired,
 *   410 gone, 413 too-large, 415 content-type, 422 invalid, 503 unavailable.
 *   All or nothing; each may be repeated.
 * Procedure: report. Jobs, levels and orders are one transaction.
 */
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/device.h"
#include "lib/message.h"
#include "lib/program.h"
#include "lib/registration.h"
#include "lib/wake.h"

#define BODY_MAX	(512 * 1024)
#define JUDGED_SIZE	8	/* of registration.judged */

enum statement { STATEMENT_REPORT, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_REPORT] = { "CALL report(?, ?, ?, ?, ?, ?, ?, ?, ?)", 9 },
};

/* What the procedure returned: the registration, and how many jobs. */
struct receipt {
	struct registrations	rows;
	int64_t			accepted;
	int64_t			duplicate;
};

static enum error
row_take(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct receipt *receipt = arg;

	if (count > 1) {
		count -= 2;
		receipt->accepted = db_to_integer(&columns[count]);
		receipt->duplicate = db_to_integer(&columns[count + 1]);
	}
	return registrations_take(&receipt->rows, set, row, columns, count);
}

static enum error
read_message(const char *message, size_t length, void *to, char *problem)
{
	return message_read_report(message, length, to, problem);
}

/* The keys are those of the JSON_TABLEs in schema/procedures/report.sql and
 * take_supplies.sql. */
static void
jobs_write(struct text *json, const struct job_report *report)
{
	char hex[2 * 16 + 1];

	for (size_t i = 0; i < report->job_count; i++) {
		const struct job *job = &report->jobs[i];

		sodium_bin2hex(hex, sizeof(hex), job->name, job->name_length);
		text_addf(json, "%c{\"j\":\"%s\",\"k\":\"%s\",\"s\":\"%s\","
		    "\"i\":%d", i == 0 ? '[' : ',', hex, job->kind,
		    job->state, job->impressions);
		if (job->completed_at[0] != '\0')
			text_addf(json, ",\"t\":\"%s\"", job->completed_at);
		if (job->impressions_full_color >= 0)
			text_addf(json, ",\"c\":%d",
			    job->impressions_full_color);
		if (job->media_sheets >= 0)
			text_addf(json, ",\"m\":%d", job->media_sheets);
		text_add(json, "}");
	}
	if (report->job_count > 0)
		text_add(json, "]");
}

/* in: level: how full it is, as JSON. */
static void
supply_write(struct text *json, const struct supply *supply,
    const char *level)
{
	text_addf(json, "%c{\"i\":%d,\"c\":\"%s\",\"t\":\"%s\","
	    "\"u\":\"%s\",\"m\":%d,\"l\":%s", json->length == 0 ? '[' : ',',
	    supply->index, supply->class, supply->type, supply->unit,
	    supply->max_capacity, level);
	if (supply->colorant[0] != '\0') {
		text_add(json, ",\"o\":");
		text_add_json(json, supply->colorant);
	}
	if (supply->serial_number[0] != '\0') {
		text_add(json, ",\"n\":");
		text_add_json(json, supply->serial_number);
	}
	if (supply->spares >= 0)
		text_addf(json, ",\"p\":%d", supply->spares);
	text_add(json, "}");
}

/* Where a level lies between the condition's bounds: while it stays there, and
 * all else is the same, judge_supplies finds nothing to do. */
static const char *
supply_zone(const struct supply *supply, const struct conf *conf)
{
	int64_t level = (int64_t)supply->level * 100;
	int64_t capacity = supply->max_capacity;

	if (level < 0 || capacity <= 0 || level > capacity * 100)
		return "null";
	if (level <= capacity * conf->order_at_percent)
		return "0";
	return level >= capacity * conf->refilled_at_percent ? "2" : "1";
}

/* What the procedure is told of supplies. */
struct supplies {
	struct text	all;			/* as JSON */
	struct text	levels;			/* {"1":83,"2":70} */
	unsigned char	judged[JUDGED_SIZE];
};

/* out: all empty when no supply was told. */
static void
supplies_write(struct supplies *supplies, const struct job_report *report,
    const struct conf *conf)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	struct text zones = { 0 };
	char level[12];

	for (size_t i = 0; i < report->supply_count; i++) {
		const struct supply *supply = &report->supplies[i];

		snprintf(level, sizeof(level), "%d", supply->level);
		supply_write(&supplies->all, supply, level);
		text_addf(&supplies->levels, "%c\"%d\":%s",
		    i == 0 ? '{' : ',', supply->index, level);
		supply_write(&zones, supply, supply_zone(supply, conf));
	}
	if (report->supply_count == 0)
		return;
	text_add(&supplies->all, "]");
	text_add(&supplies->levels, "}");
	text_addf(&zones, "%u %u", conf->order_at_percent,
	    conf->refilled_at_percent);
	crypto_generichash(hash, sizeof(hash),
	    (const unsigned char *)zones.bytes, zones.length, NULL, 0);
	memcpy(supplies->judged, hash, sizeof(supplies->judged));
	text_free(&zones);
}

static enum error
call(struct context *context, const struct request *request,
    const struct job_report *report, struct receipt *receipt)
{
	unsigned char hash[KEY_HASH_SIZE];
	struct supplies supplies = { 0 };
	struct text jobs = { 0 };
	enum error error;

	token_hash(KEY_TOKEN, request->token, hash);
	jobs_write(&jobs, report);
	supplies_write(&supplies, report, &context->conf);
	const struct db_value values[] = {
		db_bytes(hash, sizeof(hash)),
		report->sequence >= 0 ? db_integer(report->sequence)
				      : db_null(),
		db_string(jobs.bytes),
		db_integer((int64_t)report->job_count),
		db_string(supplies.all.bytes),
		db_string(supplies.levels.bytes),
		report->supply_count > 0
		    ? db_bytes(supplies.judged, sizeof(supplies.judged))
		    : db_null(),
		db_integer(context->conf.order_at_percent),
		db_integer(context->conf.refilled_at_percent),
	};
	error = db_call(context->db, STATEMENT_REPORT, values, row_take,
	    receipt);
	if (error == ERROR_NONE)
		error = registration_error(&receipt->rows.row[0]);
	sodium_memzero(hash, sizeof(hash));
	text_free(&jobs);
	text_free(&supplies.all);
	text_free(&supplies.levels);
	return error;
}

static enum error
handle(struct context *context, const struct request *request,
    struct reply *reply)
{
	struct job_report report = { 0 };
	struct receipt receipt = { 0 };
	enum error error;

	if ((error = device_message(request, read_message, &report,
		 reply)) != ERROR_NONE
	    || (error = call(context, request, &report, &receipt))
		!= ERROR_NONE)
		goto out;
	/* Levels that change nothing, reported again and again, wake nobody. */
	if (receipt.rows.row[0].left_version > 0 || receipt.duplicate > 0
	    || db_was_repeated(context->db))
		wake_publish_all(&context->conf, &receipt.rows);

	reply_document(reply, 200);
	text_addf(&reply->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<Receipt xmlns=\"" MESSAGE_NAMESPACE "\" version=\"%u\">\n"
	    "  <Accepted>%lld</Accepted>\n  <Duplicate>%lld</Duplicate>\n",
	    receipt.rows.row[0].version, (long long)receipt.accepted,
	    (long long)receipt.duplicate);
	registration_write_orders(&reply->body, &receipt.rows.row[0]);
	text_add(&reply->body, "</Receipt>\n");
out:
	message_free_report(&report);
	return error;
}

static const struct program program = {
	.name = "report",
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
