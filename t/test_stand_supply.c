/* lib/stand_supply: a supply in words and figures. */
#include <string.h>

#include "lib/stand_supply.h"
#include "t/test.h"

#define NOON	1795348800	/* 2026-11-22T12:00:00Z */

static struct stand stand;
static struct stand_supply *supply = &stand.supplies[0];
static struct fields *gathered;
static const struct screen_field *row;

static const char *
value(const char *name)
{
	for (const struct screen_field *at = row; at->name != NULL; at++)
		if (strcmp(at->name, name) == 0)
			return at->value;
	return NULL;
}

static void
gather(void)
{
	fields_free(gathered);
	gathered = fields_new();
	stand_supply_add(gathered, &stand, supply);
	row = fields_list(gathered)->row;
	CU_ASSERT_STRING_EQUAL(fields_list(gathered)->name, "supply");
}

static void
begin(const char *percent, int64_t level, int64_t max_capacity)
{
	memset(&stand, 0, sizeof(stand));
	stand.now = NOON;
	stand.order_at = 20;
	stand.count = stand.supply_count = 1;
	strcpy(stand.registrations[0].state, "paired");
	strcpy(stand.registrations[0].service, "started");
	strcpy(supply->slot, "1");
	strcpy(supply->class, "supplyThatIsConsumed");
	strcpy(supply->type, "toner");
	strcpy(supply->percent, percent);
	supply->level = level;
	supply->max_capacity = max_capacity;
	supply->opened = -1;
}

/* in: NULL: it is not there. */
static bool
is(const char *name, const char *wanted)
{
	const char *found = value(name);
	bool same = wanted == NULL || found == NULL ? wanted == found
	    : strcmp(wanted, found) == 0;

	if (!same)
		fprintf(stderr, "\n  %s is %s\n", name,
		    found != NULL ? found : "missing");
	return same;
}

/* How many reasons are told. */
static unsigned
whys(void)
{
	unsigned count = 0;

	for (const struct screen_field *at = row; at->name != NULL; at++)
		count += strncmp(at->name, "why-", 4) == 0;
	return count;
}

static bool
tells(const char *percent, int64_t level, int64_t max_capacity,
    const char *state, const char *why)
{
	begin(percent, level, max_capacity);
	gather();
	return is("level", state) && whys() == (why != NULL)
	    && (why == NULL || is(why, ""));
}

static void
supply_levels(void)
{
	CU_ASSERT(tells("18", 18, 100, "low", "why-next"));
	CU_ASSERT(is("known", "18"));
	CU_ASSERT(is("marked", ""));
	CU_ASSERT(is("percent", "18"));
	CU_ASSERT(is("supply", "1"));
	CU_ASSERT(is("level-low", ""));
	CU_ASSERT(tells("20", 20, 100, "low", "why-next"));
	CU_ASSERT(tells("21", 21, 100, "ok", NULL));
	CU_ASSERT(tells("0", 0, 100, "low", "why-next"));
	/* Floor says 20, the device's own unit a little more. */
	CU_ASSERT(tells("20", 201, 1000, "ok", "why-above"));
	CU_ASSERT(is("known", "20"));
	CU_ASSERT(tells("unknown", -3, 100, "some", "why-some"));
	CU_ASSERT(is("known", NULL));
	CU_ASSERT(tells("unknown", -2, 100, "unknown", "why-unknown"));
	CU_ASSERT(tells("unknown", -1, 100, "unknown", "why-unknown"));
	CU_ASSERT(tells("unknown", 5, -2, "unknown", "why-unknown"));
	CU_ASSERT(tells("100", 300, 100, "odd", "why-odd"));
	CU_ASSERT(is("known", NULL));
	CU_ASSERT(tells("100", 2147483647, 2147483647, "ok", NULL));
}

