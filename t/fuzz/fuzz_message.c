/* Messages as devices post them, of the kind whose name stands first: read,
 * and judged by the RELAX NG schema beside. What the schema refuses must be
 * refused; what the reader refuses beyond it stands in t/stricter.h. */
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "lib/heap.h"
#include "lib/utf8.h"
#include "lib/xml.h"
#include "t/fuzz/fuzz.h"
#include "t/kind.h"
#include "t/stricter.h"

#define SCHEMA_MEMORY	((size_t)256 * 1024 * 1024)

static xmlRelaxNGPtr schemas[KIND__MAX];

static void
drop(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *sources = getenv("srcdir");
	char path[1024];

	(void)argc;
	(void)argv;
	MUST(xml_setup());
	heap_bound(SCHEMA_MEMORY);
	for (size_t i = 0; i < KIND__MAX; i++) {
		xmlRelaxNGParserCtxtPtr parser;

		/* Which may load its own parts, unlike a message. */
		xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
		snprintf(path, sizeof(path), "%s/schema/messages/%s",
		    sources != NULL ? sources : ".", kinds[i].schema);
		parser = xmlRelaxNGNewParserCtxt(path);
		MUST(parser != NULL);
		schemas[i] = xmlRelaxNGParse(parser);
		MUST(schemas[i] != NULL);
		xmlRelaxNGFreeParserCtxt(parser);
	}
	MUST(xml_setup());
	return 0;
}

static size_t
kind_of(const uint8_t *bytes, size_t length)
{
	if (memmem(bytes, length, "RegistrationRequest", 19) != NULL)
		return 0;
	return memmem(bytes, length, "Instruction", 11) != NULL ? 1 : 2;
}

/* What the schema says. in: what the reader says. out: whether it could
 * tell. */
