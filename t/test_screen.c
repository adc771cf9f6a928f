/* lib/screen, with lib/piece and lib/markup below it. */
#include <CUnit/Basic.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/screen.h"

#define BEFORE	"<!DOCTYPE html>\n<html lang=\"en\">\n<body data-screen=\"s\">"
#define AFTER	"</body>\n</html>\n"

#define NO_FIELDS	(&end)

static char folder[] = "/tmp/test_screen.XXXXXX";
static char problem[512];
static const struct screen_field end;

static void
file_write(const char *language, const char *content, size_t length)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, language);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/s.html", folder, language);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(content, 1, length, file), length);
	fclose(file);
}

static void
file_remove(const char *language)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/s.html", folder, language);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", folder, language);
	rmdir(path);
}

static struct screen *
load_page(const char *page, size_t length)
{
	struct screen *screen;

	file_write("en", page, length);
	problem[0] = '\0';
	screen = screen_load(folder, "s", problem, sizeof(problem));
	file_remove("en");
	return screen;
}

/* Whether a body with these fields gives that body. */
static int
gives(const char *body, const struct screen_field *fields, const char *wanted)
{
	struct text page = { 0 }, filled = { 0 }, expected = { 0 };
	struct screen *screen;
	int same = 0;

	text_addf(&page, "%s%s%s", BEFORE, body, AFTER);
	text_addf(&expected, "%s%s%s", BEFORE, wanted, AFTER);
	screen = load_page(page.bytes, page.length);
	if (screen != NULL) {
		screen_fill(screen, "en", fields, &filled);
		same = strcmp(filled.bytes, expected.bytes) == 0;
	}
	if (!same)
		fprintf(stderr, "%s\ngave: %s\n", body, screen != NULL ?
		    filled.bytes + strlen(BEFORE) : problem);
	screen_free(screen);
	text_free(&page);
	text_free(&filled);
	text_free(&expected);
	return same;
}

/* Whether a page is refused with that ending of the sentence. */
static int
page_refused(const char *page, size_t length, const char *why)
{
	struct screen *screen = load_page(page, length);
	char wanted[512];
	int same;

	snprintf(wanted, sizeof(wanted), "%s/en/s.html:%s", folder, why);
	same = screen == NULL && strcmp(problem, wanted) == 0;
	if (!same)
		fprintf(stderr, "wanted: %s\ngot:    %s\n", wanted,
		    screen == NULL ? problem : "accepted");
	screen_free(screen);
	return same;
}

static int
refused(const char *body, const char *why)
{
	char page[4096];

	snprintf(page, sizeof(page), "%s%s%s", BEFORE, body, AFTER);
	return page_refused(page, strlen(page), why);
}

static void
fill_text(void)
{
	const struct screen_field fields[] = { { "model", "MFC & Co", NULL },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<p data-text=\"model\">any</p>", fields,
	    "<p>MFC &amp; Co</p>"));
	CU_ASSERT(gives("<p class=\"a\" data-text=\"model\" id=\"b\"></p>",
	    fields, "<p class=\"a\" id=\"b\">MFC &amp; Co</p>"));
	CU_ASSERT(gives("<p data-text=\"other\">a &amp; b</p>", fields,
	    "<p>a &amp; b</p>"));
}

static void
fill_attributes(void)
{
	const struct screen_field fields[] = { { "state", "paired", NULL },
		{ "link", "status?registration=1&a=b", NULL },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<i data-state=\"\" data-none=\"\"></i>", fields,
	    "<i data-state=\"paired\" data-none=\"\"></i>"));
	CU_ASSERT(gives("<input name=\"a\" value=\"\" data-value=\"state\">",
	    fields, "<input name=\"a\" value=\"paired\">"));
	CU_ASSERT(gives("<input aria-invalid=\"false\" "
	    "data-invalid=\"state\">", fields,
	    "<input aria-invalid=\"paired\">"));
	CU_ASSERT(gives("<input aria-invalid=\"false\" "
	    "data-invalid=\"none\">", fields,
	    "<input aria-invalid=\"false\">"));
	CU_ASSERT(gives("<input data-value=\"none\" value=\"own\">", fields,
	    "<input value=\"own\">"));
	CU_ASSERT(gives("<a href=\"\" data-href=\"link\">x</a>", fields,
	    "<a href=\"status?registration=1&amp;a=b\">x</a>"));
}

