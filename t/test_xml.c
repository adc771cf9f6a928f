/* lib/xml, and what it stands on: lib/heap, lib/utf8. What documents mean is
 * tested with the fixtures of t/test_message.c. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/heap.h"
#include "lib/message.h"
#include "lib/tag.h"
#include "lib/text.h"
#include "lib/utf8.h"
#include "lib/xml.h"
#include "t/test.h"

#define MEBIBYTE	((size_t)1024 * 1024)

static void
expect_point(const char *bytes, size_t length, int32_t point)
{
	const char *at = bytes;

	CU_ASSERT_EQUAL(utf8_next(&at, bytes + length), point);
	CU_ASSERT_EQUAL((size_t)(at - bytes), point == UTF8_INVALID ? 0 :
	    length);
}

static void
utf8_next_valid(void)
{
	expect_point("\0", 1, 0);
	expect_point("A", 1, 'A');
	expect_point("\x7f", 1, 0x7f);
	expect_point("\xc2\x80", 2, 0x80);
	expect_point("\xdf\xbf", 2, 0x7ff);
	expect_point("\xe0\xa0\x80", 3, 0x800);
	expect_point("\xed\x9f\xbf", 3, 0xd7ff);
	expect_point("\xee\x80\x80", 3, 0xe000);
	expect_point("\xef\xbf\xbf", 3, 0xffff);
	expect_point("\xf0\x90\x80\x80", 4, 0x10000);
	expect_point("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
}

static void
utf8_next_invalid(void)
{
	expect_point("\x80", 1, UTF8_INVALID);
	expect_point("\xbf", 1, UTF8_INVALID);
	expect_point("\xc0\x80", 2, UTF8_INVALID);
	expect_point("\xc1\xbf", 2, UTF8_INVALID);
	expect_point("\xc2", 1, UTF8_INVALID);
	expect_point("\xc2" "A", 2, UTF8_INVALID);
	expect_point("\xe0\x9f\xbf", 3, UTF8_INVALID);
	expect_point("\xe2\x82", 2, UTF8_INVALID);
	expect_point("\xe2\x82" "A", 3, UTF8_INVALID);
	expect_point("\xed\xa0\x80", 3, UTF8_INVALID);
	expect_point("\xed\xbf\xbf", 3, UTF8_INVALID);
	expect_point("\xf0\x8f\xbf\xbf", 4, UTF8_INVALID);
	expect_point("\xf0\x90\x80", 3, UTF8_INVALID);
	expect_point("\xf4\x90\x80\x80", 4, UTF8_INVALID);
	expect_point("\xf5\x80\x80\x80", 4, UTF8_INVALID);
	expect_point("\xc1\x80\x80\x80", 4, UTF8_INVALID);
	expect_point("\x84\x80\x80\x80", 4, UTF8_INVALID);
	expect_point("\xfe", 1, UTF8_INVALID);
	expect_point("\xff", 1, UTF8_INVALID);
}

static void
utf8_counts(void)
{
	CU_ASSERT_EQUAL(utf8_valid("", 0), 0);
	CU_ASSERT_EQUAL(utf8_valid("a\xc3\xa9z", 4), 4);
	CU_ASSERT_EQUAL(utf8_valid("a\xc3\xa9z", 2), 1);
	CU_ASSERT_EQUAL(utf8_valid("ab\xff" "c", 4), 2);
	CU_ASSERT_EQUAL(utf8_valid("a\0b", 3), 3);
	CU_ASSERT_EQUAL(utf8_count("", 0), 0);
	CU_ASSERT_EQUAL(utf8_count("a\xc3\xa9\xf0\x9d\x84\x9e", 7), 3);
}

static void
heap_bound_kept(void)
{
	size_t used = heap_used();
	char *one, *two;

	heap_bound(100);
	one = heap_new(60);
	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	CU_ASSERT_PTR_NULL(heap_new(41));
	CU_ASSERT_EQUAL(heap_refused(), 1);
	two = heap_new(40);
	CU_ASSERT_PTR_NOT_NULL(two);
	CU_ASSERT_EQUAL(heap_used(), used + 100);
	heap_free(one);
	heap_free(NULL);
	CU_ASSERT_EQUAL(heap_used(), used + 40);
	CU_ASSERT_PTR_NULL(heap_new(SIZE_MAX));
	CU_ASSERT_PTR_NULL(heap_new(SIZE_MAX - 8));
	CU_ASSERT_PTR_NULL(heap_copy("more than the sixty bytes that are left "
	    "of what may be given out, with its NUL"));
	CU_ASSERT_EQUAL(heap_refused(), 4);
	heap_bound(SIZE_MAX);
	CU_ASSERT_EQUAL(heap_refused(), 0);
	heap_free(two);
	CU_ASSERT_EQUAL(heap_used(), used);
}

static void
heap_resize_moves(void)
{
	size_t used = heap_used();
	char *bytes, *copy;

	heap_bound(100);
	bytes = heap_resize(NULL, 4);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	memcpy(bytes, "abc", 4);
	bytes = heap_resize(bytes, 10);
	CU_ASSERT_STRING_EQUAL(bytes, "abc");
	CU_ASSERT_PTR_NULL(heap_resize(bytes, 91));
	CU_ASSERT_STRING_EQUAL(bytes, "abc");
	bytes = heap_resize(bytes, 4);
	CU_ASSERT_STRING_EQUAL(bytes, "abc");
	copy = heap_copy("xyz");
	CU_ASSERT_STRING_EQUAL(copy, "xyz");
	CU_ASSERT_EQUAL(heap_used(), used + 8);
	heap_free(bytes);
	heap_free(copy);
	CU_ASSERT_EQUAL(heap_used(), used);
}

static void
heap_fail_nth(void)
{
	void *one, *two;

	heap_bound(100);
	heap_fail(2, false);
	one = heap_new(1);
	CU_ASSERT_PTR_NOT_NULL(one);
	CU_ASSERT_PTR_NULL(heap_new(1));
	two = heap_new(1);
	CU_ASSERT_PTR_NOT_NULL(two);
	heap_fail(1, true);
	CU_ASSERT_PTR_NULL(heap_new(1));
	CU_ASSERT_PTR_NULL(heap_new(1));
	heap_fail(0, false);
	CU_ASSERT_EQUAL(heap_refused(), 3);
	heap_free(one);
	heap_free(two);
}

/* A report with so many bytes where no bound of ours watches, and where the
 * parser needs room that grows. */
