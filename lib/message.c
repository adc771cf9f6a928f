/* A table per message: what stands where, within which bounds, and the field
 * it fills. schema/messages/ says the same to makers of devices. */
#include <stdlib.h>
#include <string.h>

#include "lib/field.h"
#include "lib/message.h"
#include "lib/text.h"
#include "lib/value.h"
#include "lib/xml.h"

#define UUID_SIZE	16
#define UP_TIME_OFFSET	4

_Static_assert(UUID_SIZE == VALUE_UUID_SIZE, "a job's name holds a UUID");
_Static_assert(sizeof(((struct registration_request *)NULL)->code) ==
    DOCUMENT_TEXT_MAX + 1, "a code is any text that an element may hold");

static const char *const actions[] = { "start", "stop", "end", NULL };
static const char *const kinds[] = { "Print", "Copy", "Scan", "FaxIn",
	"FaxOut", "Other", NULL };
static const char *const states[] = { "completed", "canceled", "aborted",
	NULL };
static const char *const classes[] = { "supplyThatIsConsumed",
	"receptacleThatIsFilled", NULL };

/* PrtMarkerSuppliesTypeTC of IANA-PRINTER-MIB, in the order of its numbers. */
static const char *const types[] = { "other", "unknown", "toner",
	"wasteToner", "ink", "inkCartridge", "inkRibbon", "wasteInk", "opc",
	"developer", "fuserOil", "solidWax", "ribbonWax", "wasteWax", "fuser",
	"coronaWire", "fuserOilWick", "cleanerUnit", "fuserCleaningPad",
	"transferUnit", "tonerCartridge", "fuserOiler", "water", "wasteWater",
	"glueWaterAdditive", "wastePaper", "bindingSupply", "bandingSupply",
	"stitchingWire", "shrinkWrap", "paperWrap", "staples", "inserts",
	"covers", "matteToner", "matteInk", NULL };

/* PrtMarkerSuppliesSupplyUnitTC of RFC 3805, which spells "hundreths"; the
 * right spelling, as in PWG 5100.13, is taken too. */
static const char *const units[] = { "other", "unknown",
	"tenThousandthsOfInches", "micrometers", "impressions", "sheets",
	"hours", "thousandthsOfOunces", "tenthsOfGrams",
	"hundrethsOfFluidOunces", "hundredthsOfFluidOunces",
	"tenthsOfMilliliters", "feet", "meters", "items", "percent", NULL };

static bool
read_action(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	static const enum instruction instructions[] = { INSTRUCTION_START,
	    INSTRUCTION_STOP, INSTRUCTION_END };

	(void)length;
	for (size_t i = 0; value->keywords[i] != NULL; i++)
		if (strcmp(value->keywords[i], text) == 0) {
			*(enum instruction *)field = instructions[i];
			return true;
		}
	return false;
}

/* Pieces of the tables. */

#define TEXT(type, field, limit) &(const struct document_value) { \
	.offset = offsetof(struct type, field), .read = field_text, .min = 1, \
	.max = (limit), .wanted = "1 to " #limit " characters" }
#define INTEGER(type, field, least, most) &(const struct document_value) { \
	.offset = offsetof(struct type, field), .read = field_integer, \
	.min = (least), .max = (most), .quoted = true }
#define KEYWORD(type, field, words, want) &(const struct document_value) { \
	.offset = offsetof(struct type, field), .read = field_keyword, \
	.keywords = (words), .wanted = (want), .quoted = true }
#define JOB_NUMBER(place, least) &(const struct document_value) { \
	.offset = offsetof(struct job, name) + (place), \
	.read = field_bytes_4, .min = (least), .max = INT32_MAX, \
	.quoted = true }

/* The registration request. */

