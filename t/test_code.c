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
	CU_ASSERT_EQUAL(code_millibits("123456", false), 19931);
	CU_ASSERT_EQUAL(code_millibits("123456789012", false), 39863);
	CU_ASSERT_EQUAL(code_millibits("1234567890123", false), 43185);
	CU_ASSERT_EQUAL(code_millibits("ABCDEF", false), 30000);
	CU_ASSERT_EQUAL(code_millibits("12345A", false), 30000);
	CU_ASSERT_EQUAL(code_millibits("A1234567", false), 40000);
	CU_ASSERT_EQUAL(code_millibits("ABCDEFG", false), 35000);
	CU_ASSERT_EQUAL(code_millibits("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false), 320000);
	/* Without the check character. */
	CU_ASSERT_EQUAL(code_millibits("A12345678", true), 40000);
	CU_ASSERT_EQUAL(code_millibits("1234567890123Y", true), 43185);
	CU_ASSERT_EQUAL(code_millibits("12345678901234", true), 43185);
}

static void
expect_fault(const char *typed, bool checked, enum code_fault wanted)
{
	char normal[CODE_MAX + 1] = "untouched";

	CU_ASSERT_EQUAL(code_judge(typed, checked, normal), wanted);
	CU_ASSERT_EQUAL(strcmp(normal, "untouched") == 0,
	    wanted != CODE_FINE);
}

static void
code_judge_faults(void)
{
	char typed[CODE_MAX + 2];

	expect_fault("7kq4-m2xw", false, CODE_FINE);
	expect_fault("", false, CODE_EMPTY);
	expect_fault(" - ", false, CODE_EMPTY);
	expect_fault("7KQ4,M2XW", false, CODE_SIGN);
	expect_fault("7KQ4\xff", false, CODE_SIGN);
	expect_fault("7KQ4-M", false, CODE_SHORT);
	memset(typed, 'A', sizeof(typed));
	typed[CODE_MAX + 1] = '\0';
	expect_fault(typed, false, CODE_LONG);
	/* What is wrong for another reason is no typing mistake. */
	expect_fault("7KQ4-M", true, CODE_SHORT);
	expect_fault("", true, CODE_EMPTY);
}

/* Examples from outside: a donation number of ISBT 128, whose check character
 * is ISO/IEC 7064 MOD 37-2, and the smallest there is. */
static void
code_check_character_standard(void)
{
	CU_ASSERT_EQUAL(code_check_character("G123489654321", 13), 'Y');
	CU_ASSERT_EQUAL(code_check_character("0", 1), '1');
	CU_ASSERT_EQUAL(code_check_character("", 0), '1');
	expect_fault("G123489654321Y", true, CODE_FINE);
	expect_fault("G1234 89 654321 y", true, CODE_FINE);
	expect_fault("G123489654321Z", true, CODE_TYPO);
	expect_fault("G123489654321", true, CODE_TYPO);
}

/* The standard's other form: weights 2, 4, 8 ... from the right, and the sum
 * with the check character leaves 1. */
static void
code_check_character_weights(void)
{
	static const char values[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";
	char body[] = "7KQ4M2XW00";
	char found;

	for (size_t i = 0; i < 36 * 36; i++) {
		unsigned sum = 0, weight = 1;

		body[8] = values[i / 36];
		body[9] = values[i % 36];
		found = code_check_character(body, 10);
		for (size_t j = 10; j-- > 0;) {
			weight = weight * 2 % 37;
			sum += weight * (unsigned)(strchr(values, body[j])
			    - values);
		}
		sum = (38 - sum % 37) % 37;
		CU_ASSERT_EQUAL(found, strchr("ILO*", values[sum]) != NULL
		    ? '\0' : values[sum]);
	}
}

/* One wrong character, or two that changed places, however far apart. */
static void
code_judge_typo(void)
{
	static const char all[] = "0123456789ABCDEFGHJKMNPQRSTUVWXYZ";
	const char code[] = "7KQ4-M2XW-9T";
	char right[CODE_MAX + 1], wrong[CODE_MAX + 1];
	size_t length;

	CU_ASSERT_FATAL(code_normalize(code, right));
	length = strlen(right);
	right[length] = code_check_character(right, length);
	CU_ASSERT_FATAL(right[length++] != '\0');
	right[length] = '\0';
	expect_fault(right, true, CODE_FINE);
	for (size_t i = 0; i < length; i++) {
		for (const char *c = all; *c != '\0'; c++) {
			strcpy(wrong, right);
			wrong[i] = *c;
			expect_fault(wrong, true, *c == right[i] ? CODE_FINE
			    : CODE_TYPO);
		}
		for (size_t j = 0; j < i; j++) {
			strcpy(wrong, right);
			wrong[i] = right[j];
			wrong[j] = right[i];
			expect_fault(wrong, true, right[i] == right[j]
			    ? CODE_FINE : CODE_TYPO);
		}
	}
}

static void
code_judge_check_after_fold(void)
{
	char code[] = "0123456789?";
	char typed[] = "OI23456789?";

	code[10] = code_check_character(code, 10);
	CU_ASSERT_FATAL(code[10] != '\0');
	typed[10] = code[10];
	expect_fault(code, true, CODE_FINE);
	expect_fault(typed, true, CODE_FINE);
}

static void
code_group_fours(void)
{
	char grouped[CODE_GROUPED_SIZE], longest[CODE_MAX + 1];

	code_group("7KQ4M2XW9T", grouped);
	CU_ASSERT_STRING_EQUAL(grouped, "7KQ4-M2XW-9T");
	code_group("7KQ4M2XW", grouped);
	CU_ASSERT_STRING_EQUAL(grouped, "7KQ4-M2XW");
	code_group("7KQ4M2", grouped);
	CU_ASSERT_STRING_EQUAL(grouped, "7KQ4-M2");
	memset(longest, 'A', CODE_MAX);
	longest[CODE_MAX] = '\0';
	code_group(longest, grouped);
	CU_ASSERT_EQUAL(strlen(grouped), CODE_MAX + CODE_MAX / 4 - 1);
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

/* The space of a code over 2^20, at least 1, within 64 bits. */
static void
code_units_a_day_bounds(void)
{
	CU_ASSERT_EQUAL(code_units_a_day(0), 1);
	CU_ASSERT_EQUAL(code_units_a_day(20), 1);
	CU_ASSERT_EQUAL(code_units_a_day(21), 2);
	CU_ASSERT_EQUAL(code_units_a_day(40), 1048576);
	CU_ASSERT_EQUAL(code_units_a_day(81), INT64_C(1) << 61);
	CU_ASSERT_EQUAL(code_units_a_day(82), INT64_MAX);
	CU_ASSERT_EQUAL(code_units_a_day(256), INT64_MAX);
}

/* The 4096th part of it, none under 32 bits, within a column of 32. */
static void
code_early_share_bounds(void)
{
	CU_ASSERT_EQUAL(code_early_share(0), 0);
	CU_ASSERT_EQUAL(code_early_share(31), 0);
	CU_ASSERT_EQUAL(code_early_share(32), 1);
	CU_ASSERT_EQUAL(code_early_share(40), 256);
	CU_ASSERT_EQUAL(code_early_share(61), INT64_C(1) << 29);
	CU_ASSERT_EQUAL(code_early_share(62), INT64_C(1) << 30);
	CU_ASSERT_EQUAL(code_early_share(256), INT64_C(1) << 30);
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
	TEST(code_judge_faults),
	TEST(code_check_character_standard),
	TEST(code_check_character_weights),
	TEST(code_judge_typo),
	TEST(code_judge_check_after_fold),
	TEST(code_group_fours),
	TEST(code_ending_kept),
	TEST(code_ending_short_or_broken),
	TEST(code_ending_long),
	TEST(code_hash_and_lineage),
	TEST(code_units_a_day_bounds),
	TEST(code_early_share_bounds),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("code", tests);
}