/* Whether a rectangle's own width stays. */
static int
number_kept(const char *number)
{
	const struct screen_field fields[] = { { "n", number, NULL },
		{ NULL, NULL, NULL } };

	return gives("<rect data-width=\"n\" width=\"7\"></rect>", fields,
	    "<rect width=\"7\"></rect>");
}

static void
fill_numbers(void)
{
	const struct screen_field fields[] = { { "n", "18", NULL },
		{ "half", "0.5", NULL }, { "at", "2026\"", NULL },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<rect x=\"0\" y=\"1\" width=\"2\" height=\"3\" "
	    "data-x=\"n\" data-y=\"half\" data-width=\"none\" "
	    "data-height=\"n\"></rect>", fields,
	    "<rect x=\"18\" y=\"0.5\" width=\"2\" height=\"18\"></rect>"));
	CU_ASSERT(gives("<time datetime=\"\" data-datetime=\"at\"></time>",
	    fields, "<time datetime=\"2026&quot;\"></time>"));
	CU_ASSERT(number_kept(""));
	CU_ASSERT(number_kept("unknown"));
	CU_ASSERT(number_kept("-1"));
	CU_ASSERT(number_kept("1."));
	CU_ASSERT(number_kept(".5"));
	CU_ASSERT(number_kept("1.2.3"));
	CU_ASSERT(number_kept("1e9"));
	CU_ASSERT(number_kept("1\" onload=\"a()"));
	CU_ASSERT(number_kept("100%"));
}

static void
expect_variant(const char *text, const char *wanted)
{
	char variant[SCREEN_VARIANT_SIZE];

	screen_variant(text, variant);
	CU_ASSERT_STRING_EQUAL(variant, wanted);
}

static void
variant_of_text(void)
{
	char longest[400];

	expect_variant("Example MFC-9340 (A4)", "example-mfc-9340-a4");
	expect_variant("  HP--LaserJet/4\n", "hp-laserjet-4");
	expect_variant("../../etc/passwd", "etc-passwd");
	expect_variant("<script>", "script");
	expect_variant("\u4e00\u202eX", "x");
	expect_variant("\u4e00", "");
	expect_variant("", "");
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	screen_variant(longest, longest);
	CU_ASSERT(strlen(longest) < SCREEN_VARIANT_SIZE);
}

/* The screen with a folder of variants. in: file: of one in English, another
 * in German. */
static struct screen *
load_variants(const char *file)
{
	char path[256], english[256], german[256];
	struct screen *screen;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/en", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/en/s", folder);
	mkdir(path, 0700);
	snprintf(english, sizeof(english), "%s/en/s/%s", folder, file);
	stream = fopen(english, "w");
	fputs(BEFORE "one" AFTER, stream);
	fclose(stream);
	snprintf(german, sizeof(german), "%s/en/s/two.html", folder);
	stream = fopen(german, "w");
	fputs(BEFORE "two" AFTER, stream);
	fclose(stream);
	file_write("en", BEFORE "general" AFTER,
	    strlen(BEFORE "general" AFTER));
	file_write("de", "<html lang=\"de\"><body data-screen=\"s\">allgemein"
	    "</body></html>", strlen("<html lang=\"de\"><body data-screen="
	    "\"s\">allgemein</body></html>"));
	screen = screen_load(folder, "s", problem, sizeof(problem));
	CU_ASSERT_PTR_NOT_NULL_FATAL(screen);
	if (!screen_load_variants(screen, folder, problem, sizeof(problem))) {
		screen_free(screen);
		screen = NULL;
	}
	unlink(english);
	unlink(german);
	rmdir(path);
	file_remove("de");
	file_remove("en");
	return screen;
}

static int
variant_gives(const struct screen *screen, const char *language,
    const char *variant, const char *wanted)
{
	struct text filled = { 0 };
	int same;

	screen_fill_variant(screen, language, variant, NO_FIELDS, &filled);
	same = strstr(filled.bytes, wanted) != NULL;
	text_free(&filled);
	return same;
}

static void
fill_variants(void)
{
	struct screen *screen = load_variants("mfc-9340.html");

	CU_ASSERT_PTR_NOT_NULL_FATAL(screen);
	CU_ASSERT(variant_gives(screen, "en", "mfc-9340", "one"));
	CU_ASSERT(variant_gives(screen, "en", "two", "two"));
	CU_ASSERT(variant_gives(screen, "en", "three", "general"));
	CU_ASSERT(variant_gives(screen, "en", "", "general"));
	/* German has none of its own. */
	CU_ASSERT(variant_gives(screen, "de", "two", "allgemein"));
	CU_ASSERT(variant_gives(screen, "fr", "two", "two"));
	screen_free(screen);
}