static const struct document_element registration_children[] = {
	{ .name = "DeviceId", .min = 1, .max = 1,
	    .value = &(const struct document_value) {
	    .offset = offsetof(struct registration_request, device_id),
	    .read = field_id, .min = 1, .max = 128,
	    .wanted = "1 to 128 of A-Z a-z 0-9 . _ : -" } },
	{ .name = "Code", .min = 1, .max = 1,
	    .value = &(const struct document_value) {
	    .offset = offsetof(struct registration_request, code),
	    .line = offsetof(struct registration_request, code_line),
	    .read = field_text, .min = 1, .max = DOCUMENT_TEXT_MAX,
	    .wanted = "the device's pairing code" } },
	{ .name = "MakeAndModel", .min = 1, .max = 1,
	    .value = TEXT(registration_request, make_and_model, 127) },
	{ .name = "SerialNumber", .max = 1,
	    .value = TEXT(registration_request, serial_number, 64) },
	{ .name = "FirmwareVersion", .max = 1,
	    .value = TEXT(registration_request, firmware_version, 64) },
	{ .name = NULL }
};

static const struct document_element registration_root = {
	.name = "RegistrationRequest",
	.children = registration_children,
};

/* The instruction. */

static const struct document_value instruction_attributes[] = {
	{ .name = "action", .required = true, .read = read_action,
	    .keywords = actions, .wanted = "start, stop or end",
	    .quoted = true },
	{ .name = NULL }
};

static const struct document_element instruction_root = {
	.name = "Instruction",
	.attributes = instruction_attributes,
};

/* The job report. */

static void *
begin_job(void *parent)
{
	struct job_report *report = parent;
	struct job *job;

	if (report->jobs == NULL)
		report->jobs = memory_new(MESSAGE_JOBS_MAX, sizeof(*job));
	job = &report->jobs[report->job_count++];
	job->impressions_full_color = -1;
	job->media_sheets = -1;
	return job;
}

static void *
begin_supply(void *parent)
{
	struct job_report *report = parent;
	struct supply *supply = &report->supplies[report->supply_count++];

	supply->spares = -1;
	return supply;
}

static const char *
end_supply(void *parent, void *item)
{
	const struct job_report *report = parent;
	const struct supply *supply = item;

	for (size_t i = 0; &report->supplies[i] < supply; i++)
		if (report->supplies[i].index == supply->index)
			return "has the index of an earlier one";
	return NULL;
}

static const char *
end_job_uuid(void *parent, void *item)
{
	struct job *job = parent;

	(void)item;
	job->name_length = UUID_SIZE;
	return NULL;
}

static const char *
end_job_up_time(void *parent, void *item)
{
	struct job *job = parent;

	(void)item;
	job->name_length = 2 * UP_TIME_OFFSET;
	return NULL;
}

static const struct document_element job_children[] = {
	{ .name = "JobUuid", .min = 1, .max = 1, .branch = 1,
	    .end = end_job_uuid, .value = &(const struct document_value) {
	    .offset = offsetof(struct job, name), .read = field_uuid,
	    .wanted = "urn:uuid: and the 36 characters of a UUID" } },
	{ .name = "JobId", .min = 1, .max = 1, .branch = 2,
	    .value = JOB_NUMBER(0, 1) },
	{ .name = "PrinterUpTime", .min = 1, .max = 1, .branch = 2,
	    .end = end_job_up_time,
	    .value = JOB_NUMBER(UP_TIME_OFFSET, INT32_MIN) },
	{ .name = "JobKind", .min = 1, .max = 1, .value = KEYWORD(job, kind,
	    kinds, "Print, Copy, Scan, FaxIn, FaxOut or Other") },
	{ .name = "JobState", .min = 1, .max = 1, .value = KEYWORD(job,
	    state, states, "completed, canceled or aborted") },
	{ .name = "DateTimeAtCompleted", .max = 1,
	    .value = &(const struct document_value) {
	    .offset = offsetof(struct job, completed_at), .read = field_time,
	    .wanted = "a time of the years 1000 to 9999 with its zone, as "
	    "2026-11-22T12:00:00Z",
	    .quoted = true } },
	{ .name = "ImpressionsCompleted", .min = 1, .max = 1,
	    .value = INTEGER(job, impressions, 0, INT32_MAX) },
	{ .name = "ImpressionsFullColor", .max = 1,
	    .value = INTEGER(job, impressions_full_color, 0, INT32_MAX) },
	{ .name = "MediaSheetsCompleted", .max = 1,
	    .value = INTEGER(job, media_sheets, 0, INT32_MAX) },
	{ .name = NULL }
};