static enum error
read_wide(size_t width)
{
	struct job_report report = { 0 };
	char problem[MESSAGE_PROBLEM_SIZE];
	struct text body = { 0 };
	char *space = malloc(width + 1);
	enum error error;

	memset(space, ' ', width);
	space[width] = '\0';
	text_addf(&body, "<JobReport xmlns=\"%s\" xml:lang=\"&lt;%s\"/>",
	    MESSAGE_NAMESPACE, space);
	error = message_read_report(body.bytes, body.length, &report,
	    problem);
	message_free_report(&report);
	text_free(&body);
	free(space);
	return error;
}

/* The cap is on memory, so what passes it is our failure, not the sender's. */
static void
xml_read_memory_capped(void)
{
	size_t used = heap_used();

	CU_ASSERT_EQUAL(read_wide(MEBIBYTE), ERROR_NONE);
	CU_ASSERT_EQUAL(read_wide(4 * MEBIBYTE), ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(heap_used(), used);
	CU_ASSERT_EQUAL(read_wide(1), ERROR_NONE);
}

/* A tag with so many values, before and after other text. */
static enum error
judged(const char *before, unsigned values, const char *after)
{
	char problem[DOCUMENT_PROBLEM_SIZE] = "";
	struct text body = { 0 };
	enum error error;

	text_add(&body, before);
	for (unsigned i = 0; i < values; i++)
		text_addf(&body, i % 2 == 0 ? " a%u='>\">'" : " a%u=\"'\"", i);
	text_add(&body, after);
	error = tag_judge(body.bytes, body.length, problem, sizeof(problem));
	if (error == ERROR_INVALID)
		CU_ASSERT_STRING_EQUAL(problem, "line 2: an element has more "
		    "than 32 attributes");
	text_free(&body);
	return error;
}

static void
tag_judge_counts(void)
{
	const unsigned most = TAG_VALUES_MAX;

	CU_ASSERT_EQUAL(judged("\n<a", most, "/>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("\n<a", most + 1, "/>"), ERROR_INVALID);
	CU_ASSERT_EQUAL(judged("\n<a", most + 1, ""), ERROR_INVALID);
	CU_ASSERT_EQUAL(judged("<a", most, "/><a b='c'/>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<!-- <a --><?b <c ?><![CDATA[<d]]>\n<a",
	    most + 1, "/>"), ERROR_INVALID);
	/* In what no parser takes for a tag, any number. */
	CU_ASSERT_EQUAL(judged("<!-- <a", 1000, "/> --><a/>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<!-- <a", 1000, "/>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<![CDATA[<a", 1000, "/>]]><a/>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<?a <b", 1000, "?><a/>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<a>", 1000, "</a>"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<a b='", 0, ""), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<a b=", 0, "'"), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<", 0, ""), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<!", 0, ""), ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<?", 0, ""), ERROR_NONE);
	/* Behind what is a fault. */
	CU_ASSERT_EQUAL(judged("<a><!x>\n<b", most + 1, ""), ERROR_INVALID);
	CU_ASSERT_EQUAL(judged("<a><? \n<b", most + 1, "?>"), ERROR_INVALID);
	CU_ASSERT_EQUAL(judged("<a b='\n<b", most + 1, ""), ERROR_INVALID);
}

static void
tag_judge_document_types(void)
{
	CU_ASSERT_EQUAL(judged("<!DOCTYPE a", 1000, "><a/>"), ERROR_MALFORMED);
	CU_ASSERT_EQUAL(judged("<!DOCTYPE ><a/>", 0, ""), ERROR_MALFORMED);
	CU_ASSERT_EQUAL(judged("<?xml?><!--\n--><?b?> <!DOCTYPE a>", 0, ""),
	    ERROR_MALFORMED);
	/* Text is none. */
	CU_ASSERT_EQUAL(judged("<a><!--<!DOCTYPE a>--></a>", 0, ""),
	    ERROR_NONE);
	CU_ASSERT_EQUAL(judged("<!--<!DOCTYPE a>--><a/>", 0, ""), ERROR_NONE);
}

/* As many attributes as a report's bytes hold: libxml2 would compare each with
 * all others. It is not asked: there is no memory for it. */
static void
xml_read_crowd_unread(void)
{
	static const char *const faults[] = { "", "<!x>", "<? ", "<!-- \x01 ",
		"<![CDATA[ \x01 ", "<?p \x01 ", "<!-- \xef\xbf\xbf ", "<b a='",
		"<b a=", "</c>", "&", "<1>" };
	struct job_report report = { 0 };
	char problem[MESSAGE_PROBLEM_SIZE];

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct text body = { 0 };
		enum error error;

		text_addf(&body, "<JobReport xmlns=\"%s\">%s<Job",
		    MESSAGE_NAMESPACE, faults[i]);
		for (unsigned j = 0; body.length < MEBIBYTE / 2 - 32; j++)
			text_addf(&body, " a%x=\"\"", j);
		text_add(&body, "/></JobReport>");
		heap_fail(1, true);
		error = message_read_report(body.bytes, body.length, &report,
		    problem);
		heap_fail(0, false);
		CU_ASSERT(error == ERROR_INVALID || error == ERROR_MALFORMED);
		text_free(&body);
	}
}

/* The first fault ends it: libxml2 would word all of them, and needs memory
 * for each. */
static void
xml_read_first_fault_ends(void)
{
	static const char *const faults[] = { "<", "&", "<Job ", "&#0;" };
	struct job_report report = { 0 };
	char problem[MESSAGE_PROBLEM_SIZE];

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct text body = { 0 };

		text_addf(&body, "<JobReport xmlns=\"%s\">", MESSAGE_NAMESPACE);
		while (body.length < 4 * MEBIBYTE)
			text_add(&body, faults[i]);
		heap_fail(200, true);
		CU_ASSERT_EQUAL(message_read_report(body.bytes, body.length,
		    &report, problem), ERROR_MALFORMED);
		heap_fail(0, false);
		text_free(&body);
	}
}

