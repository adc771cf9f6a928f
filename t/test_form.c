/* lib/form: url-encoded fields, multipart parts, cookies. */
#include <stdbool.h>
#include <string.h>

#include "lib/form.h"
#include "lib/text.h"
#include "t/test.h"

#define TYPE	"multipart/form-data; boundary=b"

/* in: length 0: to the NUL; wanted NULL: no such field. */
static void
expect_field(const char *form, const char *name, const char *wanted)
{
	char *value = NULL;
	size_t length = 0;

	CU_ASSERT_EQUAL(form_field(form, strlen(form), name, &value,
	    &length), ERROR_NONE);
	if (wanted == NULL) {
		CU_ASSERT_PTR_NULL(value);
	} else {
		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		CU_ASSERT_STRING_EQUAL(value, wanted);
		CU_ASSERT_EQUAL(length, strlen(wanted));
	}
	free(value);
}

static void
refuse_field(const char *form, size_t form_length)
{
	char untouched, *value = &untouched;
	size_t length = 7;

	CU_ASSERT_EQUAL(form_field(form, form_length, "a", &value, &length),
	    ERROR_MALFORMED);
	CU_ASSERT_PTR_EQUAL(value, &untouched);
	CU_ASSERT_EQUAL(length, 7);
}

static void
form_field_found(void)
{
	expect_field("a=1", "a", "1");
	expect_field("a=1&b=2&c=3", "b", "2");
	expect_field("b=2&a=", "a", "");
	expect_field("a", "a", "");
	expect_field("a&b=2", "a", "");
	expect_field("a==1=", "a", "=1=");
	expect_field("&&a=1&&", "a", "1");
	expect_field("a=1&a=2", "a", "1");
	expect_field("=x&a=1", "", "x");
	expect_field("a=1;b=2", "a", "1;b=2");
	expect_field("a=x?y/z", "a", "x?y/z");
}

static void
form_field_missing(void)
{
	expect_field("", "a", NULL);
	expect_field("&", "a", NULL);
	expect_field("b=a", "a", NULL);
	expect_field("A=1", "a", NULL);
	expect_field("aa=1", "a", NULL);
	expect_field("a%20=1", "a", NULL);
	expect_field("b=1;a=2", "a", NULL);
	expect_field("b=1?a=2", "a", NULL);
}

static void
form_field_decoded(void)
{
	expect_field("a=b+c%20d", "a", "b c d");
	expect_field("a=%2B%26%3D%25", "a", "+&=%");
	expect_field("a=%c3%A9", "a", "\xc3\xa9");
	expect_field("a=%ff%FF%2F", "a", "\xff\xff/");
	expect_field("%61=1", "a", "1");
	expect_field("a+b=1", "a b", "1");
	expect_field("a%3D=1", "a=", "1");
	expect_field("a=%2541", "a", "%41");
	expect_field("a=%0d%0a", "a", "\r\n");
	expect_field("a=\x01\x7f", "a", "\x01\x7f");
}

