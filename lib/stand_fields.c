#include "lib/stand_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

#define FIXED_MAX	24	/* fields that are no rows */
#define ROW_MAX		7	/* fields of a row, and its end */
#define ORDERS_MAX	64
#define ROWS_MAX \
	(STAND_SUPPLIES_MAX + ORDERS_MAX + STAND_REGISTRATIONS_MAX)

/* All in one piece of memory, so that one free ends it. */
struct page {
	struct screen_field		field[FIXED_MAX + ROWS_MAX + 1];
	struct screen_field		row[ROWS_MAX][ROW_MAX];
	unsigned			field_count;
	unsigned			row_count;
	char				id[24], version[16], ended_by[32];
	char				serial_end[32];
	struct registration_order	order[ORDERS_MAX];
	char				link[STAND_REGISTRATIONS_MAX][48];
};

static void
add(struct page *page, const char *name, const char *value)
{
	if (page->field_count < FIXED_MAX + ROWS_MAX)
		page->field[page->field_count++]
		    = (struct screen_field){ name, value, NULL };
}

/* A row of a list; out: its fields, to be filled, all empty. */
static struct screen_field *
add_row(struct page *page, const char *list)
{
	struct screen_field *row = page->row[page->row_count++];

	page->field[page->field_count++]
	    = (struct screen_field){ list, NULL, row };
	return row;
}

/* What people compare with the label: the last 4 characters of the serial
 * number, or of the DeviceId where the device told none. */
static void
serial_end(const struct registration *registration, char *end, size_t size)
{
	const char *serial = registration->serial_number[0] != '\0'
	    ? registration->serial_number : registration->device_id;
	size_t length = strlen(serial), back = 0, characters = 0;

	while (back < length && characters < 4) {
		back++;
		if ((serial[length - back] & 0xc0) != 0x80)
			characters++;
	}
	text_copy(end, size, serial + length - back);
}

static void
add_registration(struct page *page, const struct registration *registration)
{
	snprintf(page->id, sizeof(page->id), "%" PRIu64, registration->id);
	snprintf(page->version, sizeof(page->version), "%" PRIu32,
	    registration->version);
	snprintf(page->ended_by, sizeof(page->ended_by), "ended-by-%s",
	    registration->ended_by);
	serial_end(registration, page->serial_end, sizeof(page->serial_end));
	add(page, "registration", page->id);
	add(page, "version", page->version);
	add(page, "state", registration->state);
	add(page, "service", registration->service);
	add(page, registration->state, "");
	add(page, registration->service, "");
	add(page, page->ended_by, "");
	add(page, "make-and-model", registration->make_and_model);
	add(page, "serial-end", page->serial_end);
	add(page, "paired-at", registration->paired_at);
	add(page, "seen-at", registration->seen_at);
	if (registration->started_at[0] != '\0')
		add(page, "started-at", registration->started_at);
}

static void
add_supplies(struct page *page, const struct stand *stand)
{
	if (stand->supply_count > 0)
		add(page, "has-supplies", "");
	for (unsigned i = 0; i < stand->supply_count; i++) {
		const struct stand_supply *supply = &stand->supplies[i];
		struct screen_field *row = add_row(page, "supply");
		bool known = strcmp(supply->percent, "unknown") != 0;

		row->name = "supply", row++->value = supply->slot;
		row->name = "percent", row++->value = supply->percent;
		row->name = "type", row++->value = supply->type;
		row->name = "level-text", row++->value = supply->level;
		if (supply->colorant[0] != '\0')
			row->name = "colorant", row++->value = supply->colorant;
		if (known)
			row->name = "known", row->value = supply->percent;
	}
}

static void
add_orders(struct page *page, const struct registration *registration)
{
	const char *orders = registration->orders;
	unsigned count = 0;

	while (count < ORDERS_MAX
	    && registration_next_order(&orders, &page->order[count])) {
		const struct registration_order *order = &page->order[count];
		struct screen_field *row = add_row(page, "order");

		row->name = "order-supply", row++->value = order->slot;
		row->name = "order-state", row++->value = order->state;
		row->name = order->state, row++->value = "";
		row->name = "order-id", row->value = order->id;
		count++;
	}
	if (count > 0)
		add(page, "has-orders", "");
}

static void
add_others(struct page *page, const struct stand *stand, unsigned from)
{
	if (from < stand->count)
		add(page, "has-others", "");
	for (unsigned i = from; i < stand->count; i++) {
		const struct registration *other = &stand->registrations[i];
		struct screen_field *row = add_row(page, "other");

		snprintf(page->link[i], sizeof(page->link[i]),
		    "status?registration=%" PRIu64, other->id);
		row->name = "other-link", row++->value = page->link[i];
		row->name = "other-name", row++->value = other->make_and_model;
		row->name = "other-state", row->value = other->state;
	}
}

struct screen_field *
stand_fields(const struct stand *stand)
{
	struct page *page = memory_new(1, sizeof(*page));
	bool waits = stand->submission[0] != '\0';

	if (waits)
		add(page, stand->submission, "");
	else if (stand->count > 0) {
		add_registration(page, &stand->registrations[0]);
		add_supplies(page, stand);
		add_orders(page, &stand->registrations[0]);
	}
	add_others(page, stand, waits ? 0 : 1);
	return page->field;
}

void
stand_fields_free(struct screen_field *fields)
{
	/* The fields are the first thing in the piece. */
	free(fields);
}