static void
xml_read_too_long(void)
{
	struct document document = { .namespace = "x" };
	char problem[DOCUMENT_PROBLEM_SIZE] = "old";

	document.problem = problem;
	CU_ASSERT_EQUAL(xml_read("<a/>", (size_t)INT_MAX + 1, &document),
	    ERROR_MALFORMED);
	CU_ASSERT_EQUAL(strncmp(problem, "line 1: ", 8), 0);
	CU_ASSERT_EQUAL(xml_read(NULL, 0, &document), ERROR_MALFORMED);
}

/* One request leaves nothing behind for the next. */
static void
xml_read_in_turn(void)
{
	static const char *const documents[] = {
		"<Instruction xmlns=\"urn:tallystick:1\" action=\"end\"/>",
		"<!DOCTYPE Instruction><Instruction "
		"xmlns=\"urn:tallystick:1\" action=\"end\"/>",
		"<Instruction", "<Instruction/>", "", "\xff" };
	enum error wanted[] = { ERROR_NONE, ERROR_MALFORMED, ERROR_MALFORMED,
		ERROR_INVALID, ERROR_MALFORMED, ERROR_MALFORMED };
	size_t count = sizeof(documents) / sizeof(documents[0]);
	char problem[MESSAGE_PROBLEM_SIZE];
	size_t used = heap_used();

	for (size_t i = 0; i < count * count; i++) {
		enum instruction got = INSTRUCTION_START;
		size_t one = i % 2 == 0 ? i / count : i % count;

		CU_ASSERT_EQUAL(message_read_instruction(documents[one],
		    strlen(documents[one]), &got, problem), wanted[one]);
		CU_ASSERT_EQUAL(got, one == 0 ? INSTRUCTION_END :
		    INSTRUCTION_START);
		CU_ASSERT_EQUAL(problem[0] == '\0', one == 0);
	}
	CU_ASSERT_EQUAL(heap_used(), used);
	CU_ASSERT_EQUAL(xml_loads(), 0);
}

