#include "lib/registration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/message.h"

/* A column that does not fit what the schema bounds is a broken invariant. */
static void
column_copy(char *to, size_t size, const struct db_value *column)
{
	to[0] = '\0';
	if (column->type == DB_BYTES && !text_copy(to, size, column->bytes))
		log_fatal("a registration's column is too long");
}

#define COPY(field, column) \
	column_copy(registration->field, sizeof(registration->field), \
	    &row[column])

void
registration_read(struct registration *registration,
    const struct db_value *columns, unsigned count)
{
	struct db_value row[REGISTRATION__MAX];

	if (count == 0 || count > REGISTRATION__MAX)
		log_fatal("a registration of %u columns", count);
	for (unsigned i = 0; i < REGISTRATION__MAX; i++)
		row[i] = i < count ? columns[i] : db_null();
	memset(registration, 0, sizeof(*registration));
	COPY(outcome, REGISTRATION_OUTCOME);
	registration->left_version
	    = (uint32_t)db_to_integer(&row[REGISTRATION_LEFT_VERSION]);
	registration->id = (uint64_t)db_to_integer(&row[REGISTRATION_ID]);
	registration->version
	    = (uint32_t)db_to_integer(&row[REGISTRATION_VERSION]);
	COPY(state, REGISTRATION_STATE);
	COPY(service, REGISTRATION_SERVICE);
	COPY(orders, REGISTRATION_ORDERS);
	COPY(expires_at, REGISTRATION_EXPIRES_AT);
	COPY(device_id, REGISTRATION_DEVICE_ID);
	COPY(paired_at, REGISTRATION_PAIRED_AT);
	COPY(started_at, REGISTRATION_STARTED_AT);
	COPY(make_and_model, REGISTRATION_MAKE_AND_MODEL);
	COPY(serial_number, REGISTRATION_SERIAL_NUMBER);
	COPY(ended_by, REGISTRATION_ENDED_BY);
	COPY(seen_at, REGISTRATION_SEEN_AT);
}

enum error
registrations_take(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct registrations *registrations = arg;

	/* The first of a call, or of its repeat. */
	if (set == 0 && row == 0)
		registrations->count = 0;
	if (registrations->count >= REGISTRATIONS_MAX)
		log_fatal("more than %d registrations", REGISTRATIONS_MAX);
	registration_read(&registrations->row[registrations->count++],
	    columns, count);
	return ERROR_NONE;
}

enum error
registration_error(const struct registration *registration)
{
	static const struct {
		const char	*outcome;
		enum error	 error;
	} errors[] = {
		{ "ok", ERROR_NONE },
		{ "unauthorized", ERROR_UNAUTHORIZED },
		{ "gone", ERROR_GONE },
		{ "not-paired", ERROR_NOT_PAIRED },
		{ "not-admitted", ERROR_NOT_ADMITTED },
		{ "throttled", ERROR_THROTTLED },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].outcome, registration->outcome) == 0)
			return errors[i].error;
	}
	log_fatal("unknown outcome '%s'", registration->outcome);
}

enum error
registrations_call(struct db *db, size_t statement,
    const struct db_value *values, struct registrations *registrations)
{
	enum error error;

	error = db_call(db, statement, values, registrations_take,
	    registrations);
	return error == ERROR_NONE ? registration_error(&registrations->row[0])
				   : error;
}

bool
registration_next_order(const char **orders, struct registration_order *order)
{
	int length = 0;

	if (sscanf(*orders, "%5s %11s %39s%n", order->slot, order->state,
	    order->id, &length) != 3)
		return false;
	*orders += length;
	return true;
}

void
registration_write_orders(struct text *text,
    const struct registration *registration)
{
	const char *orders = registration->orders;
	struct registration_order order;

	while (registration_next_order(&orders, &order))
		text_addf(text,
		    "  <Order supply=\"%s\" state=\"%s\" id=\"%s\"/>\n",
		    order.slot, order.state, order.id);
}

static void
element(struct text *text, const char *name, const char *value)
{
	text_addf(text, "  <%s>", name);
	text_add_xml(text, value);
	text_addf(text, "</%s>\n", name);
}

void
registration_write(struct text *text, const struct registration *registration,
    const char *base_url, const char *token)
{
	text_addf(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<Registration xmlns=\"" MESSAGE_NAMESPACE "\" version=\"%" PRIu32
	    "\" state=\"%s\" service=\"%s\">\n",
	    registration->version, registration->state,
	    registration->service);
	element(text, "DeviceId", registration->device_id);
	if (token != NULL)
		element(text, "Token", token);
	text_add(text, "  <PairingPage>");
	text_add_xml(text, base_url);
	text_add(text, "/pair</PairingPage>\n");
	if (strcmp(registration->state, "pending") == 0)
		element(text, "ExpiresAt", registration->expires_at);
	if (strcmp(registration->state, "paired") == 0) {
		text_addf(text, "  <Service connected=\"%s\"",
		    registration->paired_at);
		if (registration->started_at[0] != '\0')
			text_addf(text, " started=\"%s\"",
			    registration->started_at);
		text_add(text, "/>\n");
		registration_write_orders(text, registration);
	}
	text_add(text, "</Registration>\n");
}

void
registration_channel(const struct registration *registration,
    uint32_t version, char channel[static REGISTRATION_CHANNEL_SIZE])
{
	snprintf(channel, REGISTRATION_CHANNEL_SIZE, "%" PRIu64 ".%" PRIu32,
	    registration->id, version);
}
