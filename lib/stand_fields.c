#include "lib/stand_fields.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ago.h"
#include "lib/stand_pages.h"
#include "lib/stand_supply.h"
#include "lib/text.h"

/* A device that only holds its connection is noted every 15 minutes (the
 * procedure connect), and after an answer it asks again. */
#define SEEN_LATELY_S	(20 * 60)

/* What people compare with the label: the last 4 characters of the serial
 * number, or of the DeviceId where the device told none. */
static const char *
serial_end(const struct registration *registration)
{
	const char *serial = registration->serial_number[0] != '\0'
	    ? registration->serial_number : registration->device_id;
	size_t length = strlen(serial), back = 0, characters = 0;

	while (back < length && characters < 4) {
		back++;
		if ((serial[length - back] & 0xc0) != 0x80)
			characters++;
	}
	return serial + length - back;
}

static void
add_times(struct fields *fields, const struct registration *registration,
    int64_t now)
{
	static const struct ago_names seen = { "seen-now", "seen-min",
		"seen-h", "seen-d" };
	static const struct ago_names started = { "started-now",
		"started-min", "started-h", "started-d" };
	static const struct ago_names paired = { "paired-now", "paired-min",
		"paired-h", "paired-d" };
	int64_t waited = ago_seconds(registration->paired_at, now);
	int64_t unheard = ago_seconds(registration->seen_at, now);

	fields_add(fields, "seen-at", registration->seen_at);
	if (unheard >= 60 && unheard < SEEN_LATELY_S)
		fields_flag(fields, "seen-lately");
	else
		ago_add(fields, &seen, registration->seen_at, now);
	ago_add(fields, &paired, registration->paired_at, now);
	if (registration->started_at[0] != '\0') {
		fields_add(fields, "started-at", registration->started_at);
		ago_add(fields, &started, registration->started_at, now);
	} else if (waited < STAND_WAIT_S)
		fields_addf(fields, "wait-left", "%" PRId64,
		    STAND_WAIT_S - waited);
	else
		fields_flag(fields, "waits-long");
}

static void
add_registration(struct fields *fields, const struct stand *stand)
{
	const struct registration *registration = &stand->registrations[0];
	const struct stand_device *device = stand_device(stand,
	    registration->id);

	fields_addf(fields, "registration", "%" PRIu64, registration->id);
	fields_addf(fields, "version", "%" PRIu32, registration->version);
	fields_add(fields, "state", registration->state);
	fields_add(fields, "service", registration->service);
	fields_flag(fields, registration->state);
	fields_flag(fields, registration->service);
	/* A name of its own, which must last as long as the field. */
	if (strcmp(registration->ended_by, "user") == 0)
		fields_flag(fields, "ended-by-user");
	else if (strcmp(registration->ended_by, "device") == 0)
		fields_flag(fields, "ended-by-device");
	else if (strcmp(registration->ended_by, "superseded") == 0)
		fields_flag(fields, "ended-by-superseded");
	else if (strcmp(registration->ended_by, "operator") == 0)
		fields_flag(fields, "ended-by-operator");
	if (device != NULL && device->asks)
		fields_flag(fields, "asks");
	fields_add(fields, "make-and-model", registration->make_and_model);
	fields_add(fields, "serial-end", serial_end(registration));
	add_times(fields, registration, stand->now);
}

static void
add_other(struct fields *fields, const struct stand *stand,
    const struct registration *other)
{
	const struct stand_device *device = stand_device(stand, other->id);
	struct fields *row = fields_row(fields, "other");

	fields_addf(row, "other-link", "status?registration=%" PRIu64,
	    other->id);
	fields_add(row, "other-name", other->make_and_model);
	fields_add(row, "other-serial", serial_end(other));
	if (strcmp(other->state, "paired") != 0)
		fields_flag(row, "other-ended");
	else if (strcmp(other->service, "started") == 0)
		fields_flag(row, "other-on");
	else if (other->started_at[0] != '\0')
		fields_flag(row, "other-paused");
	else
		fields_flag(row, "other-waiting");
	if (device == NULL)
		return;
	if (device->asks)
		fields_flag(row, "other-asks");
	if (device->lowest[0] != '\0')
		fields_add(row, "other-lowest", device->lowest);
}

static void
add_others(struct fields *fields, const struct stand *stand, unsigned from)
{
	if (from < stand->count)
		fields_flag(fields, "has-others");
	for (unsigned i = from; i < stand->count; i++)
		add_other(fields, stand, &stand->registrations[i]);
}

struct fields *
stand_fields(const struct stand *stand)
{
	struct fields *fields = fields_new();
	bool waits = stand->submission[0] != '\0';

	fields_addf(fields, "mark", "%u", stand->order_at);
	if (waits)
		fields_flag(fields, stand->submission);
	else if (stand->count > 0) {
		add_registration(fields, stand);
		if (stand->supply_count > 0)
			fields_flag(fields, "has-supplies");
		for (unsigned i = 0; i < stand->supply_count; i++)
			stand_supply_add(fields, stand, &stand->supplies[i]);
		stand_pages_add(fields, stand);
	}
	add_others(fields, stand, waits ? 0 : 1);
	return fields;
}