/* A document that names a catalogue is as one that says anything else there:
 * libxml2 would keep one for each, and the first time those of the machine. */
static void
xml_read_catalogue_unheard(void)
{
	static const char *const targets[] = { "oasis-xml-catalog",
	    "oasis-xml-catalox" };
	char body[256], problem[MESSAGE_PROBLEM_SIZE];
	unsigned pieces[] = { 0, 0 };
	enum instruction got;
	size_t used = heap_used();

	for (size_t i = 0; i < 2; i++) {
		snprintf(body, sizeof(body), "<?%s catalog=\"urn:x\"?>"
		    "<Instruction xmlns=\"urn:tallystick:1\" "
		    "action=\"end\"/>", targets[i]);
		do {
			heap_fail(++pieces[i], false);
			message_read_instruction(body, strlen(body), &got,
			    problem);
			heap_fail(0, false);
		} while (heap_refused() > 0 && pieces[i] < 10000);
	}
	CU_ASSERT_EQUAL(pieces[0], pieces[1]);
	CU_ASSERT_EQUAL(heap_used(), used);
}

/* The process's heap, as the C library lays it out. out: false: not shown. */
static bool
heap_find(char **first, char **last)
{
	char line[256];
	FILE *maps = fopen("/proc/self/maps", "r");

	*first = *last = NULL;
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, "[heap]") != NULL)
			sscanf(line, "%p-%p", (void **)first, (void **)last);
	if (maps != NULL)
		fclose(maps);
	return *first != NULL;
}

/* The needle is turned around while it is looked for, so that no copy of it
 * is our own. */
static bool
heap_holds(const char *turned)
{
	size_t length = strlen(turned);
	char *first, *last;

	heap_find(&first, &last);
	for (; first + length < last; first++) {
		size_t i = 0;

		while (i < length && first[length - 1 - i] == turned[i])
			i++;
		if (i == length)
			return true;
	}
	return false;
}

static void
read_code(const char *after)
{
	static struct registration_request request;
	static char body[1024], problem[MESSAGE_PROBLEM_SIZE];

	snprintf(body, sizeof(body), "<RegistrationRequest "
	    "xmlns=\"urn:tallystick:1\"><DeviceId>A</DeviceId><Code>"
	    "<!-- -->7KQ4-M2XW-%s9T</Code><MakeAndModel>B</MakeAndModel>%s"
	    "</RegistrationRequest>", "77PP", after);
	message_read_registration(body, strlen(body), &request, problem);
	CU_ASSERT_PTR_NULL(strstr(problem, "7KQ4"));
}

/* No freed piece of the heap may still hold a code. */
static void
xml_read_wipes(void)
{
	static const char turned[] = "T9PP77-WX2M-4QK7";
	static const char shown[] = "T9PP77-WX2M-4QK8";
	char *kept, *first, *last;

#ifdef __SANITIZE_ADDRESS__
	printf("SKIP: under the address sanitizer the heap is not its own\n");
	return;
#endif
	if (!heap_find(&first, &last)) {
		printf("SKIP: the heap cannot be looked through here\n");
		return;
	}
	kept = heap_copy("8KQ4-M2XW-77PP9T");
	CU_ASSERT(heap_holds(shown));
	heap_free(kept);
	CU_ASSERT_FALSE(heap_holds(shown));
	read_code("");
	CU_ASSERT_FALSE(heap_holds(turned));
	read_code("<Unknown/>");
	CU_ASSERT_FALSE(heap_holds(turned));
	read_code("</Code>");
	CU_ASSERT_FALSE(heap_holds(turned));
	read_code("<!DOCTYPE x>");
	CU_ASSERT_FALSE(heap_holds(turned));
	read_code("&none;");
	CU_ASSERT_FALSE(heap_holds(turned));
}

static const struct test tests[] = {
	TEST(utf8_next_valid),
	TEST(utf8_next_invalid),
	TEST(utf8_counts),
	TEST(heap_bound_kept),
	TEST(heap_resize_moves),
	TEST(heap_fail_nth),
	TEST(xml_read_memory_capped),
	TEST(tag_judge_counts),
	TEST(tag_judge_document_types),
	TEST(xml_read_crowd_unread),
	TEST(xml_read_first_fault_ends),
	TEST(xml_read_too_long),
	TEST(xml_read_in_turn),
	TEST(xml_read_catalogue_unheard),
	TEST(xml_read_wipes),
	{ NULL, NULL }
};

int
main(void)
{
	xml_setup();
	return test_run("xml", tests);
}
