/* lib/code: normal form, strength, endings, hashes. */
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/code.h"
#include "t/test.h"

/* in: NULL when none may come of it. */
static void
expect_normal(const char *typed, const char *wanted)
{
	char normal[CODE_MAX + 1] = "untouched";

	CU_ASSERT_EQUAL(code_normalize(typed, normal), wanted != NULL);
	if (wanted == NULL)
		wanted = "untouched";
	if (strcmp(normal, wanted) != 0)
		fprintf(stderr, "\n  \"%s\" gave %s, not %s\n", typed, normal,
		    wanted);
	CU_ASSERT_STRING_EQUAL(normal, wanted);
}

static void
code_normalize_plain(void)
{
	expect_normal("7KQ4M2XW9T", "7KQ4M2XW9T");
	expect_normal("7kq4m2xw9t", "7KQ4M2XW9T");
	expect_normal("7KQ4-M2XW-9T", "7KQ4M2XW9T");
	expect_normal(" 7KQ4 M2XW\t9T\r\n", "7KQ4M2XW9T");
	expect_normal("7KQ4.M2XW_9T", "7KQ4M2XW9T");
	expect_normal("ABCDEFGHJKMNPQRSTUVWXYZ", "ABCDEFGHJKMNPQRSTUVWXYZ");
}

static void
code_normalize_alike(void)
{
	expect_normal("OoIiLl", "001111");
	expect_normal("HELLO0", "HE1100");
	expect_normal("ＯｏＩｉＬｌ", "001111");
}

static void
code_normalize_full_width(void)
{
	expect_normal("７ＫＱ４ｍ２ｘｗ", "7KQ4M2XW");
	expect_normal("０９ＡＺａｚ", "09AZAZ");
	expect_normal("７ＫＱ４－Ｍ２．Ｘ＿Ｗ　９Ｔ", "7KQ4M2XW9T");
	expect_normal("７ＫＱ４！Ｍ２ＸＷ", NULL);
	expect_normal("７ＫＱ４～Ｍ２ＸＷ", NULL);
}

/* One row a character that is dropped. */
static void
code_normalize_dropped(void)
{
	static const char *const dropped[] = { " ", "\t", "\n", "\v", "\f",
		"\r", "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2007",
		"\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
		"-", "\u058a", "\u05be", "\u1400", "\u1806", "\u2010",
		"\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2e17",
		"\u2e1a", "\u2e3a", "\u2e3b", "\u2e40", "\u2e5d", "\u301c",
		"\u3030", "\u30a0", "\ufe31", "\ufe32", "\ufe58", "\ufe63",
		"\uff0d", "\U00010ead", "\u00ad", "\u2212", "\u30fc",
		"\uff70", "\u2043", "\u02d7", "\u2796", ".", "_" };
	char typed[32];

	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		snprintf(typed, sizeof(typed), "%s7KQ%s4M2%s", dropped[i],
		    dropped[i], dropped[i]);
		expect_normal(typed, "7KQ4M2");
	}
}

/* Neighbours of what is dropped, and letters that only look right. */
static void
code_normalize_refused(void)
{
	static const char *const refused[] = { "\x01", "\x08", "\x0e", "\x1c",
		"\x7f", "!", "+", "/", ",", ":", "*", "~", "@", "[", "`", "{",
		"\xc2\x84", "\u00ae", "\u200b", "\u200d", "\u2016", "\u2027",
		"\u2060", "\ufeff", "\u3001", "\u3002", "\u30fb", "\uff00",
		"\uff5f", "\uff71", "\u00c4", "\u00e9", "\u0130", "\u0131",
		"\u017f", "\u212a", "\u0410", "\u0391", "\u0661", "\U0001d7d8",
		"\U0001f600", "\u4e00" };
	char typed[32];

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(typed, sizeof(typed), "7KQ4%sM2XW", refused[i]);
		expect_normal(typed, NULL);
	}
}

static void
code_normalize_length(void)
{
	char typed[CODE_MAX + 2], normal[CODE_MAX + 1];

	expect_normal("", NULL);
	expect_normal("- - -", NULL);
	expect_normal("12345", NULL);
	expect_normal("1-2-3-4-5", NULL);
	expect_normal("123456", "123456");
	memset(typed, 'A', sizeof(typed));
	typed[CODE_MAX + 1] = '\0';
	expect_normal(typed, NULL);
	typed[CODE_MAX] = '\0';
	expect_normal(typed, typed);
	typed[3] = '-';
	CU_ASSERT(code_normalize(typed, normal));
	CU_ASSERT_EQUAL(strlen(normal), CODE_MAX - 1);
}

static void
code_normalize_long_padding(void)
{
	static char typed[8193];

	memset(typed, '-', sizeof(typed) - 1);
	memcpy(typed + 4000, "7KQ4M2", 6);
	expect_normal(typed, "7KQ4M2");
}