static void
form_field_malformed(void)
{
	static const char *const forms[] = { "a=%", "a=%4", "a=%4&b=1",
		"a=%zz", "a=%4g", "a=%g4", "a=% 41", "a=%%41", "a=%00",
		"a=x%00y", "%=1", "a%00=1", "b=%00&a=1", "a=1&b=%",
		"a=1&%zz", "a=1&a=%", "a=%-1", "a=%+1" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		refuse_field(forms[i], strlen(forms[i]));
	refuse_field("a=\0", 3);
	refuse_field("a=1&b\0=2", 8);
	refuse_field("\0", 1);
}

/* The percent sign stands at the end of the bytes, not of the memory. */
static void
form_field_cut_short(void)
{
	char form[] = "a=%41";
	char *value = NULL;
	size_t length = 0;

	refuse_field(form, 3);
	refuse_field(form, 4);
	CU_ASSERT_EQUAL(form_field(form, 5, "a", &value, &length),
	    ERROR_NONE);
	CU_ASSERT_STRING_EQUAL(value, "A");
	free(value);
}

static void
expect_part(const char *type, const char *body, const char *name,
    const char *wanted)
{
	char *value = NULL;
	size_t length = 0;
	enum error error = form_part(body, strlen(body), type, name, &value,
	    &length);

	if (error != ERROR_NONE)
		fprintf(stderr, "\n  refused: %s\n", body);
	CU_ASSERT_EQUAL(error, ERROR_NONE);
	if (wanted == NULL) {
		CU_ASSERT_PTR_NULL(value);
	} else {
		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		CU_ASSERT_STRING_EQUAL(value, wanted);
		CU_ASSERT_EQUAL(length, strlen(wanted));
	}
	free(value);
}

static void
refuse_part(const char *type, const char *body)
{
	char untouched, *value = &untouched;
	size_t length = 7;
	enum error error = form_part(body, strlen(body), type, "m", &value,
	    &length);

	if (error != ERROR_MALFORMED)
		fprintf(stderr, "\n  taken: %s %s\n", type, body);
	CU_ASSERT_EQUAL(error, ERROR_MALFORMED);
	CU_ASSERT_PTR_EQUAL(value, &untouched);
	CU_ASSERT_EQUAL(length, 7);
}

#define NAMED(name)	"Content-Disposition: form-data; name=" name "\r\n"
#define ONE(headers, content) \
	"--b\r\n" headers "\r\n" content "\r\n--b--\r\n"

static void
form_part_found(void)
{
	expect_part(TYPE, ONE(NAMED("\"m\""), "<x/>"), "m", "<x/>");
	expect_part(TYPE, ONE(NAMED("m"), "<x/>"), "m", "<x/>");
	expect_part(TYPE, ONE(NAMED("\"m\""), ""), "m", "");
	expect_part(TYPE, ONE(NAMED("\"m\""), "a\r\nb\r\n"), "m",
	    "a\r\nb\r\n");
	expect_part(TYPE, ONE(NAMED("\"m\"; filename=\"x.xml\"")
	    "Content-Type: application/xml\r\n", "<x/>"), "m", "<x/>");
	expect_part(TYPE, ONE("Content-Type: text/xml\r\n"
	    "content-disposition:form-data;name=\"m\"\r\n", "y"), "m", "y");
	expect_part(TYPE, ONE("Content-Disposition:\t form-data;\tname=m\r\n",
	    "<x/>"), "m", "<x/>");
	expect_part(TYPE, ONE("CONTENT-DISPOSITION: form-data ; NAME = "
	    "\"m\" ; x=y\r\n", "y"), "m", "y");
	expect_part(TYPE, ONE("Content-Disposition: form-data; "
	    "filename=\"a; name=\\\"q\\\"; b\"; name=\"m\"\r\n", "y"), "m",
	    "y");
	expect_part(TYPE, ONE(NAMED("\"a\\\"\\\\b\""), "y"), "a\"\\b", "y");
	expect_part(TYPE, ONE("Content-Disposition: form-data; "
	    "filename=\"\"; name=\"m\"\r\n", "y"), "m", "y");
}

static void
form_part_of_several(void)
{
	static const char body[] = "--b\r\n" NAMED("\"a\"") "\r\n1\r\n"
	    "--b\r\n" NAMED("\"m\"") "\r\n2\r\n--b\r\n" NAMED("\"m\"")
	    "\r\n3\r\n--b--";

	expect_part(TYPE, body, "a", "1");
	expect_part(TYPE, body, "m", "2");
	expect_part(TYPE, body, "z", NULL);
}

/* What it costs is measured by bench/hostile. */
static void
form_part_crowd(void)
{
	static const char *const fillings[] = { ";a=b", ";a", ";", " ",
		";a=\"", ";=", "=", ";a = b ", "\\" };
	static const char type[] = "multipart/form-data; boundary=B";

	for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++) {
		struct text body = { 0 };
		char *value = NULL;
		size_t length;

		text_add(&body, "--B\r\nContent-Disposition: form-data");
		while (body.length < 128 * 1024)
			text_add(&body, fillings[i]);
		while (body.length < 256 * 1024)
			text_add(&body, " ");
		text_add(&body, "\r\n\r\nx\r\n--B--");
		form_part(body.bytes, body.length, type, "name", &value,
		    &length);
		CU_ASSERT_PTR_NULL(value);
		free(value);
		text_free(&body);
	}
}

