/* lib/text: growing texts and the escapes for where they go. */
#include <stdint.h>
#include <string.h>

#include "t/scratch.h"

static void
text_add_begins_and_grows(void)
{
	struct text text = { 0 };

	text_add(&text, "");
	CU_ASSERT_STRING_EQUAL(text.bytes, "");
	CU_ASSERT_EQUAL(text.length, 0);
	for (unsigned i = 0; i < 1000; i++)
		text_add(&text, "0123456789");
	CU_ASSERT_EQUAL(text.length, 10000);
	CU_ASSERT_EQUAL(strlen(text.bytes), 10000);
	for (unsigned i = 0; i < 1000; i++)
		CU_ASSERT(memcmp(text.bytes + i * 10, "0123456789", 10) == 0);
	text_free(&text);
}

/* Each length near the first space, so that the NUL finds room too. */
static void
text_add_bytes_fills_the_space(void)
{
	char bytes[1024];

	memset(bytes, 'x', sizeof(bytes));
	for (size_t length = 500; length < 1024; length++) {
		struct text text = { 0 };

		text_add_bytes(&text, bytes, length);
		CU_ASSERT_EQUAL(strlen(text.bytes), length);
		CU_ASSERT(text.space > length);
		text_free(&text);
	}
}

static void
text_add_bytes_with_nul(void)
{
	struct text text = { 0 };

	text_add_bytes(&text, "a\0b", 3);
	text_add_bytes(&text, NULL, 0);
	text_add(&text, "c");
	CU_ASSERT_EQUAL(text.length, 4);
	CU_ASSERT(memcmp(text.bytes, "a\0bc", 5) == 0);
	text_free(&text);
}

static void
text_addf_short_and_long(void)
{
	struct text text = { 0 };

	text_addf(&text, "%s-%d|", "a", 7);
	text_addf(&text, "%5000d", 1);
	CU_ASSERT_EQUAL(text.length, 5004);
	CU_ASSERT(memcmp(text.bytes, "a-7| ", 5) == 0);
	CU_ASSERT_STRING_EQUAL(text.bytes + 5002, " 1");
	text_free(&text);
}

static void
expect_xml(const char *string, const char *wanted)
{
	struct text text = { 0 };

	text_add(&text, ".");
	text_add_xml(&text, string);
	CU_ASSERT_STRING_EQUAL(text.bytes + 1, wanted);
	CU_ASSERT_EQUAL(text.length, strlen(wanted) + 1);
	text_free(&text);
}

static void
text_add_xml_escaped(void)
{
	expect_xml("", "");
	expect_xml("plain 123", "plain 123");
	expect_xml("<a b=\"c\">'&amp;", "&lt;a b=&quot;c&quot;&gt;&#39;&amp;"
	    "amp;");
	expect_xml("]]>", "]]&gt;");
	expect_xml("\t\n\r", "&#9;&#10;&#13;");
	expect_xml("\u00e9\u4e00\U0001f600\x7f", "\u00e9\u4e00\U0001f600\x7f");
	expect_xml("\ufffd", "\ufffd");
}

static void
text_add_xml_forbidden(void)
{
	expect_xml("a\x01z", "a\ufffdz");
	expect_xml("\x08\x0b\x0c\x0e\x1f", "\ufffd\ufffd\ufffd\ufffd\ufffd");
	expect_xml("\xef\xbf\xbe.\xef\xbf\xbf", "\ufffd.\ufffd");
}

static void
text_add_xml_not_utf8(void)
{
	expect_xml("a\xffz", "a\ufffdz");
	expect_xml("a\xc3", "a\ufffd");
	expect_xml("\xe2\x82<", "\ufffd\ufffd&lt;");
	expect_xml("\xc0\xbc", "\ufffd\ufffd");		/* overlong '<' */
	expect_xml("\xed\xa0\x80", "\ufffd\ufffd\ufffd");
	expect_xml("\xef\xbf", "\ufffd\ufffd");
}