static void
load_refuses_variants(void)
{
	char wanted[256];

	CU_ASSERT_PTR_NULL(load_variants("MFC-9340.html"));
	snprintf(wanted, sizeof(wanted), "%s/en/s/MFC-9340.html: no s has "
	    "this name; it would be mfc-9340.html", folder);
	CU_ASSERT_STRING_EQUAL(problem, wanted);
	CU_ASSERT_PTR_NULL(load_variants("-.html"));
	/* What an editor leaves there is no variant. */
	screen_free(load_variants("MFC-9340.html~"));
	CU_ASSERT_STRING_EQUAL(problem, "");
}

static void
fill_blocks(void)
{
	const struct screen_field fields[] = { { "on", "", NULL },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<p data-if=\"on\">1</p><p data-unless=\"on\">2</p>"
	    "<p data-if=\"off\">3</p><p data-unless=\"off\">4</p>", fields,
	    "<p>1</p><p>4</p>"));
	CU_ASSERT(gives("<div data-if=\"on\"><p data-if=\"off\">a</p>b</div>c",
	    fields, "<div>b</div>c"));
	CU_ASSERT(gives("<b>\n<p data-if=\"off\">a</p>\n"
	    "<p data-if=\"off\">a</p>\n\nb</b>", fields, "<b>\n\nb</b>"));
	CU_ASSERT(gives("<b>\n<i data-if=\"off\">a</i>b\n"
	    "<p data-if=\"off\">a</p>c</b>", fields, "<b>\nb\nc</b>"));
	CU_ASSERT(gives("<p data-if=\"on\">\n</p>\n\n", fields,
	    "<p>\n</p>\n\n"));
	CU_ASSERT(gives("a<hr data-if=\"off\">b<hr data-if=\"on\">c", fields,
	    "ab<hr>c"));
	CU_ASSERT(gives("<p data-if=\"on\" data-text=\"on\">x</p>", fields,
	    "<p></p>"));
}

static void
fill_rows(void)
{
	const struct screen_field inner[] = { { "part", "x", NULL },
		{ NULL, NULL, NULL } };
	const struct screen_field one[] = { { "name", "cyan", NULL },
		{ "piece", NULL, inner }, { NULL, NULL, NULL } };
	const struct screen_field two[] = { { "percent", "9", NULL },
		{ NULL, NULL, NULL } };
	const struct screen_field fields[] = { { "supply", NULL, one },
		{ "name", "outer", NULL }, { "supply", NULL, two },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<ul><li data-each=\"supply\" data-percent=\"\">"
	    "<b data-text=\"name\">-</b></li></ul>", fields,
	    "<ul><li data-percent=\"\"><b>cyan</b></li>"
	    "<li data-percent=\"9\"><b>outer</b></li></ul>"));
	CU_ASSERT(gives("<p data-each=\"supply\">"
	    "<i data-each=\"piece\" data-text=\"part\">-</i></p>", fields,
	    "<p><i>x</i></p><p></p>"));
	CU_ASSERT(gives("<p data-each=\"order\">a</p>", fields, ""));
	CU_ASSERT(gives("<p data-each=\"name\">a</p>", fields, ""));
	CU_ASSERT(gives("<p data-if=\"supply\">a</p>", fields, "<p>a</p>"));
	CU_ASSERT(gives("<p data-text=\"supply\">a</p>", fields, "<p>a</p>"));
}

static void
fill_links_and_comments(void)
{
	CU_ASSERT(gives("<a href=\"../pair\">a</a><!-- not <sent> -->"
	    "<form action=\"../status\"></form><img src=\"../a.png\" alt>",
	    NO_FIELDS, "<a href=\"pair\">a</a><form action=\"status\"></form>"
	    "<img src=\"a.png\" alt>"));
}

