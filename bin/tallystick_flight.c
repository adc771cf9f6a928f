#include "bin/tallystick_flight.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define CLAIM_COLUMNS	13

struct flight *
flight_make(const struct db_value *columns, unsigned count,
    const unsigned char owner[static FLIGHT_OWNER_SIZE])
{
	struct flight *flight;

	if (count != CLAIM_COLUMNS)
		log_fatal("a claimed order of %u columns", count);
	flight = memory_new(1, sizeof(*flight));
	if (!text_copy(flight->id, sizeof(flight->id), columns[0].bytes))
		log_fatal("an order's id is too long");
	memcpy(flight->owner, owner, FLIGHT_OWNER_SIZE);
	flight->attempt = (unsigned)db_to_integer(&columns[1]);
	webhook_body(&flight->body, &(struct webhook_order){
		.id = flight->id,
		.test = db_to_integer(&columns[2]) != 0,
		.reason = columns[3].bytes,
		.created_at = columns[4].bytes,
		.registration = columns[5].bytes,
		.device_id = columns[6].bytes,
		.make_and_model = columns[7].bytes,
		.serial_number = columns[8].bytes,
		.slot = db_to_integer(&columns[9]),
		.type = columns[10].bytes,
		.colorant = columns[11].bytes,
		.percent = db_to_integer(&columns[12]) });
	return flight;
}

void
flight_free(struct flight *flight)
{
	text_free(&flight->body);
	free(flight);
}

void
flights_free(struct flight **flights)
{
	struct flight *flight;

	while ((flight = *flights) != NULL) {
		*flights = flight->next;
		flight_free(flight);
	}
}

unsigned
flights_count(const struct flight *flight, bool again)
{
	unsigned count = 0;

	for (; flight != NULL; flight = flight->next)
		count += (flight->attempt > 1) == again;
	return count;
}
