/* The invented printer: four toners, one job at each look. Every second
 * job is in colour and uses half as much of each colour as of black. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_printer.h"
#include "bin/device_random.h"
#include "bin/device_state.h"
#include "lib/text.h"

struct simulate {
	struct printer			 printer;	/* must be first */
	struct simulate_options		 options;
	struct device_state		*state;
	int				 printed;
};

static const char *const colorants[STATE_TONERS] = {
	"black", "cyan", "magenta", "yellow"
};

static bool
simulate_identify(struct printer *printer, struct printer_identity *who)
{
	struct simulate *simulate = (struct simulate *)printer;
	char symbols[9];

	memset(who, 0, sizeof(*who));
	/* Once invented it stays: it is in the state from then on. */
	if (simulate->state->device_id[0] == '\0') {
		random_symbols(symbols, 8);
		snprintf(who->device_id, sizeof(who->device_id), "EXAMPLE-%s",
		    symbols);
	} else {
		text_copy(who->device_id, sizeof(who->device_id),
		    simulate->state->device_id);
	}
	text_copy(who->make_and_model, sizeof(who->make_and_model),
	    "Example MFC-9340");
	text_copy(who->serial_number, sizeof(who->serial_number),
	    who->device_id);
	text_copy(who->firmware_version, sizeof(who->firmware_version),
	    "1.42");
	return true;
}

static void
toner_use(int *level, int percent)
{
	*level = *level > percent ? *level - percent : 0;
}

static void
job_print(struct simulate *simulate, struct printer_job *job)
{
	int *levels = simulate->state->levels;
	bool color = simulate->printed % 2 == 1;
	int toner;

	memset(job, 0, sizeof(*job));
	random_uuid(job->uuid);
	job->state = "completed";
	job->completed_at = time(NULL);
	job->impressions = 2 + simulate->printed % 10;
	job->full_color = color ? job->impressions : 0;
	job->sheets = (job->impressions + 1) / 2;
	toner_use(&levels[0], simulate->options.use);
	for (toner = 1; color && toner < STATE_TONERS; toner++)
		toner_use(&levels[toner], simulate->options.use / 2);
	simulate->printed++;
}

static void
supplies_tell(const int *levels, struct printer_look *look)
{
	struct printer_supply *supply;
	int toner;

	for (toner = 0; toner < STATE_TONERS; toner++) {
		supply = &look->supplies[toner];
		memset(supply, 0, sizeof(*supply));
		supply->index = toner + 1;
		supply->class = "supplyThatIsConsumed";
		supply->type = "toner";
		text_copy(supply->colorant, sizeof(supply->colorant),
		    colorants[toner]);
		supply->unit = "percent";
		supply->capacity = 100;
		supply->level = levels[toner];
	}
	look->supply_count = STATE_TONERS;
}

static bool
simulate_look(struct printer *printer, bool started, struct printer_look *look)
{
	struct simulate *simulate = (struct simulate *)printer;
	const struct simulate_options *options = &simulate->options;

	look->job_count = 0;
	/* Without toner even an invented printer stops. */
	if (started && simulate->state->levels[0] > 0 &&
	    (options->jobs < 0 || simulate->printed < options->jobs))
		job_print(simulate, &look->jobs[look->job_count++]);
	supplies_tell(simulate->state->levels, look);
	return true;
}

static void
simulate_delivered(struct printer *printer, int supply)
{
	struct simulate *simulate = (struct simulate *)printer;

	if (!simulate->options.replace || supply < 1 || supply > STATE_TONERS)
		return;
	simulate->state->levels[supply - 1] = 100;
	event_tell("replaced", "supply=%d", supply);
}

static void
simulate_close(struct printer *printer)
{
	free(printer);
}

struct printer *
simulate_open(const struct simulate_options *options,
    struct device_state *state)
{
	struct simulate *simulate = memory_new(1, sizeof(*simulate));
	int toner;

	*simulate = (struct simulate) {
		.printer = {
			.identify = simulate_identify,
			.look = simulate_look,
			.delivered = simulate_delivered,
			.close = simulate_close
		},
		.options = *options,
		.state = state
	};
	for (toner = 0; toner < STATE_TONERS; toner++)
		if (state->levels[toner] < 0)
			state->levels[toner] = options->level;
	return &simulate->printer;
}
