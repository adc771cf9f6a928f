#include "lib/stand.h"

#include <stdlib.h>
#include <string.h>

#include "lib/stand_fields.h"
#include "lib/text.h"

enum stand_screen {
	SCREEN_CODE_UNKNOWN,
	SCREEN_OPERATE_DEVICE,
	SCREEN_STATUS,
	SCREEN_RELEASED,
	SCREEN__MAX
};

struct stand_screens {
	struct screen	*screens[SCREEN__MAX];
};

static const char *const names[SCREEN__MAX] = {
	[SCREEN_CODE_UNKNOWN] = "code-unknown",
	[SCREEN_OPERATE_DEVICE] = "operate-device",
	[SCREEN_STATUS] = "status",
	[SCREEN_RELEASED] = "released",
};

void
stand_unload(struct stand_screens *screens)
{
	if (screens == NULL)
		return;
	for (unsigned i = 0; i < SCREEN__MAX; i++)
		screen_free(screens->screens[i]);
	free(screens);
}

struct stand_screens *
stand_load(const char *folder, char *problem, size_t size)
{
	struct stand_screens *screens = memory_new(1, sizeof(*screens));

	for (unsigned i = 0; i < SCREEN__MAX; i++) {
		screens->screens[i] = screen_load(folder, names[i], problem,
		    size);
		if (screens->screens[i] == NULL)
			goto out;
	}
	if (!screen_load_variants(screens->screens[SCREEN_OPERATE_DEVICE],
	    folder, problem, size))
		goto out;
	return screens;
out:
	stand_unload(screens);
	return NULL;
}

static void
column_copy(char *to, size_t size, const struct db_value *column)
{
	if (column->type == DB_BYTES)
		text_copy(to, size, column->bytes);
}

static void
supply_take(struct stand *stand, unsigned row, const struct db_value *columns)
{
	struct stand_supply *supply;

	if (row == 0)
		stand->supply_count = 0;
	if (stand->supply_count == STAND_SUPPLIES_MAX)
		return;
	supply = &stand->supplies[stand->supply_count++];
	memset(supply, 0, sizeof(*supply));
	text_copy(supply->percent, sizeof(supply->percent), "unknown");
	column_copy(supply->slot, sizeof(supply->slot), &columns[0]);
	column_copy(supply->class, sizeof(supply->class), &columns[1]);
	column_copy(supply->type, sizeof(supply->type), &columns[2]);
	column_copy(supply->colorant, sizeof(supply->colorant), &columns[3]);
	column_copy(supply->percent, sizeof(supply->percent), &columns[4]);
	supply->level = db_to_integer(&columns[5]);
	supply->max_capacity = db_to_integer(&columns[6]);
	supply->opened = columns[7].type == DB_NULL
	    ? -1 : db_to_integer(&columns[7]);
	column_copy(supply->order_state, sizeof(supply->order_state),
	    &columns[8]);
	column_copy(supply->order_id, sizeof(supply->order_id), &columns[9]);
	column_copy(supply->order_percent, sizeof(supply->order_percent),
	    &columns[10]);
	column_copy(supply->ordered_at, sizeof(supply->ordered_at),
	    &columns[11]);
}

static void
device_take(struct stand *stand, unsigned row, const struct db_value *columns)
{
	struct stand_device *device = &stand->devices[row];

	if (row >= STAND_REGISTRATIONS_MAX)
		return;
	memset(device, 0, sizeof(*device));
	device->id = (uint64_t)db_to_integer(&columns[0]);
	column_copy(device->lowest, sizeof(device->lowest), &columns[1]);
	device->asks = db_to_integer(&columns[2]) != 0;
	stand->device_count = row + 1;
}

static void
levels_take(struct stand *stand, unsigned row, const struct db_value *columns)
{
	if (row >= STAND_LEVELS_MAX)
		return;
	stand->levels[row].ago = (unsigned)db_to_integer(&columns[0]);
	column_copy(stand->levels[row].levels,
	    sizeof(stand->levels[row].levels), &columns[1]);
	stand->level_count = row + 1;
}

static void
pages_take(struct stand *stand, unsigned row, const struct db_value *columns)
{
	static const char *const kinds[KIND__MAX] = { "Print", "Copy", "Scan",
		"FaxIn", "FaxOut", "Other" };
	int64_t ago = db_to_integer(&columns[0]);
	uint64_t pages = (uint64_t)db_to_integer(&columns[3]);

	if (row == 0) {
		memset(stand->pages, 0, sizeof(stand->pages));
		memset(stand->kind_pages, 0, sizeof(stand->kind_pages));
		memset(stand->kind_jobs, 0, sizeof(stand->kind_jobs));
	}
	if (ago < 0 || ago >= STAND_DAYS || columns[1].type != DB_BYTES)
		return;
	stand->pages[ago] += pages;
	for (unsigned i = 0; i < KIND__MAX; i++) {
		if (strcmp(kinds[i], columns[1].bytes) != 0)
			continue;
		stand->kind_pages[i] += pages;
		stand->kind_jobs[i] += (uint64_t)db_to_integer(&columns[2]);
	}
}

/* A call that is repeated begins anew, and may find less. */
static void
begin_anew(struct stand *stand)
{
	stand->submission[0] = '\0';
	stand->supply_count = stand->device_count = stand->level_count = 0;
	memset(stand->pages, 0, sizeof(stand->pages));
	memset(stand->kind_pages, 0, sizeof(stand->kind_pages));
	memset(stand->kind_jobs, 0, sizeof(stand->kind_jobs));
}

enum error
stand_take(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	static void (*const take[])(struct stand *, unsigned,
	    const struct db_value *) = { supply_take, device_take,
		levels_take, pages_take };
	struct stand *stand = arg;

	if (set == 0 && row == 0)
		begin_anew(stand);
	if (set == 0 && row < STAND_REGISTRATIONS_MAX) {
		registration_read(&stand->registrations[row], columns, count);
		stand->count = row + 1;
	}
	if (set == 1)
		column_copy(stand->submission, sizeof(stand->submission),
		    &columns[0]);
	if (set >= 2 && set - 2 < sizeof(take) / sizeof(take[0]))
		take[set - 2](stand, row, columns);
	return ERROR_NONE;
}

const struct stand_device *
stand_device(const struct stand *stand, uint64_t id)
{
	for (unsigned i = 0; i < stand->device_count; i++)
		if (stand->devices[i].id == id)
			return &stand->devices[i];
	return NULL;
}

static enum stand_screen
choose(const struct stand *stand)
{
	const struct registration *newest = &stand->registrations[0];

	if (stand->submission[0] != '\0' || stand->count == 0)
		return SCREEN_CODE_UNKNOWN;
	if (strcmp(newest->state, "ended") == 0)
		return SCREEN_RELEASED;
	return newest->started_at[0] == '\0' ? SCREEN_OPERATE_DEVICE
					     : SCREEN_STATUS;
}

void
stand_fill(const struct stand *stand, const struct stand_screens *screens,
    const char *accept_language, struct text *page)
{
	const struct screen *screen = screens->screens[choose(stand)];
	char language[SCREEN_LANGUAGE_SIZE], model[SCREEN_VARIANT_SIZE];
	struct fields *fields = stand_fields(stand);

	screen_language(screen, accept_language, language);
	screen_variant(stand->registrations[0].make_and_model, model);
	screen_fill_variant(screen, language, model, fields_list(fields),
	    page);
	fields_free(fields);
}
