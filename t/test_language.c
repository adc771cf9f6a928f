/* lib/language: tags, and the best one for Accept-Language. */
#include <CUnit/Basic.h>

#include <stdio.h>
#include <string.h>

#include "lib/language.h"

static const char *const tags[] = { "en", "de", "ja", "zh-Hant", "pt-BR" };

#define COUNT	(sizeof(tags) / sizeof(tags[0]))

/* Whether a header chooses a tag; "" means none. */
static int
best_is(const char *header, const char *wanted)
{
	size_t best = language_best(header, tags, COUNT);
	const char *tag = best < COUNT ? tags[best] : "";

	if (strcmp(tag, wanted) != 0)
		fprintf(stderr, "%s gave %s\n", header, tag);
	return strcmp(tag, wanted) == 0;
}

static void
best_by_weight(void)
{
	CU_ASSERT(best_is("en", "en"));
	CU_ASSERT(best_is("ja,en;q=0.5", "ja"));
	CU_ASSERT(best_is("en;q=0.5,ja", "ja"));
	CU_ASSERT(best_is("en;q=0.501, ja;q=0.5", "en"));
	CU_ASSERT(best_is("en ; q=0.1 ,\tde ; Q=0.2", "de"));
	CU_ASSERT(best_is("de;q=0.8,en;q=0.8", "de"));
	CU_ASSERT(best_is("xx,de;q=0.001", "de"));
	CU_ASSERT(best_is("de;q=1.000,en", "de"));
}

static void
best_by_lookup(void)
{
	CU_ASSERT(best_is("de-AT,de;q=0.9", "de"));
	CU_ASSERT(best_is("DE-at", "de"));
	CU_ASSERT(best_is("zh-hant-cn-x-private1-private2", "zh-Hant"));
	CU_ASSERT(best_is("de-x-a", "de"));
	CU_ASSERT(best_is("pt-BR", "pt-BR"));
	CU_ASSERT(best_is("pt", ""));
	CU_ASSERT(best_is("zh", ""));
	CU_ASSERT(best_is("d", ""));
	CU_ASSERT(best_is("deu", ""));
}

static void
best_of_none(void)
{
	CU_ASSERT(best_is(NULL, ""));
	CU_ASSERT(best_is("", ""));
	CU_ASSERT(best_is("*", ""));
	CU_ASSERT(best_is("xx", ""));
	CU_ASSERT(best_is("de;q=0", ""));
	CU_ASSERT(best_is("de;q=0.000", ""));
	CU_ASSERT_EQUAL(language_best("de", tags, 0), 0);
}

static void
best_passes_over_malformed(void)
{
	static const char *const bad[] = { "de;q=2", "de;q=1.001",
		"de;q=0.1234", "de;q=-1", "de;q=", "de;q=.5", "de;w=1",
		"de q=1", "de;", "de;q=1 x", "d\xc3\xa9", ",,;,", "---",
		"de_AT", ";q=1" };
	char header[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT(best_is(bad[i], ""));
		snprintf(header, sizeof(header), "%s,ja;q=0.1", bad[i]);
		CU_ASSERT(best_is(header, "ja"));
	}
}

static void
is_tag(void)
{
	CU_ASSERT(language_is_tag("en"));
	CU_ASSERT(language_is_tag("gsw"));
	CU_ASSERT(language_is_tag("pt-BR"));
	CU_ASSERT(language_is_tag("zh-Hant-TW"));
	CU_ASSERT_FALSE(language_is_tag(""));
	CU_ASSERT_FALSE(language_is_tag("."));
	CU_ASSERT_FALSE(language_is_tag(".."));
	CU_ASSERT_FALSE(language_is_tag("e"));
	CU_ASSERT_FALSE(language_is_tag("EN"));
	CU_ASSERT_FALSE(language_is_tag("english"));
	CU_ASSERT_FALSE(language_is_tag("en-"));
	CU_ASSERT_FALSE(language_is_tag("en_GB"));
	CU_ASSERT_FALSE(language_is_tag("en/.."));
	CU_ASSERT_FALSE(language_is_tag("en-abcdefghi"));
	CU_ASSERT_FALSE(language_is_tag(
	    "en-aaaaaaaa-bbbbbbbb-cccccccc-dddddd"));
}

int
main(void)
{
	CU_pSuite suite;
	unsigned failures;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite("language", NULL, NULL);
	CU_ADD_TEST(suite, best_by_weight);
	CU_ADD_TEST(suite, best_by_lookup);
	CU_ADD_TEST(suite, best_of_none);
	CU_ADD_TEST(suite, best_passes_over_malformed);
	CU_ADD_TEST(suite, is_tag);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures > 0;
}