static const struct document_value supply_attributes[] = {
	{ .name = "index", .required = true,
	    .offset = offsetof(struct supply, index), .read = field_integer,
	    .min = 1, .max = 65535, .quoted = true },
	{ .name = NULL }
};

static const struct document_element supply_children[] = {
	{ .name = "Class", .min = 1, .max = 1, .value = KEYWORD(supply, class,
	    classes, "supplyThatIsConsumed or receptacleThatIsFilled") },
	{ .name = "Type", .min = 1, .max = 1, .value = KEYWORD(supply, type,
	    types, "a keyword of PrtMarkerSuppliesTypeTC, as toner") },
	{ .name = "Colorant", .max = 1, .value = TEXT(supply, colorant, 64) },
	{ .name = "Unit", .min = 1, .max = 1, .value = KEYWORD(supply, unit,
	    units, "a keyword of PrtMarkerSuppliesSupplyUnitTC, as "
	    "percent") },
	{ .name = "MaxCapacity", .min = 1, .max = 1,
	    .value = &(const struct document_value) {
	    .offset = offsetof(struct supply, max_capacity),
	    .read = field_integer_not_0, .min = -2, .max = INT32_MAX,
	    .wanted = "a whole number from 1 to 2147483647, or -1 (other) or "
	    "-2 (unknown)", .quoted = true } },
	{ .name = "Level", .min = 1, .max = 1,
	    .value = INTEGER(supply, level, -3, INT32_MAX) },
	{ .name = "SerialNumber", .max = 1,
	    .value = TEXT(supply, serial_number, 64) },
	{ .name = "Spares", .max = 1,
	    .value = INTEGER(supply, spares, 0, INT32_MAX) },
	{ .name = NULL }
};

static const struct document_value report_attributes[] = {
	{ .name = "sequence", .offset = offsetof(struct job_report, sequence),
	    .read = field_sequence, .quoted = true,
	    .wanted = "a whole number from 0 to 9223372036854775807" },
	{ .name = NULL }
};

static const struct document_element report_children[] = {
	{ .name = "Job", .max = MESSAGE_JOBS_MAX, .children = job_children,
	    .begin = begin_job },
	{ .name = "Supply", .max = MESSAGE_SUPPLIES_MAX,
	    .attributes = supply_attributes, .children = supply_children,
	    .begin = begin_supply, .end = end_supply },
	{ .name = NULL }
};

static const struct document_element report_root = {
	.name = "JobReport",
	.attributes = report_attributes,
	.children = report_children,
};

/* Reading. */

static enum error
read_message(const char *bytes, size_t length,
    const struct document_element *root, void *item, char *problem)
{
	struct document document = {
		.namespace = MESSAGE_NAMESPACE,
		.root = root,
		.item = item,
		.problem = problem,
	};

	return xml_read(bytes, length, &document);
}

enum error
message_read_registration(const char *bytes, size_t length,
    struct registration_request *request,
    char problem[static MESSAGE_PROBLEM_SIZE])
{
	struct registration_request got = { 0 };
	enum error error = read_message(bytes, length, &registration_root,
	    &got, problem);

	if (error == ERROR_NONE)
		*request = got;
	explicit_bzero(&got, sizeof(got));
	return error;
}

enum error
message_read_instruction(const char *bytes, size_t length,
    enum instruction *instruction,
    char problem[static MESSAGE_PROBLEM_SIZE])
{
	enum instruction got = INSTRUCTION_STOP;
	enum error error = read_message(bytes, length, &instruction_root,
	    &got, problem);

	if (error == ERROR_NONE)
		*instruction = got;
	return error;
}

enum error
message_read_report(const char *bytes, size_t length,
    struct job_report *report, char problem[static MESSAGE_PROBLEM_SIZE])
{
	struct job_report got = { .sequence = -1 };
	enum error error = read_message(bytes, length, &report_root, &got,
	    problem);

	if (error == ERROR_NONE)
		*report = got;
	else
		message_free_report(&got);
	return error;
}

void
message_free_report(struct job_report *report)
{
	free(report->jobs);
	memset(report, 0, sizeof(*report));
}
