/* bin/label, bin/qr: what is drawn, within its paper, for all lengths. That a
 * decoder reads it is seen by t/test_label.py. */
#include <string.h>

#include "bin/label.h"
#include "t/test.h"

#define PAGE "https://example.net/pair"

/* Counts what is drawn, and whether it stays on the paper. */
struct seen {
	struct canvas	 canvas;	/* must be first */
	double		 width, height;
	unsigned	 bars, lines;
	char		 words[256];
	bool		 outside;
};

static void
seen_bar(struct canvas *canvas, double x, double y, double width,
    double height)
{
	struct seen *seen = (struct seen *)canvas;

	seen->bars++;
	seen->outside = seen->outside || x < 0 || y < 0 ||
	    x + width > seen->width || y + height > seen->height;
}

static void
seen_line(struct canvas *canvas, double x, double y, double size,
    const char *characters)
{
	struct seen *seen = (struct seen *)canvas;

	seen->lines++;
	strncat(seen->words, characters,
	    sizeof(seen->words) - strlen(seen->words) - 1);
	seen->outside = seen->outside || x < 0 || y - size < 0 ||
	    x + 0.6 * size * (double)strlen(characters) > seen->width ||
	    y + 0.2 * size > seen->height;
}

static struct seen
label_see(const char *page, const char *code, const struct label_place *place)
{
	struct seen seen = {
		.canvas = { .bar = seen_bar, .line = seen_line },
		.width = place->paper_width + 0.001,
		.height = place->paper_height + 0.001
	};
	struct label label;
	char problem[256];

	CU_ASSERT_FATAL(label_make(&label, page, code, problem,
	    sizeof(problem)));
	label_draw(&label, place, &seen.canvas);
	label_free(&label);
	return seen;
}

static void
label_any_length_fits(void)
{
	const struct label_place large = {
		.paper_width = 210, .paper_height = 297, .left = 15,
		.top = 30, .scale = 3
	};
	char code[CODE_MAX + 1] = "", page[LABEL_PAGE_MAX + 1] = "http://";

	memset(page + 7, 'p', LABEL_PAGE_MAX - 7);
	for (size_t length = CODE_MIN; length <= CODE_MAX; length++) {
		struct seen seen;

		memset(code, 'W', length);
		seen = label_see(PAGE, code, &label_alone);
		CU_ASSERT_FALSE(seen.outside);
		CU_ASSERT(seen.bars > 100);
		seen = label_see(page, code, &label_alone);
		CU_ASSERT_FALSE(seen.outside);
		CU_ASSERT_FALSE(label_see(page, code, &large).outside);
	}
}

static void
label_groups_of_four(void)
{
	CU_ASSERT_STRING_EQUAL(label_see(PAGE, "7kq4-m2xw-9t",
	    &label_alone).words, "7KQ4M2XW9T" PAGE);
	CU_ASSERT_STRING_EQUAL(label_see(PAGE, "ABCDEFGHABCDEFGHABCDEFGH"
	    "ABCDEFGH", &label_alone).words,
	    "ABCD-EFGHABCD-EFGHABCD-EFGHABCD-EFGH" PAGE);
}

static void
expect_refused(const char *page, const char *code, const char *why)
{
	struct label label;
	char problem[256] = "";

	CU_ASSERT_FALSE(label_make(&label, page, code, problem,
	    sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, why));
	CU_ASSERT_PTR_NULL(label.qr.code);
	CU_ASSERT_STRING_EQUAL(label.code, "");
}

static void
label_refuses(void)
{
	char page[LABEL_PAGE_MAX + 2] = "";

	memset(page, 'p', LABEL_PAGE_MAX + 1);
	expect_refused(PAGE, "ABCDE", "no code");
	expect_refused(PAGE, "ABCDEF\xff", "no code");
	expect_refused(page, "7KQ4M2XW9T", "too long");
	expect_refused("https://a\n", "7KQ4M2XW9T", "is none");
	expect_refused("https://\xc3\xa4", "7KQ4M2XW9T", "is none");
}

/* Nothing of an address may end the string or the element. */
static void
label_escapes(void)
{
	struct label label;
	struct text svg = { 0 }, pdf = { 0 };
	char problem[256];

	CU_ASSERT_FATAL(label_make(&label, "http://a/(b)\\<c>&\"", "7KQ4M2XW",
	    problem, sizeof(problem)));
	label_svg(&label, &label_alone, &svg);
	label_pdf(&label, &label_alone, &pdf);
	CU_ASSERT_PTR_NOT_NULL(strstr(svg.bytes, ">http://a/(b)\\&lt;c"));
	CU_ASSERT_PTR_NULL(strstr(svg.bytes, "<c>"));
	CU_ASSERT_PTR_NOT_NULL(memmem(pdf.bytes, pdf.length,
	    "(http://a/\\(b\\)\\\\<c>&\")", 23));
	label_free(&label);
	text_free(&svg);
	text_free(&pdf);
}

static void
qr_too_long(void)
{
	static char text[4001];
	struct qr qr;

	memset(text, 'a', sizeof(text) - 1);
	CU_ASSERT_FALSE(qr_make(&qr, text));
	qr_free(&qr);
	CU_ASSERT_TRUE(qr_make(&qr, PAGE));
	CU_ASSERT_TRUE(qr_dark(&qr, 0, 0));
	CU_ASSERT_FALSE(qr_dark(&qr, -1, 0));
	CU_ASSERT_FALSE(qr_dark(&qr, 0, qr.size));
	qr_free(&qr);
	CU_ASSERT_PTR_NULL(qr.code);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(label_any_length_fits),
		TEST(label_groups_of_four),
		TEST(label_refuses),
		TEST(label_escapes),
		TEST(qr_too_long),
		{ NULL, NULL }
	};

	return test_run("label", tests);
}