static void
fill_hostile_values(void)
{
	const struct screen_field fields[] = {
		{ "tag", "</p><script>alert(1)</script>", NULL },
		{ "quote", "\" onload=\"alert(1)' x='", NULL },
		{ "ctrl", "a\x01\x1f" "b\nc", NULL },
		{ "each", "data-each=\"supply\"", NULL },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<p data-text=\"tag\"></p>", fields,
	    "<p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>"));
	CU_ASSERT(gives("<p data-quote=\"\"></p>", fields,
	    "<p data-quote=\"&quot; onload=&quot;alert(1)&#39; x=&#39;\">"
	    "</p>"));
	CU_ASSERT(gives("<input value=\"\" data-value=\"quote\">", fields,
	    "<input value=\"&quot; onload=&quot;alert(1)&#39; x=&#39;\">"));
	CU_ASSERT(gives("<p data-text=\"ctrl\"></p>", fields,
	    "<p>a\xef\xbf\xbd\xef\xbf\xbd" "b&#10;c</p>"));
	CU_ASSERT(gives("<p data-text=\"each\"></p>", fields,
	    "<p>data-each=&quot;supply&quot;</p>"));
}

/* Whether the file's own address stays. */
static int
link_kept(const char *address)
{
	const struct screen_field fields[] = { { "l", address, NULL },
		{ NULL, NULL, NULL } };

	return gives("<a href=\"../own\" data-href=\"l\"></a>", fields,
	    "<a href=\"own\"></a>");
}

static void
fill_hostile_links(void)
{
	const struct screen_field fields[] = {
		{ "l", "https://example.net/a:b", NULL },
		{ NULL, NULL, NULL } };

	CU_ASSERT(gives("<a href=\"../own\" data-href=\"l\"></a>", fields,
	    "<a href=\"https://example.net/a:b\"></a>"));
	CU_ASSERT(link_kept("javascript:alert(1)"));
	CU_ASSERT(link_kept("JaVaScRiPt:alert(1)"));
	CU_ASSERT(link_kept(" javascript:alert(1)"));
	CU_ASSERT(link_kept("java\nscript:alert(1)"));
	CU_ASSERT(link_kept("\x01javascript:alert(1)"));
	CU_ASSERT(link_kept("data:text/html,x"));
	CU_ASSERT(link_kept("//evil.example/"));
	CU_ASSERT(link_kept("/\\evil.example/"));
	CU_ASSERT(link_kept("\\\\evil.example/"));
	CU_ASSERT(link_kept("/\t/evil.example/"));
}

static void
load_refuses_structure(void)
{
	CU_ASSERT(refused("\n<ul><li data-each=\"a\">x</ul>",
	    "4: </ul> stands where </li> belongs"));
	CU_ASSERT(refused("\n\n<p data-if=\"a\">",
	    "5: </body> stands where </p> belongs"));
	CU_ASSERT(refused("</p>", "3: </p> stands where </body> belongs"));
	CU_ASSERT(page_refused("<p>\n<b>", 7, "2: <b> is not closed"));
	CU_ASSERT(page_refused("\n</p>", 5, "2: </p> closes nothing"));
	CU_ASSERT(page_refused("<!doctype html>", 15,
	    "1: write <!DOCTYPE html>"));
	CU_ASSERT(page_refused("\n", 1,
	    "2: <body> needs data-screen=\"s\""));
	CU_ASSERT(refused("<!-- a", "3: the comment has no end"));
	CU_ASSERT(refused("<br/>", "3: what stands in <br> is no attribute"));
	CU_ASSERT(refused("<P></P>", "3: < begins no element"));
	CU_ASSERT(refused("a < b", "3: < begins no element"));
	CU_ASSERT(refused("<p></p ", "3: the end tag is not whole"));
	CU_ASSERT(page_refused("a\xff", 2, "1: a byte here is not UTF-8 text"));
	CU_ASSERT(page_refused("a\n\0b", 4,
	    "2: a byte here is not UTF-8 text"));
}

static void
load_refuses_attributes(void)
{
	CU_ASSERT(refused("<p id=a></p>",
	    "3: id needs its value in double quotes"));
	CU_ASSERT(refused("<p id='a'></p>",
	    "3: id needs its value in double quotes"));
	CU_ASSERT(refused("<p id=\"a></p>", "3: id lacks its closing quote"));
	CU_ASSERT(refused("<p id=\"a\"\nid=\"b\"></p>",
	    "4: id stands here twice"));
	CU_ASSERT(refused("<p id=\"a\"class=\"b\"></p>",
	    "3: what stands in <p> is no attribute"));
	CU_ASSERT(refused("<p", "3: what stands in <p> is no attribute"));
	CU_ASSERT(refused("<p a b c d e f g h i j k l m n o p q r s t u v w x y>"
	    "</p>",
	    "3: more than 24 attributes"));
}

