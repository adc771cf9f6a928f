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
	for (unsigned i = 0; i < SCREEN__MAX; i++)
		screen_free(screens->screens[i]);
	free(screens);
	return NULL;
}

static void
column_copy(char *to, size_t size, const struct db_value *column)
{
	if (column->type == DB_BYTES)
		text_copy(to, size, column->bytes);
}

static void
supply_take(struct stand *stand, const struct db_value *columns)
{
	struct stand_supply *supply;

	if (stand->supply_count == STAND_SUPPLIES_MAX)
		return;
	supply = &stand->supplies[stand->supply_count++];
	memset(supply, 0, sizeof(*supply));
	text_copy(supply->percent, sizeof(supply->percent), "unknown");
	column_copy(supply->slot, sizeof(supply->slot), &columns[0]);
	column_copy(supply->type, sizeof(supply->type), &columns[1]);
	column_copy(supply->colorant, sizeof(supply->colorant), &columns[2]);
	column_copy(supply->percent, sizeof(supply->percent), &columns[3]);
	column_copy(supply->level, sizeof(supply->level), &columns[4]);
}

enum error
stand_take(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct stand *stand = arg;

	/* A call that is repeated begins anew, and may find less. */
	if (set == 0 && row == 0)
		stand->submission[0] = '\0';
	if ((set == 0 || set == 2) && row == 0)
		stand->supply_count = 0;
	if (set == 0 && row < STAND_REGISTRATIONS_MAX) {
		registration_read(&stand->registrations[row], columns, count);
		stand->count = row + 1;
	}
	if (set == 1)
		column_copy(stand->submission, sizeof(stand->submission),
		    &columns[0]);
	if (set == 2)
		supply_take(stand, columns);
	return ERROR_NONE;
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
	struct screen_field *fields = stand_fields(stand);

	screen_language(screen, accept_language, language);
	screen_variant(stand->registrations[0].make_and_model, model);
	screen_fill_variant(screen, language, model, fields, page);
	stand_fields_free(fields);
}