static void
form_part_boundary_kinds(void)
{
	static const char seventy[] = "0123456789012345678901234567890123456"
	    "789012345678901234567890123456789";
	char type[256], body[512];

	expect_part("multipart/form-data; boundary=\"b\"",
	    ONE(NAMED("\"m\""), "y"), "m", "y");
	expect_part("multipart/form-data;charset=utf-8;Boundary=b",
	    ONE(NAMED("\"m\""), "y"), "m", "y");
	expect_part("multipart/form-data; boundary=b; charset=utf-8",
	    ONE(NAMED("\"m\""), "y"), "m", "y");
	expect_part("multipart/form-data; boundary=\"a b:'()+_,-./=?\"",
	    "--a b:'()+_,-./=?\r\n" NAMED("\"m\"") "\r\ny\r\n"
	    "--a b:'()+_,-./=?--", "m", "y");
	expect_part("multipart/form-data; boundary=--b",
	    "----b\r\n" NAMED("\"m\"") "\r\ny\r\n----b--", "m", "y");
	CU_ASSERT_EQUAL_FATAL(strlen(seventy), 70);
	snprintf(type, sizeof(type), "multipart/form-data; boundary=%s",
	    seventy);
	snprintf(body, sizeof(body), "--%s\r\n" NAMED("m") "\r\ny\r\n--%s--",
	    seventy, seventy);
	expect_part(type, body, "m", "y");
	snprintf(type, sizeof(type), "multipart/form-data; boundary=%sX",
	    seventy);
	snprintf(body, sizeof(body), "--%sX\r\n" NAMED("m") "\r\ny\r\n"
	    "--%sX--", seventy, seventy);
	refuse_part(type, body);
}

static void
form_part_boundary_inside(void)
{
	expect_part(TYPE, ONE(NAMED("m"), "a--b"), "m", "a--b");
	expect_part(TYPE, ONE(NAMED("m"), "a\n--b\n"), "m", "a\n--b\n");
	expect_part(TYPE, ONE(NAMED("m"), "a\r\n-b"), "m", "a\r\n-b");
	expect_part(TYPE, ONE(NAMED("m"), "a\r\r\n--x"), "m", "a\r\r\n--x");
	/* Whether this is a boundary depends on who reads: refused. */
	refuse_part(TYPE, ONE(NAMED("m"), "a\r\n--bc"));
	refuse_part(TYPE, ONE(NAMED("m"), "a\r\n--b c"));
}

static void
form_part_odd_but_whole(void)
{
	expect_part(TYPE, "preamble\r\n" ONE(NAMED("m"), "y") "epilogue", "m",
	    "y");
	expect_part(TYPE, "--b \t\r\n" NAMED("m") "\r\ny\r\n--b--", "m", "y");
	expect_part(TYPE, "--b\r\n" NAMED("m") "\r\n--b--", "m", "");
	expect_part(TYPE, "--b--", "m", NULL);
	/* Not at the start of its line, so all before the end is preamble. */
	expect_part(TYPE, " " ONE(NAMED("m"), "y"), "m", NULL);
	expect_part(TYPE, "--b\r\n\r\nno header\r\n--b--", "m", NULL);
	expect_part(TYPE, "--b\r\nno blank line\r\n--b--", "m", NULL);
}

static void
form_part_no_name(void)
{
	expect_part(TYPE, ONE("Content-Disposition: form-data\r\n", "y"), "m",
	    NULL);
	expect_part(TYPE, ONE(NAMED(""), "y"), "m", NULL);
	expect_part(TYPE, ONE(NAMED("\"\""), "y"), "m", NULL);
	expect_part(TYPE, ONE(NAMED("\"m"), "y"), "m", NULL);
	expect_part(TYPE, ONE(NAMED("\"M\""), "y"), "m", NULL);
	expect_part(TYPE, ONE(NAMED("\"mm\""), "y"), "m", NULL);
	expect_part(TYPE, ONE("Content-Disposition: form-data; "
	    "filename=\"m\"\r\n", "y"), "m", NULL);
	expect_part(TYPE, ONE("Content-Disposition: form-data; filename=\"; "
	    "name=m\"\r\n", "y"), "m", NULL);
	expect_part(TYPE, ONE("Content-Disposition: form-data; xname=m\r\n",
	    "y"), "m", NULL);
	expect_part(TYPE, ONE("Content-Type: text/xml; name=\"m\"\r\n", "y"),
	    "m", NULL);
	expect_part(TYPE, ONE("X-Content-Disposition: form-data; name=m\r\n",
	    "y"), "m", NULL);
}

