/* See device_ipp.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bin/device_ipp.h"
#include "lib/text.h"

static int
group_number(ipp_attribute_t *attribute)
{
	/* An attribute may be there and say "no value", or "unknown". */
	switch (ippGetValueTag(attribute)) {
	case IPP_TAG_INTEGER:
	case IPP_TAG_ENUM:
		return ippGetInteger(attribute, 0);
	default:
		return -1;
	}
}

/* Whether it has the shape that the protocol takes: urn:uuid: and 36. */
static bool
uuid_good(const char *uuid)
{
	size_t i;

	if (strlen(uuid) != 45 || strncasecmp(uuid, "urn:uuid:", 9) != 0)
		return false;
	for (i = 9; i < 45; i++)
		if (i == 17 || i == 22 || i == 27 || i == 32) {
			if (uuid[i] != '-')
				return false;
		} else if (!isxdigit((unsigned char)uuid[i])) {
			return false;
		}
	return true;
}

static const char *
job_state_word(int state)
{
	switch (state) {
	case IPP_JSTATE_COMPLETED:
		return "completed";
	case IPP_JSTATE_CANCELED:
		return "canceled";
	case IPP_JSTATE_ABORTED:
		return "aborted";
	default:
		return NULL;	/* not over, whatever was asked for */
	}
}

static int
full_color_find(ipp_attribute_t *attribute)
{
	ipp_attribute_t *member;

	if (ippGetValueTag(attribute) != IPP_TAG_BEGIN_COLLECTION)
		return -1;
	member = ippFindAttribute(ippGetCollection(attribute, 0),
	    "full-color", IPP_TAG_INTEGER);
	return member != NULL ? ippGetInteger(member, 0) : -1;
}

static void
job_attribute_read(ipp_attribute_t *attribute, struct printer_job *job,
    int *clock)
{
	const char *name = ippGetName(attribute);
	const char *uuid;

	if (strcmp(name, "job-uuid") == 0) {
		uuid = ippGetString(attribute, 0, NULL);
		if (uuid != NULL && uuid_good(uuid))
			text_copy(job->uuid, sizeof(job->uuid), uuid);
	} else if (strcmp(name, "job-id") == 0) {
		job->id = group_number(attribute);
	} else if (strcmp(name, "job-state") == 0) {
		job->state = job_state_word(group_number(attribute));
	} else if (strcmp(name, "job-impressions-completed") == 0) {
		job->impressions = group_number(attribute);
	} else if (strcmp(name, "job-impressions-completed-col") == 0) {
		job->full_color = full_color_find(attribute);
	} else if (strcmp(name, "job-media-sheets-completed") == 0) {
		job->sheets = group_number(attribute);
	} else if (strcmp(name, "time-at-completed") == 0) {
		job->up_time = group_number(attribute);
	} else if (strcmp(name, "job-printer-up-time") == 0) {
		*clock = group_number(attribute);
	} else if (strcmp(name, "date-time-at-completed") == 0 &&
	    ippGetValueTag(attribute) == IPP_TAG_DATE) {
		job->completed_at = ippDateToTime(ippGetDate(attribute, 0));
	}
}

/* Read the attributes of one job, which end where another group begins.
 * out: whether this is a job to report. */
static bool
job_read(ipp_t *answer, ipp_attribute_t *attribute, struct printer_job *job)
{
	int clock = -1;

	*job = (struct printer_job) {
		.id = -1, .impressions = -1, .full_color = -1, .sheets = -1
	};
	while (attribute != NULL && ippGetName(attribute) != NULL) {
		job_attribute_read(attribute, job, &clock);
		attribute = ippNextAttribute(answer);
	}
	if (job->state == NULL || (job->uuid[0] == '\0' && job->id < 1))
		return false;
	/* A printer without a calendar still has a clock. */
	if (job->completed_at <= 0 && job->up_time > 0 &&
	    clock >= job->up_time)
		job->completed_at = time(NULL) - (clock - job->up_time);
	/* Required of us, optional for printers: sheets are the next best. */
	if (job->impressions < 0)
		job->impressions = job->sheets > 0 ? job->sheets : 0;
	return true;
}

void
ipp_jobs_read(ipp_t *answer, struct printer_look *look)
{
	ipp_attribute_t *attribute;

	look->job_count = 0;
	for (attribute = ippFirstAttribute(answer); attribute != NULL;
	    attribute = ippNextAttribute(answer)) {
		if (ippGetGroupTag(attribute) != IPP_TAG_JOB ||
		    ippGetName(attribute) == NULL)
			continue;
		if (look->job_count < PRINTER_JOBS_MAX &&
		    job_read(answer, attribute,
		    &look->jobs[look->job_count]))
			look->job_count++;
	}
}

/* The value of one key in `index=1;type=toner;…`; "" where it lacks. */
static void
key_find(const char *list, const char *key, char *to, size_t size)
{
	size_t length, name = strlen(key);

	to[0] = '\0';
	for (; *list != '\0'; list += length) {
		list += strspn(list, "; ");
		length = strcspn(list, ";");
		if (length > name && list[name] == '=' &&
		    strncasecmp(list, key, name) == 0) {
			snprintf(to, size, "%.*s", (int)(length - name - 1),
			    list + name + 1);
			return;
		}
	}
}

