/* lib/outlook: how long a supply will last. */
#include "lib/outlook.h"
#include "t/test.h"

static struct outlook outlook;

/* A level each day, the last one today. in: ended by a negative one. */
static bool
finds(const double *percents, double step)
{
	struct outlook_level levels[64];
	size_t count = 0;

	while (percents[count] >= 0)
		count++;
	for (size_t i = 0; i < count; i++)
		levels[i] = (struct outlook_level){ (unsigned)(count - 1 - i),
			percents[i] };
	return outlook_find(levels, count, step, &outlook);
}

#define FINDS(step, ...) finds((const double[]){ __VA_ARGS__, -1 }, step)

/* Two a day: 60 left, 30 days, less or more what rounding hides. */
static void
outlook_steady(void)
{
	CU_ASSERT(FINDS(1, 70, 68, 66, 64, 62, 60));
	CU_ASSERT_EQUAL(outlook.least, 27);	/* 11 in 5 days */
	CU_ASSERT_EQUAL(outlook.most, 34);	/* 9 in 5 days */
	CU_ASSERT(FINDS(0.001, 70, 68, 66, 64, 62, 60));
	CU_ASSERT_EQUAL(outlook.least, 29);
	CU_ASSERT_EQUAL(outlook.most, 31);
}

/* Slow at first, then fast: the range holds both. */
static void
outlook_varied(void)
{
	CU_ASSERT(FINDS(1, 90, 90, 89, 89, 88, 88, 87, 87, 83, 79, 75, 71, 67,
	    63, 59));
	CU_ASSERT(outlook.least < 59 / 4.0);
	CU_ASSERT(outlook.most > 26);
}

static void
outlook_too_little(void)
{
	CU_ASSERT(!FINDS(1, 60));
	/* It stood still for the last week: whoever knows how long yet. */
	CU_ASSERT(!FINDS(1, 70, 66, 62, 58, 54, 50, 46, 41, 41, 41, 41, 41, 41,
	    40, 40));
	CU_ASSERT(!FINDS(1, 70, 66, 62, 58, 54, 50, 46, 41, 41, 41, 41, 41, 41,
	    41, 41));
	CU_ASSERT(!FINDS(1, 70, 68, 66, 64));
	CU_ASSERT(!FINDS(1, 70, 68, 66, 64, 62));	/* 4 days apart */
	CU_ASSERT(!FINDS(1, 70, 70, 70, 70, 70, 70));
	CU_ASSERT(!FINDS(1, 70, 70, 70, 70, 70, 69));	/* rounding */
	CU_ASSERT(!FINDS(1, 9, 8, 6, 4, 2, 0));		/* it is over */
	CU_ASSERT(!outlook_find((struct outlook_level[]){ { 0, 1 } }, 0, 1,
	    &outlook));
	/* Two days are no history, however far apart. */
	CU_ASSERT(!outlook_find((struct outlook_level[]){ { 30, 90 },
	    { 0, 60 } }, 2, 1, &outlook));
	/* Two in 31 days: it would be told to the year. */
	CU_ASSERT(!outlook_find((struct outlook_level[]){ { 31, 100 },
	    { 30, 100 }, { 20, 99 }, { 10, 99 }, { 0, 98 } }, 5, 1, &outlook));
}

/* What was before it was filled is another cartridge's. */
static void
outlook_filled(void)
{
	CU_ASSERT(!FINDS(1, 20, 15, 10, 5, 100, 98, 96));
	CU_ASSERT(FINDS(1, 20, 15, 10, 5, 100, 98, 96, 94, 92, 90));
	CU_ASSERT_EQUAL(outlook.least, 40);
	CU_ASSERT_EQUAL(outlook.most, 50);
	/* One unit up is no filling. */
	CU_ASSERT(FINDS(1, 70, 68, 69, 66, 62, 60));
}

/* Days on which nobody looked. */
static void
outlook_gaps(void)
{
	CU_ASSERT(outlook_find((struct outlook_level[]){ { 30, 90 },
	    { 21, 81 }, { 14, 74 }, { 3, 63 }, { 0, 60 } }, 5, 1, &outlook));
	CU_ASSERT_EQUAL(outlook.least, 56);	/* 15 in 14 days */
	CU_ASSERT_EQUAL(outlook.most, 65);	/* 13 in 14 days */
}

static const struct test tests[] = {
	TEST(outlook_steady),
	TEST(outlook_varied),
	TEST(outlook_too_little),
	TEST(outlook_filled),
	TEST(outlook_gaps),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("outlook", tests);
}