static void
form_part_malformed(void)
{
	refuse_part("multipart/form-data", ONE(NAMED("m"), "y"));
	refuse_part("multipart/form-data; boundary", ONE(NAMED("m"), "y"));
	refuse_part("multipart/form-data; boundary=", ONE(NAMED("m"), "y"));
	refuse_part("multipart/form-data; boundary=\"\"",
	    ONE(NAMED("m"), "y"));
	refuse_part("multipart/form-data; boundary=\"b",
	    ONE(NAMED("m"), "y"));
	refuse_part("multipart/form-data; xboundary=b", ONE(NAMED("m"), "y"));
	refuse_part("multipart/form-data; boundary=c", ONE(NAMED("m"), "y"));
	refuse_part(TYPE, "");
	refuse_part(TYPE, "<x/>");
	refuse_part(TYPE, "--");
	refuse_part(TYPE, "--b");
	refuse_part(TYPE, "--b\r\n");
	refuse_part(TYPE, "--b\r\n" NAMED("m"));
	refuse_part(TYPE, "--b\r\n" NAMED("m") "\r\ny");
	refuse_part(TYPE, "--b\r\n" NAMED("m") "\r\ny\r\n--b");
	refuse_part(TYPE, "--b\r\n" NAMED("m") "\r\ny\r\n--b-");
	refuse_part(TYPE, "--b\r\n" NAMED("m") "\r\ny\r\n--b\r\n");
	refuse_part(TYPE, "--b\r\n" NAMED("m") "\r\ny\r\n--b\r\n" NAMED("n")
	    "\r\nz");
	refuse_part(TYPE, "--b\n" "Content-Disposition: form-data; name=m\n\n"
	    "y\n--b--\n");
}

static void
form_part_with_nul(void)
{
	static const char body[] = "--b\r\n" NAMED("m") "\r\na\0b\r\n--b--";
	char *value = NULL;
	size_t length = 0;

	CU_ASSERT_EQUAL(form_part(body, sizeof(body) - 1, TYPE, "m", &value,
	    &length), ERROR_NONE);
	CU_ASSERT_EQUAL_FATAL(length, 3);
	CU_ASSERT(memcmp(value, "a\0b", 4) == 0);
	free(value);
}

/* Every way to cut a form short is refused or leaves it whole. */
static void
form_part_every_cut(void)
{
	static const char body[] = ONE(NAMED("\"m\""), "<x/>");
	size_t whole = sizeof(body) - 3;	/* without the last CR LF */

	for (size_t length = 0; length < sizeof(body); length++) {
		char *cut = malloc(length + 1), *value = NULL;
		size_t value_length = 0;
		enum error error;

		memcpy(cut, body, length);
		error = form_part(cut, length, TYPE, "m", &value,
		    &value_length);
		CU_ASSERT_EQUAL(error, length < whole ? ERROR_MALFORMED :
		    ERROR_NONE);
		CU_ASSERT_EQUAL(value != NULL, length >= whole);
		free(value);
		free(cut);
	}
}

static void
expect_cookie(const char *header, const char *wanted)
{
	char value[9] = "none";

	CU_ASSERT_EQUAL(form_cookie(header, "session", value, sizeof(value)),
	    wanted != NULL);
	CU_ASSERT_STRING_EQUAL(value, wanted != NULL ? wanted : "none");
}

static void
form_cookie_found(void)
{
	expect_cookie("session=abc", "abc");
	expect_cookie("a=b; session=abc; c=d", "abc");
	expect_cookie("a=b;session=abc", "abc");
	expect_cookie("  session = abc  ;x", "abc");
	expect_cookie("session=abc; session=def", "abc");
	expect_cookie("session=", "");
	expect_cookie("session=a=b==", "a=b==");
	expect_cookie("session=\"ab\"", "\"ab\"");
	expect_cookie(";;session=1", "1");
	expect_cookie("session; session=1", "1");
	expect_cookie("session=12345678", "12345678");
}

static void
form_cookie_missing(void)
{
	expect_cookie("", NULL);
	expect_cookie("session", NULL);
	expect_cookie(";", NULL);
	expect_cookie("Session=abc", NULL);
	expect_cookie("__Host-session=abc", NULL);
	expect_cookie("xsession=abc; sessionx=abc", NULL);
	expect_cookie("a=session=abc", NULL);
	expect_cookie("session=123456789", NULL);
	expect_cookie("session=123456789; session=1", NULL);
}

static const struct test tests[] = {
	TEST(form_field_found),
	TEST(form_field_missing),
	TEST(form_field_decoded),
	TEST(form_field_malformed),
	TEST(form_field_cut_short),
	TEST(form_part_found),
	TEST(form_part_of_several),
	TEST(form_part_crowd),
	TEST(form_part_boundary_kinds),
	TEST(form_part_boundary_inside),
	TEST(form_part_odd_but_whole),
	TEST(form_part_no_name),
	TEST(form_part_malformed),
	TEST(form_part_with_nul),
	TEST(form_part_every_cut),
	TEST(form_cookie_found),
	TEST(form_cookie_missing),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("form", tests);
}