static void
supply_reasons(void)
{
	begin("18", 18, 100);
	strcpy(stand.registrations[0].service, "stopped");
	gather();
	CU_ASSERT(is("why-stopped", "") && whys() == 1);
	strcpy(supply->class, "receptacleThatIsFilled");
	gather();
	CU_ASSERT(is("why-receptacle", "") && whys() == 1);
	CU_ASSERT(is("marked", NULL));
	supply->level = -3;
	gather();
	CU_ASSERT_EQUAL(whys(), 0);
	/* What is ordered needs no reason. */
	begin("18", 18, 100);
	strcpy(supply->order_state, "cancelled");
	gather();
	CU_ASSERT_EQUAL(whys(), 0);
}

static void
supply_order(void)
{
	begin("10", 10, 100);
	gather();
	CU_ASSERT(is("order-state", NULL));
	strcpy(supply->order_state, "delivered");
	strcpy(supply->order_id, "id");
	strcpy(supply->order_percent, "19");
	strcpy(supply->ordered_at, "2026-11-20T11:00:00Z");
	gather();
	CU_ASSERT(is("order-state", "delivered"));
	CU_ASSERT(is("order-delivered", ""));
	CU_ASSERT(is("order-queued", NULL));
	CU_ASSERT(is("order-id", "id"));
	CU_ASSERT(is("order-percent", "19"));
	CU_ASSERT(is("ordered-d", "2"));
	CU_ASSERT(is("ordered-at", "2026-11-20T11:00:00Z"));
}

static void
words(const char *type, const char *colorant, const char *type_flag,
    const char *colorant_flag)
{
	begin("50", 50, 100);
	strcpy(supply->type, type);
	strcpy(supply->colorant, colorant);
	gather();
	CU_ASSERT(is(type_flag, type));
	if (colorant_flag != NULL)
		CU_ASSERT(is(colorant_flag, colorant));
}

static void
supply_words(void)
{
	words("toner", "cyan", "type-toner", "colorant-cyan");
	words("tonerCartridge", "Light Magenta", "type-toner",
	    "colorant-light-magenta");
	words("opc", "GREY", "type-drum", "colorant-gray");
	words("wasteToner", "photo_black", "type-waste-toner",
	    "colorant-photo-black");
	words("glueWaterAdditive", "<script>", "type-raw", "colorant-raw");
	words("other", "unknown", "type-other", "colorant-none");
	words("ink", "\u9ed2", "type-ink", "colorant-raw");
	words("ink", "", "type-ink", NULL);
	CU_ASSERT(is("colorant", NULL));
	CU_ASSERT(is("colorant-raw", NULL));
}

/* Two percent a day, since so many days. */
static void
tell_days(unsigned days)
{
	stand.level_count = days;
	for (unsigned i = 0; i < days; i++) {
		struct stand_levels *levels = &stand.levels[i];

		levels->ago = days - i;
		snprintf(levels->levels, sizeof(levels->levels),
		    "{\"11\": 5, \"1\": %u}", 60 + 2 * levels->ago);
	}
}

static void
supply_days(void)
{
	begin("60", 60, 100);
	tell_days(10);
	gather();
	CU_ASSERT(is("most-days", NULL));	/* its episode is not known */
	supply->opened = 10;
	gather();
	CU_ASSERT(is("least-days", "28"));	/* 15 in 7 days */
	CU_ASSERT(is("most-days", "33"));	/* 13 in 7 days */
	/* Another cartridge's days. */
	supply->opened = 4;
	gather();
	CU_ASSERT(is("most-days", NULL));
	supply->opened = 10;
	supply->level = -3;
	gather();
	CU_ASSERT(is("most-days", NULL));
	/* A slot that was not told. */
	begin("60", 60, 100);
	tell_days(10);
	supply->opened = 10;
	strcpy(supply->slot, "2");
	gather();
	CU_ASSERT(is("most-days", NULL));
}

static const struct test tests[] = {
	TEST(supply_levels),
	TEST(supply_reasons),
	TEST(supply_order),
	TEST(supply_words),
	TEST(supply_days),
	{ NULL, NULL }
};

int
main(void)
{
	int status = test_run("stand_supply", tests);

	fields_free(gathered);
	return status;
}