static void
code_normalize_not_utf8(void)
{
	expect_normal("7KQ4\xff" "M2XW", NULL);
	expect_normal("7KQ4M2XW\xc2", NULL);
	expect_normal("7KQ4M2XW\xe2\x80", NULL);
	expect_normal("\x80" "7KQ4M2XW", NULL);
	expect_normal("7KQ4\xc0\xad" "M2XW", NULL);	/* overlong '-' */
	expect_normal("7KQ4\xe0\x80\xad" "M2XW", NULL);
	expect_normal("7KQ4\xed\xa0\x80" "M2XW", NULL);	/* surrogate */
	expect_normal("7KQ4\xf4\x90\x80\x80" "M2XW", NULL);
	expect_normal("7KQ4\xf8\x88\x80\x80\x80" "M2XW", NULL);
}

static void
code_millibits_digits_and_letters(void)
{
	CU_ASSERT_EQUAL(code_millibits("123456"), 19931);
	CU_ASSERT_EQUAL(code_millibits("123456789012"), 39863);
	CU_ASSERT_EQUAL(code_millibits("1234567890123"), 43185);
	CU_ASSERT_EQUAL(code_millibits("ABCDEF"), 30000);
	CU_ASSERT_EQUAL(code_millibits("12345A"), 30000);
	CU_ASSERT_EQUAL(code_millibits("A1234567"), 40000);
	CU_ASSERT_EQUAL(code_millibits("ABCDEFG"), 35000);
	CU_ASSERT_EQUAL(code_millibits("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 320000);
}

static void
expect_ending(const char *typed, const char *wanted)
{
	char ending[CODE_MAX + 1] = "untouched";
	bool is_ending = code_ending(typed, ending);

	CU_ASSERT_EQUAL(is_ending, wanted != NULL);
	CU_ASSERT_STRING_EQUAL(ending, wanted != NULL ? wanted :
	    "untouched");
}

static void
code_ending_kept(void)
{
	expect_ending("3456", "3456");
	expect_ending(" n12-34:56 ", "N123456");
	expect_ending("E78283B1N123456", "E78283B1N123456");
	expect_ending("OIL0", "OIL0");		/* nothing is alike here */
	expect_ending("３４５６", "3456");
	expect_ending("ab.c_d", "ABCD");
	expect_ending("\u00e9ab\u4e00" "12!", "AB12");
}

static void
code_ending_short_or_broken(void)
{
	expect_ending("", NULL);
	expect_ending("345", NULL);
	expect_ending("-3-4-5-", NULL);
	expect_ending("\u00e9\u00e9\u00e9\u00e9", NULL);
	expect_ending("3456\xff", NULL);
}

static void
code_ending_long(void)
{
	char typed[201], wanted[CODE_MAX + 1];

	for (size_t i = 0; i < sizeof(typed) - 1; i++)
		typed[i] = (char)('A' + i % 26);
	typed[sizeof(typed) - 1] = '\0';
	strcpy(wanted, typed + sizeof(typed) - 1 - CODE_MAX);
	expect_ending(typed, wanted);
	expect_ending(wanted, wanted);
}

/* Keys of this run alone. */
static void
keys_make(void)
{
	char folder[] = "/tmp/test_code.XXXXXX", problem[256] = "";
	char path[sizeof(folder) + 16];

	CU_ASSERT_FATAL(sodium_init() >= 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	for (int purpose = KEY_CODE; purpose <= KEY_LINEAGE; purpose++) {
		CU_ASSERT(key_new(purpose, folder, problem, sizeof(problem)));
		CU_ASSERT(key_load(purpose, folder, problem,
		    sizeof(problem)));
		snprintf(path, sizeof(path), "%s/%s", folder,
		    key_name(purpose));
		unlink(path);
	}
	CU_ASSERT_STRING_EQUAL(problem, "");
	rmdir(folder);
}

static void
code_hash_and_lineage(void)
{
	unsigned char one[KEY_HASH_SIZE], two[KEY_HASH_SIZE];

	keys_make();
	code_hash("7KQ4M2XW9T", one);
	code_hash("7KQ4M2XW9T", two);
	CU_ASSERT(memcmp(one, two, sizeof(one)) == 0);
	code_hash("7KQ4M2XW9U", two);
	CU_ASSERT(memcmp(one, two, sizeof(one)) != 0);
	code_lineage("", "7KQ4M2XW9T", two);
	CU_ASSERT(memcmp(one, two, sizeof(one)) != 0);

	code_lineage("A", "BCDEFGH", one);
	code_lineage("A", "BCDEFGH", two);
	CU_ASSERT(memcmp(one, two, sizeof(one)) == 0);
	code_lineage("AB", "CDEFGH", two);
	CU_ASSERT(memcmp(one, two, sizeof(one)) != 0);
	code_lineage("a", "BCDEFGH", two);
	CU_ASSERT(memcmp(one, two, sizeof(one)) != 0);
}

static const struct test tests[] = {
	TEST(code_normalize_plain),
	TEST(code_normalize_alike),
	TEST(code_normalize_full_width),
	TEST(code_normalize_dropped),
	TEST(code_normalize_refused),
	TEST(code_normalize_length),
	TEST(code_normalize_long_padding),
	TEST(code_normalize_not_utf8),
	TEST(code_millibits_digits_and_letters),
	TEST(code_ending_kept),
	TEST(code_ending_short_or_broken),
	TEST(code_ending_long),
	TEST(code_hash_and_lineage),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("code", tests);
}