static int
key_number(const char *list, const char *key, int otherwise)
{
	char value[32], *end;
	long number;

	key_find(list, key, value, sizeof(value));
	number = strtol(value, &end, 10);
	if (end == value || *end != '\0' || number < -3 || number > 2147483647)
		return otherwise;
	return (int)number;
}

/* Take a supply if the report may hold it: an index once, 1 to 65535. */
static void
supply_take(struct printer_look *look, const struct printer_supply *supply)
{
	size_t i;

	if (supply->class == NULL || supply->index < 1 ||
	    supply->index > 65535 || look->supply_count == PRINTER_SUPPLIES_MAX)
		return;
	for (i = 0; i < look->supply_count; i++)
		if (look->supplies[i].index == supply->index)
			return;
	look->supplies[look->supply_count] = *supply;
	if (supply->capacity == 0 || supply->capacity < -2)
		look->supplies[look->supply_count].capacity = -2;
	look->supply_count++;
}

static void
colorant_take(struct printer_supply *supply, const char *name)
{
	size_t length = 0;

	if (strcasecmp(name, "unknown") == 0 || strcasecmp(name, "none") == 0)
		return;
	for (; *name != '\0' && length + 1 < sizeof(supply->colorant); name++)
		if (*name > ' ' && *name < 0x7f)
			supply->colorant[length++] = *name;
}

/* One value of printer-supply (PWG 5100.13, section 5.6.30), an octet
 * string without a NUL. */
static void
printer_supply_read(const char *bytes, int length, int position,
    struct printer_look *look)
{
	struct printer_supply supply = { 0 };
	char list[1024], word[64];

	if (length <= 0 || length >= (int)sizeof(list))
		return;
	memcpy(list, bytes, (size_t)length);
	list[length] = '\0';
	supply.index = key_number(list, "index", position);
	key_find(list, "class", word, sizeof(word));
	supply.class = supply_class(word);
	key_find(list, "type", word, sizeof(word));
	supply.type = supply_type(word);
	key_find(list, "unit", word, sizeof(word));
	supply.unit = supply_unit(word);
	key_find(list, "colorantname", word, sizeof(word));
	colorant_take(&supply, word);
	supply.capacity = key_number(list, "maxcapacity", -2);
	supply.level = key_number(list, "level", -2);
	supply_take(look, &supply);
}

static const char *
color_name(const char *color)
{
	static const char *const names[][2] = {
		{ "#000000", "black" }, { "#00FFFF", "cyan" },
		{ "#FF00FF", "magenta" }, { "#FFFF00", "yellow" },
		{ "#FF0000", "red" }, { "#00FF00", "green" },
		{ "#0000FF", "blue" }, { "#FFFFFF", "white" },
	};
	size_t i;

	for (i = 0; color != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(color, names[i][0]) == 0)
			return names[i][1];
	return "unknown";
}

/* The older marker-* lists, which run side by side: always percent. */
static void
markers_read(ipp_t *answer, struct printer_look *look)
{
	ipp_attribute_t *types = ippFindAttribute(answer, "marker-types",
	    IPP_TAG_ZERO);
	ipp_attribute_t *levels = ippFindAttribute(answer, "marker-levels",
	    IPP_TAG_INTEGER);
	ipp_attribute_t *colors = ippFindAttribute(answer, "marker-colors",
	    IPP_TAG_ZERO);
	struct printer_supply supply;
	const char *type;
	int i;

	for (i = 0; i < ippGetCount(levels); i++) {
		type = i < ippGetCount(types) ?
		    ippGetString(types, i, NULL) : NULL;
		supply = (struct printer_supply) {
			.index = i + 1,
			.class = type != NULL &&
			    strncasecmp(type, "waste", 5) == 0 ?
			    "receptacleThatIsFilled" : "supplyThatIsConsumed",
			.type = supply_type(type != NULL ? type : ""),
			.unit = "percent",
			.capacity = 100,
			.level = ippGetInteger(levels, i)
		};
		if (supply.level < -3)
			supply.level = -2;
		if (i < ippGetCount(colors))
			colorant_take(&supply,
			    color_name(ippGetString(colors, i, NULL)));
		supply_take(look, &supply);
	}
}

void
ipp_supplies_read(ipp_t *answer, struct printer_look *look)
{
	ipp_attribute_t *list = ippFindAttribute(answer, "printer-supply",
	    IPP_TAG_STRING);
	const char *bytes;
	int i, length;

	look->supply_count = 0;
	for (i = 0; i < ippGetCount(list); i++) {
		bytes = ippGetOctetString(list, i, &length);
		if (bytes != NULL)
			printer_supply_read(bytes, length, i + 1, look);
	}
	if (look->supply_count == 0)
		markers_read(answer, look);
}