static void
expect_json(const char *string, const char *wanted)
{
	struct text text = { 0 };

	text_add_json(&text, string);
	CU_ASSERT_STRING_EQUAL(text.bytes, wanted);
	text_free(&text);
}

static void
text_add_json_escaped(void)
{
	expect_json(NULL, "null");
	expect_json("", "\"\"");
	expect_json("null", "\"null\"");
	expect_json("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	expect_json("\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f"
	    "\\u007f\"");
	expect_json("\u00e9\U0001f600", "\"\u00e9\U0001f600\"");
	expect_json("a\xff\xc3", "\"a\\ufffd\\ufffd\"");
}

static void
text_clear_wipes_and_keeps(void)
{
	struct text text = { 0 };
	char *bytes;

	text_clear(&text);
	CU_ASSERT_PTR_NULL(text.bytes);
	text_add(&text, "secret");
	bytes = text.bytes;
	text_clear(&text);
	CU_ASSERT_EQUAL(text.length, 0);
	CU_ASSERT_PTR_EQUAL(text.bytes, bytes);
	CU_ASSERT(memcmp(bytes, "\0\0\0\0\0\0", 6) == 0);
	text_add(&text, "b");
	CU_ASSERT_STRING_EQUAL(text.bytes, "b");
	text_free(&text);
}

static void
text_free_empties(void)
{
	struct text text = { 0 };

	text_free(&text);
	text_add(&text, "a");
	text_free(&text);
	CU_ASSERT_PTR_NULL(text.bytes);
	CU_ASSERT_EQUAL(text.length, 0);
	CU_ASSERT_EQUAL(text.space, 0);
	text_free(&text);
	text_add(&text, "b");
	CU_ASSERT_STRING_EQUAL(text.bytes, "b");
	text_free(&text);
}

static void
text_copy_fits_or_not(void)
{
	char to[5] = "1234";

	CU_ASSERT(text_copy(to, sizeof(to), "abcd"));
	CU_ASSERT_STRING_EQUAL(to, "abcd");
	CU_ASSERT(text_copy(to, sizeof(to), ""));
	CU_ASSERT_STRING_EQUAL(to, "");
	CU_ASSERT_FALSE(text_copy(to, sizeof(to), "abcde"));
	CU_ASSERT_STRING_EQUAL(to, "abcd");
	CU_ASSERT_FALSE(text_copy(to, 1, "z"));
	CU_ASSERT_STRING_EQUAL(to, "");
	CU_ASSERT(text_copy(to, 1, ""));
	CU_ASSERT_EQUAL(to[1], 'b');
}

static void
memory_new_zeroed(void)
{
	static const char zeros[64];
	char *memory = memory_new(8, 8), *none = memory_new(0, 8);

	CU_ASSERT(memcmp(memory, zeros, 64) == 0);
	CU_ASSERT_PTR_NOT_NULL(none);
	free(memory);
	free(none);
}

static void
ask_too_much(void)
{
	struct text text = { 0 };

	text_add_bytes(&text, "", SIZE_MAX / 2);
}

static void
text_add_bytes_too_long(void)
{
	CU_ASSERT(scratch_ends(ask_too_much, 1, "is too long"));
}

static void
ask_overflow(void)
{
	memory_new(SIZE_MAX / 2, 4);
}

/* What is said may be the sanitizer's. */
static void
memory_new_overflow(void)
{
	CU_ASSERT(scratch_ends(ask_overflow, 1, ""));
}

static const struct test tests[] = {
	TEST(text_add_begins_and_grows),
	TEST(text_add_bytes_fills_the_space),
	TEST(text_add_bytes_with_nul),
	TEST(text_addf_short_and_long),
	TEST(text_add_xml_escaped),
	TEST(text_add_xml_forbidden),
	TEST(text_add_xml_not_utf8),
	TEST(text_add_json_escaped),
	TEST(text_clear_wipes_and_keeps),
	TEST(text_free_empties),
	TEST(text_copy_fits_or_not),
	TEST(memory_new_zeroed),
	TEST(text_add_bytes_too_long),
	TEST(memory_new_overflow),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("text", tests);
}
