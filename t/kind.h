/* The kinds of message that devices post: what reads each and prints what it
 * read, and its schema. */
#ifndef T_KIND_H
#define T_KIND_H

#include "lib/message.h"
#include "lib/text.h"

/* Reading of a kind, and its struct printed in lines; "" on failure. */
typedef enum error read_and_print(const char *, size_t, struct text *,
    char problem[static MESSAGE_PROBLEM_SIZE]);

static inline enum error
read_register(const char *bytes, size_t length, struct text *text,
    char problem[static MESSAGE_PROBLEM_SIZE])
{
	struct registration_request request;
	enum error error = message_read_registration(bytes, length, &request,
	    problem);

	if (error == ERROR_NONE)
		text_addf(text, "device-id %s\ncode %s\nmake-and-model %s\n"
		    "serial-number %s\nfirmware-version %s\n",
		    request.device_id, request.code, request.make_and_model,
		    request.serial_number, request.firmware_version);
	return error;
}

static inline enum error
read_instruct(const char *bytes, size_t length, struct text *text,
    char problem[static MESSAGE_PROBLEM_SIZE])
{
	static const char *const words[] = { "start", "stop", "end" };
	enum instruction instruction;
	enum error error = message_read_instruction(bytes, length,
	    &instruction, problem);

	if (error == ERROR_NONE)
		text_addf(text, "action %s\n", words[instruction]);
	return error;
}

static inline void
print_job(struct text *text, const struct job *job)
{
	text_add(text, "job ");
	for (size_t i = 0; i < job->name_length; i++)
		text_addf(text, "%02x", job->name[i]);
	text_addf(text, " %s %s \"%s\" impressions %d full-color %d sheets "
	    "%d\n", job->kind, job->state, job->completed_at,
	    job->impressions, job->impressions_full_color, job->media_sheets);
}

static inline void
print_supply(struct text *text, const struct supply *supply)
{
	text_addf(text, "supply %d %s %s \"%s\" %s capacity %d level %d "
	    "\"%s\" spares %d\n", supply->index, supply->class, supply->type,
	    supply->colorant, supply->unit, supply->max_capacity,
	    supply->level, supply->serial_number, supply->spares);
}

static inline enum error
read_report(const char *bytes, size_t length, struct text *text,
    char problem[static MESSAGE_PROBLEM_SIZE])
{
	struct job_report report = { 0 };
	enum error error = message_read_report(bytes, length, &report,
	    problem);

	if (error == ERROR_NONE) {
		text_addf(text, "sequence %lld\n",
		    (long long)report.sequence);
		for (size_t i = 0; i < report.job_count; i++)
			print_job(text, &report.jobs[i]);
		for (size_t i = 0; i < report.supply_count; i++)
			print_supply(text, &report.supplies[i]);
	}
	message_free_report(&report);
	return error;
}

struct kind {
	const char	*name;
	const char	*schema;
	read_and_print	*read;
};

static const struct kind kinds[] = {
	{ "register", "registration-request.rng", read_register },
	{ "instruct", "instruction.rng", read_instruct },
	{ "report", "job-report.rng", read_report },
};
#define KIND__MAX	(sizeof(kinds) / sizeof(kinds[0]))

#endif