static bool
validate(size_t kind, const uint8_t *bytes, size_t length, enum error error,
    bool *valid)
{
	xmlRelaxNGValidCtxtPtr judge = NULL;
	xmlDocPtr document;
	int status = 1;

	heap_bound(SCHEMA_MEMORY);
	document = xmlReadMemory((const char *)bytes, (int)length, NULL,
	    NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (document != NULL) {
		MUST(xmlGetIntSubset(document) == NULL ||
		    error == ERROR_MALFORMED);
		judge = xmlRelaxNGNewValidCtxt(schemas[kind]);
		MUST(judge != NULL);
		xmlRelaxNGSetValidStructuredErrors(judge,
		    (xmlStructuredErrorFunc)drop, NULL);
		status = xmlRelaxNGValidateDoc(judge, document);
		xmlRelaxNGFreeValidCtxt(judge);
	}
	xmlFreeDoc(document);
	xmlResetLastError();
	*valid = status == 0;
	return heap_refused() == 0;
}

static void
judge_text(const char *text, size_t least, size_t most)
{
	size_t length = strlen(text), points = utf8_count(text, length);

	MUST(utf8_valid(text, length) == length);
	MUST(points >= least && points <= most);
	if (length > 0) {
		MUST(strchr(" \t\r\n", text[0]) == NULL);
		MUST(strchr(" \t\r\n", text[length - 1]) == NULL);
	}
}

static void
judge_registration(const uint8_t *bytes, size_t length)
{
	struct registration_request request;
	char problem[MESSAGE_PROBLEM_SIZE];

	memset(&request, 0xa5, sizeof(request));
	MUST(message_read_registration((const char *)bytes, length, &request,
	    problem) == ERROR_NONE);
	judge_text(request.device_id, 1, 128);
	MUST(request.device_id[strspn(request.device_id, "ABCDEFGHIJKLMNOPQRST"
	    "UVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")] == '\0');
	judge_text(request.code, 1, DOCUMENT_TEXT_MAX);
	judge_text(request.make_and_model, 1, 127);
	judge_text(request.serial_number, 0, 64);
	judge_text(request.firmware_version, 0, 64);
}

static void
judge_job(const struct job *job)
{
	const char *at = job->completed_at;

	MUST(job->kind != NULL && job->state != NULL);
	MUST(job->name_length == 16 || job->name_length == 8);
	for (size_t i = job->name_length; i < sizeof(job->name); i++)
		MUST(job->name[i] == 0);
	MUST(job->name_length == 16 || (job->name[0] & 0x80) == 0);
	MUST(job->impressions >= 0);
	MUST(job->impressions_full_color >= -1 && job->media_sheets >= -1);
	if (at[0] == '\0')
		return;
	MUST(strlen(at) == 19 && at[strspn(at, "0123456789- :")] == '\0');
	MUST(strcmp(at, "1000-01-01 00:00:00") >= 0);
	MUST(strcmp(at, "9999-12-31 23:59:59") <= 0);
}

static void
judge_report(const uint8_t *bytes, size_t length)
{
	struct job_report report;
	char problem[MESSAGE_PROBLEM_SIZE];

	memset(&report, 0xa5, sizeof(report));
	MUST(message_read_report((const char *)bytes, length, &report,
	    problem) == ERROR_NONE);
	MUST(report.sequence >= -1);
	MUST(report.job_count <= MESSAGE_JOBS_MAX);
	MUST(report.supply_count <= MESSAGE_SUPPLIES_MAX);
	for (size_t i = 0; i < report.job_count; i++)
		judge_job(&report.jobs[i]);
	for (size_t i = 0; i < report.supply_count; i++) {
		const struct supply *supply = &report.supplies[i];

		MUST(supply->index >= 1 && supply->index <= 65535);
		for (size_t k = 0; k < i; k++)
			MUST(report.supplies[k].index != supply->index);
		MUST(supply->class != NULL && supply->type != NULL);
		MUST(supply->unit != NULL);
		MUST(supply->max_capacity > 0 || supply->max_capacity == -1
		    || supply->max_capacity == -2);
		MUST(supply->level >= -3 && supply->spares >= -1);
		judge_text(supply->colorant, 0, 64);
		judge_text(supply->serial_number, 0, 64);
	}
	message_free_report(&report);
}

static void
judge_struct(size_t kind, const uint8_t *bytes, size_t length)
{
	if (kind == 0)
		judge_registration(bytes, length);
	else if (kind == 2)
		judge_report(bytes, length);
}

/* Another reading of the same bytes gives the same; nothing is left. */
static enum error
read_twice(size_t kind, const uint8_t *bytes, size_t length,
    char problem[static MESSAGE_PROBLEM_SIZE])
{
	char other[MESSAGE_PROBLEM_SIZE];
	struct text given = { 0 }, again = { 0 };
	const char *sent = (const char *)bytes;
	size_t used = heap_used();
	enum error error = kinds[kind].read(sent, length, &given, problem);

	MUST(heap_used() == used);
	MUST(kinds[kind].read(sent, length, &again, other) == error);
	MUST(strcmp(problem, other) == 0 && given.length == again.length);
	MUST(given.length == 0 || memcmp(given.bytes, again.bytes,
	    given.length) == 0);
	MUST((error == ERROR_NONE) == (given.length > 0));
	text_free(&given);
	text_free(&again);
	MUST(xml_loads() == 0);
	return error;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	size_t kind = kind_of(bytes, length);
	char problem[MESSAGE_PROBLEM_SIZE] = "";
	enum error error = read_twice(kind, bytes, length, problem);
	bool valid;

	MUST(error == ERROR_NONE || error == ERROR_MALFORMED ||
	    error == ERROR_INVALID);
	MUST(error == ERROR_NONE ? problem[0] == '\0' :
	    strncmp(problem, "line ", 5) == 0);
	/* What is told goes into a document, and into a log. */
	for (const char *at = problem; *at != '\0'; at++)
		MUST(*at >= ' ' && *at <= '~');
	if (error == ERROR_NONE)
		judge_struct(kind, bytes, length);
	if (!validate(kind, bytes, length, error, &valid))
		return 0;
	if (valid != (error == ERROR_NONE) &&
	    (!valid || !is_stricter(problem))) {
		fprintf(stderr, "reader: %s\nschema: %s\n",
		    error == ERROR_NONE ? "accepted" : problem,
		    valid ? "valid" : "refused");
		abort();
	}
	return 0;
}
