/* See device_message.h. */
#include <stdio.h>
#include <time.h>

#include "bin/device_message.h"

#define NAMESPACE " xmlns=\"urn:tallystick:1\""

static void
element_text(struct text *text, const char *name, const char *value)
{
	text_addf(text, "<%s>", name);
	text_add_xml(text, value);
	text_addf(text, "</%s>", name);
}

static void
element_number(struct text *text, const char *name, int value)
{
	text_addf(text, "<%s>%d</%s>", name, value, name);
}

/* An optional element: a device that does not know says nothing, rather
 * than 0 or "unknown". */
static void
element_known(struct text *text, const char *name, const char *value)
{
	if (value[0] != '\0')
		element_text(text, name, value);
}

static void
element_time(struct text *text, const char *name, time_t when)
{
	char value[32];
	struct tm utc;

	if (when <= 0 || gmtime_r(&when, &utc) == NULL)
		return;
	strftime(value, sizeof(value), "%Y-%m-%dT%H:%M:%SZ", &utc);
	element_text(text, name, value);
}

void
message_registration(struct text *text, const struct printer_identity *who,
    const char *code)
{
	text_add(text, "<RegistrationRequest" NAMESPACE ">");
	element_text(text, "DeviceId", who->device_id);
	element_text(text, "Code", code);
	element_text(text, "MakeAndModel", who->make_and_model);
	element_known(text, "SerialNumber", who->serial_number);
	element_known(text, "FirmwareVersion", who->firmware_version);
	text_add(text, "</RegistrationRequest>");
}

void
message_instruction(struct text *text, const char *action)
{
	text_addf(text, "<Instruction" NAMESPACE " action=\"%s\"/>", action);
}

void
message_job(struct text *text, const struct printer_job *job)
{
	text_add(text, "<Job>");
	if (job->uuid[0] != '\0') {
		element_text(text, "JobUuid", job->uuid);
	} else {
		element_number(text, "JobId", job->id);
		element_number(text, "PrinterUpTime",
		    job->up_time > 0 ? job->up_time : 0);
	}
	element_text(text, "JobKind", "Print");
	element_text(text, "JobState", job->state);
	element_time(text, "DateTimeAtCompleted", job->completed_at);
	element_number(text, "ImpressionsCompleted", job->impressions);
	if (job->full_color >= 0)
		element_number(text, "ImpressionsFullColor", job->full_color);
	if (job->sheets >= 0)
		element_number(text, "MediaSheetsCompleted", job->sheets);
	text_add(text, "</Job>");
}

void
message_supplies(struct text *text, const struct printer_look *look)
{
	const struct printer_supply *supply;
	size_t i;

	for (i = 0; i < look->supply_count; i++) {
		supply = &look->supplies[i];
		text_addf(text, "<Supply index=\"%d\">", supply->index);
		element_text(text, "Class", supply->class);
		element_text(text, "Type", supply->type);
		element_known(text, "Colorant", supply->colorant);
		element_text(text, "Unit", supply->unit);
		element_number(text, "MaxCapacity", supply->capacity);
		element_number(text, "Level", supply->level);
		text_add(text, "</Supply>");
	}
}

void
message_report(struct text *text, const struct device_state *state,
    const char *supplies)
{
	size_t i;

	text_addf(text, "<JobReport" NAMESPACE " sequence=\"%lld\">",
	    state->sequence);
	for (i = 0; i < state->report_jobs; i++)
		text_add(text, state->jobs.items[i]);
	if (supplies != NULL)
		text_add(text, supplies);
	text_add(text, "</JobReport>");
}