static void
load_refuses_directives(void)
{
	CU_ASSERT(refused("<p data-txt=\"model\"></p>", "3: data-txt is "
	    "unknown; a field's place has an empty value"));
	CU_ASSERT(refused("<p data-txt></p>", "3: data-txt is "
	    "unknown; a field's place has an empty value"));
	CU_ASSERT(refused("<p data-text=\"\"></p>",
	    "3: data-text needs a field's name"));
	CU_ASSERT(refused("<p data-each></p>",
	    "3: data-each needs a field's name"));
	CU_ASSERT(refused("<p data-if=\"A b\"></p>",
	    "3: data-if needs a field's name"));
	CU_ASSERT(refused("<input data-value=\"a\">",
	    "3: data-value needs value=\"\" beside it"));
	CU_ASSERT(refused("<rect data-width=\"a\"></rect>",
	    "3: data-width needs width=\"\" beside it"));
	CU_ASSERT(refused("<rect width=\"1\" data-width=\"\"></rect>",
	    "3: data-width needs a field's name"));
	CU_ASSERT(refused("<a data-href=\"a\"></a>",
	    "3: data-href needs href=\"\" beside it"));
	CU_ASSERT(refused("<p data-text=\"a\">x<b>y</b></p>",
	    "3: an element with data-text holds text alone"));
	CU_ASSERT(refused("<hr data-text=\"a\">",
	    "3: an element without content has no data-text"));
	CU_ASSERT(refused("<p data-if=\"a\" data-each=\"b\"></p>", "3: only "
	    "one of data-if, data-unless, data-each may stand on an element"));
}

static void
load_refuses_inline_and_links(void)
{
	CU_ASSERT(refused("<style></style>", "3: <style> is not allowed"));
	CU_ASSERT(refused("<base href=\"../\">", "3: <base> is not allowed"));
	CU_ASSERT(refused("<p style=\"a\"></p>", "3: style is not allowed"));
	CU_ASSERT(refused("<p onclick=\"a()\"></p>",
	    "3: onclick is not allowed"));
	CU_ASSERT(refused("<script>a()</script>",
	    "3: a script must be a file of its own"));
	CU_ASSERT(refused("<script src=\"../a.js\">a()</script>",
	    "3: a script must be a file of its own"));
	CU_ASSERT(refused("<script src=\"../a.js\" data-text=\"a\"></script>",
	    "3: a script must be a file of its own"));
	CU_ASSERT(refused("<a href=\"pair\"></a>", "3: href must begin with "
	    "../, for the screen is sent from two places"));
	CU_ASSERT(refused("<img src=\"/a.png\">", "3: src must begin with "
	    "../, for the screen is sent from two places"));
	CU_ASSERT(refused("<a href=\"pair\" data-href=\"a\"></a>", "3: href "
	    "must begin with ../, for the screen is sent from two places"));
	CU_ASSERT(refused("<form action=\"../../a\"></form>", "3: action must "
	    "begin with ../, for the screen is sent from two places"));
}

static void
load_refuses_identity(void)
{
	static const char other[] = "<html lang=\"en\">\n"
	    "<body data-screen=\"t\"></body></html>";
	static const char german[] = "\n<html lang=\"de\"></html>";

	CU_ASSERT(page_refused(other, strlen(other),
	    "2: data-screen must say \"s\""));
	CU_ASSERT(page_refused(german, strlen(german),
	    "2: <html> needs lang=\"en\""));
}

static void
load_refuses_files(void)
{
	struct text page = { 0 };
	char wanted[256];

	problem[0] = '\0';
	CU_ASSERT_PTR_NULL(screen_load("/nowhere", "s", problem,
	    sizeof(problem)));
	CU_ASSERT_STRING_EQUAL(problem,
	    "/nowhere: cannot be opened: No such file or directory");
	CU_ASSERT_PTR_NULL(screen_load(folder, "s", problem,
	    sizeof(problem)));
	snprintf(wanted, sizeof(wanted), "%s/en/s.html: is missing", folder);
	CU_ASSERT_STRING_EQUAL(problem, wanted);
	while (page.length <= 64 * 1024)
		text_add(&page, "<p></p>\n");
	CU_ASSERT_PTR_NULL(load_page(page.bytes, page.length));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem,
	    "s.html: is longer than 65536 bytes"));
	text_free(&page);
	/* Deeper than anyone needs. */
	while (page.length < 3 * 60)
		text_add(&page, "<p>");
	CU_ASSERT(page_refused(page.bytes, page.length,
	    "1: more than 48 elements deep"));
	text_free(&page);
	/* A second language that is broken stops it too. */
	file_write("de", "<p>", 3);
	CU_ASSERT_PTR_NULL(load_page(BEFORE AFTER, strlen(BEFORE AFTER)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem,
	    "/de/s.html:1: <p> is not closed"));
	file_remove("de");
}

