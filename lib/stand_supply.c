#include "lib/stand_supply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ago.h"
#include "lib/outlook.h"

enum level { LEVEL_OK, LEVEL_LOW, LEVEL_SOME, LEVEL_UNKNOWN, LEVEL_ODD,
	LEVEL__MAX };

/* A keyword, in the form of screen_variant, and the flag by which it enters a
 * screen. */
struct word {
	const char	*keyword;
	const char	*flag;
};

static const struct word colorants[] = {
	{ "black", "colorant-black" },
	{ "cyan", "colorant-cyan" },
	{ "magenta", "colorant-magenta" },
	{ "yellow", "colorant-yellow" },
	{ "light-cyan", "colorant-light-cyan" },
	{ "light-magenta", "colorant-light-magenta" },
	{ "photo-black", "colorant-photo-black" },
	{ "gray", "colorant-gray" },
	{ "grey", "colorant-gray" },
	{ "red", "colorant-red" },
	{ "green", "colorant-green" },
	{ "blue", "colorant-blue" },
	{ "white", "colorant-white" },
	/* These say nothing. */
	{ "unknown", "colorant-none" },
	{ "other", "colorant-none" },
	{ "none", "colorant-none" },
	{ NULL, "colorant-raw" }
};

static const struct word types[] = {
	{ "toner", "type-toner" },
	{ "tonercartridge", "type-toner" },
	{ "ink", "type-ink" },
	{ "inkcartridge", "type-ink" },
	{ "inkribbon", "type-ribbon" },
	{ "opc", "type-drum" },
	{ "developer", "type-developer" },
	{ "fuser", "type-fuser" },
	{ "transferunit", "type-transfer-unit" },
	{ "cleanerunit", "type-cleaner-unit" },
	{ "solidwax", "type-wax" },
	{ "staples", "type-staples" },
	{ "wastetoner", "type-waste-toner" },
	{ "wasteink", "type-waste-ink" },
	{ "wastewax", "type-waste" },
	{ "wastewater", "type-waste" },
	{ "wastepaper", "type-waste" },
	{ "other", "type-other" },
	{ "unknown", "type-other" },
	{ NULL, "type-raw" }
};

static void
add_word(struct fields *row, const struct word *words, const char *text)
{
	char form[SCREEN_VARIANT_SIZE];

	screen_variant(text, form);
	while (words->keyword != NULL && strcmp(words->keyword, form) != 0)
		words++;
	fields_add(row, words->flag, text);
}

/* The condition is told by the unit of the supply, not by whole percents. */
static bool
is_under(const struct stand_supply *supply, unsigned percent)
{
	return supply->level * 100 <= supply->max_capacity * percent;
}

static bool
is_receptacle(const struct stand_supply *supply)
{
	return strcmp(supply->class, "receptacleThatIsFilled") == 0;
}

static enum level
level_of(const struct stand_supply *supply, unsigned order_at)
{
	if (supply->level == -3)
		return LEVEL_SOME;
	if (supply->level < 0 || supply->max_capacity <= 0)
		return LEVEL_UNKNOWN;
	if (supply->level > supply->max_capacity)
		return LEVEL_ODD;
	return is_under(supply, order_at) ? LEVEL_LOW : LEVEL_OK;
}

static void
add_why(struct fields *row, const struct stand *stand,
    const struct stand_supply *supply, enum level level)
{
	bool looks_low = strcmp(supply->percent, "unknown") != 0
	    && strtoul(supply->percent, NULL, 10) <= stand->order_at;

	if (is_receptacle(supply)) {
		if (level == LEVEL_LOW)
			fields_flag(row, "why-receptacle");
	} else if (level == LEVEL_SOME)
		fields_flag(row, "why-some");
	else if (level == LEVEL_UNKNOWN)
		fields_flag(row, "why-unknown");
	else if (level == LEVEL_ODD)
		fields_flag(row, "why-odd");
	else if (level == LEVEL_OK && looks_low)
		fields_flag(row, "why-above");
	else if (level == LEVEL_LOW
	    && strcmp(stand->registrations[0].service, "started") != 0)
		fields_flag(row, "why-stopped");
	else if (level == LEVEL_LOW)
		fields_flag(row, "why-next");
}

static void
add_order(struct fields *row, const struct stand *stand,
    const struct stand_supply *supply)
{
	static const struct ago_names names = { "ordered-now", "ordered-min",
		"ordered-h", "ordered-d" };
	static const char *const flags[] = { "order-queued",
		"order-delivered", "order-failed", "order-cancelled" };

	fields_add(row, "order-state", supply->order_state);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i] + strlen("order-"), supply->order_state)
		    == 0)
			fields_flag(row, flags[i]);
	fields_add(row, "order-id", supply->order_id);
	fields_add(row, "ordered-at", supply->ordered_at);
	fields_add(row, "order-percent", supply->order_percent);
	ago_add(row, &names, supply->ordered_at, stand->now);
}

/* A slot's level of a day that was kept. out: false: it was not told. */
static bool
level_find(const char *levels, const char *slot, double *level)
{
	char key[16];
	const char *at;
	char *end;

	snprintf(key, sizeof(key), "\"%s\":", slot);
	at = strstr(levels, key);
	if (at == NULL)
		return false;
	at += strlen(key);
	*level = (double)strtol(at, &end, 10);
	return end != at;
}

/* How long it will last, as its own history since its episode opened tells. */
static void
add_outlook(struct fields *row, const struct stand *stand,
    const struct stand_supply *supply)
{
	struct outlook_level levels[STAND_LEVELS_MAX + 1];
	double capacity = (double)supply->max_capacity, level;
	struct outlook outlook;
	size_t count = 0;

	for (unsigned i = 0; i < stand->level_count; i++) {
		const struct stand_levels *day = &stand->levels[i];

		if (day->ago == 0 || (int64_t)day->ago > supply->opened
		    || !level_find(day->levels, supply->slot, &level)
		    || level < 0 || level > capacity)
			continue;
		levels[count++] = (struct outlook_level){ day->ago,
			level * 100 / capacity };
	}
	levels[count++] = (struct outlook_level){ 0,
		(double)supply->level * 100 / capacity };
	if (!outlook_find(levels, count, 100 / capacity, &outlook))
		return;
	fields_addf(row, "least-days", "%u", outlook.least);
	fields_addf(row, "most-days", "%u", outlook.most);
}

void
stand_supply_add(struct fields *fields, const struct stand *stand,
    const struct stand_supply *supply)
{
	static const char *const flags[LEVEL__MAX] = { "level-ok",
		"level-low", "level-some", "level-unknown", "level-odd" };
	struct fields *row = fields_row(fields, "supply");
	enum level level = level_of(supply, stand->order_at);

	fields_add(row, "supply", supply->slot);
	fields_add(row, "percent", supply->percent);
	fields_add(row, "level", flags[level] + strlen("level-"));
	fields_flag(row, flags[level]);
	add_word(row, types, supply->type);
	if (supply->colorant[0] != '\0') {
		fields_add(row, "colorant", supply->colorant);
		add_word(row, colorants, supply->colorant);
	}
	if (level == LEVEL_OK || level == LEVEL_LOW) {
		fields_add(row, "known", supply->percent);
		if (!is_receptacle(supply))
			fields_flag(row, "marked");
		add_outlook(row, stand, supply);
	}
	if (supply->order_state[0] != '\0')
		add_order(row, stand, supply);
	else
		add_why(row, stand, supply, level);
}