static void
language_of_screen(void)
{
	static const char german[] = "<html lang=\"de\"><body "
	    "data-screen=\"s\">Hallo</body></html>";
	char language[SCREEN_LANGUAGE_SIZE];
	struct text filled = { 0 };
	struct screen *screen;

	file_write("de", german, strlen(german));
	/* No language: neither read nor chosen. */
	file_write("Problem", "<p>", 3);
	screen = load_page(BEFORE AFTER, strlen(BEFORE AFTER));
	file_remove("de");
	file_remove("Problem");
	CU_ASSERT_PTR_NOT_NULL_FATAL(screen);
	screen_language(screen, "de-AT,de;q=0.9", language);
	CU_ASSERT_STRING_EQUAL(language, "de");
	screen_fill(screen, language, NO_FIELDS, &filled);
	CU_ASSERT_STRING_EQUAL(filled.bytes, german);
	screen_language(screen, "ja", language);
	CU_ASSERT_STRING_EQUAL(language, "en");
	screen_language(screen, NULL, language);
	CU_ASSERT_STRING_EQUAL(language, "en");
	text_clear(&filled);
	screen_fill(screen, "xx", NO_FIELDS, &filled);
	CU_ASSERT_STRING_EQUAL(filled.bytes, BEFORE AFTER);
	text_free(&filled);
	screen_free(screen);
	screen_free(NULL);
}

/* The screens that we ship, as po/merge made them: all load, in each language,
 * and filled they hold no leftovers. */
static void
shipped_screens(void)
{
	static const char *const names[] = { "enter-code", "name-device",
		"code-invalid", "too-many-tries", "operate-device",
		"code-unknown", "released", "status", "refused",
		"unavailable" };
	char language[SCREEN_LANGUAGE_SIZE], found[SCREEN_LANGUAGE_SIZE];
	FILE *languages = fopen("po/merged", "r");
	struct screen *screen;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(languages);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		screen = screen_load("www", names[i], problem,
		    sizeof(problem));
		if (screen == NULL)
			fprintf(stderr, "%s\n", problem);
		CU_ASSERT_PTR_NOT_NULL_FATAL(screen);
		rewind(languages);
		while (fscanf(languages, "%35s", language) == 1) {
			struct text filled = { 0 };

			screen_language(screen, language, found);
			CU_ASSERT_STRING_EQUAL(found, language);
			screen_fill(screen, language, NO_FIELDS, &filled);
			CU_ASSERT_PTR_NULL(strstr(filled.bytes, "../"));
			CU_ASSERT_PTR_NULL(strstr(filled.bytes, "data-if"));
			CU_ASSERT(filled.length < 30 * 1024);
			text_free(&filled);
		}
		screen_free(screen);
	}
	fclose(languages);
}

int
main(void)
{
	CU_pSuite suite;
	unsigned failures;

	if (mkdtemp(folder) == NULL || CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite("screen", NULL, NULL);
	CU_ADD_TEST(suite, fill_text);
	CU_ADD_TEST(suite, fill_attributes);
	CU_ADD_TEST(suite, fill_numbers);
	CU_ADD_TEST(suite, variant_of_text);
	CU_ADD_TEST(suite, fill_variants);
	CU_ADD_TEST(suite, load_refuses_variants);
	CU_ADD_TEST(suite, fill_blocks);
	CU_ADD_TEST(suite, fill_rows);
	CU_ADD_TEST(suite, fill_links_and_comments);
	CU_ADD_TEST(suite, fill_hostile_values);
	CU_ADD_TEST(suite, fill_hostile_links);
	CU_ADD_TEST(suite, load_refuses_structure);
	CU_ADD_TEST(suite, load_refuses_attributes);
	CU_ADD_TEST(suite, load_refuses_directives);
	CU_ADD_TEST(suite, load_refuses_inline_and_links);
	CU_ADD_TEST(suite, load_refuses_identity);
	CU_ADD_TEST(suite, load_refuses_files);
	CU_ADD_TEST(suite, language_of_screen);
	CU_ADD_TEST(suite, shipped_screens);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	rmdir(folder);
	return failures > 0;
}
