/* lib/request: what a web server's parameters become. */
#include <stdint.h>
#include <string.h>

#include "lib/request.h"
#include "t/test.h"

struct parameter {
	const char	*name;
	const char	*value;
};

/* in: source: parameters ended by a NULL name. */
static const char *
find(void *source, const char *name)
{
	const struct parameter *parameter = source;

	for (; parameter->name != NULL; parameter++)
		if (strcmp(parameter->name, name) == 0)
			return parameter->value;
	return NULL;
}

/* A request with one parameter. */
static struct request
request_of(const char *name, const char *value)
{
	struct parameter source[] = { { name, value }, { NULL, NULL } };
	struct request request;

	memset(&request, 0xa5, sizeof(request));
	request_read(&request, find, source);
	return request;
}

static void
request_read_nothing(void)
{
	struct request request = request_of("OTHER", "x");

	CU_ASSERT_STRING_EQUAL(request.method, "");
	CU_ASSERT_STRING_EQUAL(request.query, "");
	CU_ASSERT_STRING_EQUAL(request.content_type, "");
	CU_ASSERT_STRING_EQUAL(request.cookie, "");
	CU_ASSERT_STRING_EQUAL(request.accept, "");
	CU_ASSERT_STRING_EQUAL(request.accept_language, "");
	CU_ASSERT_STRING_EQUAL(request.last_event_id, "");
	CU_ASSERT_STRING_EQUAL(request.address_text, "-");
	CU_ASSERT_PTR_NULL(request.token);
	CU_ASSERT_PTR_NULL(request.origin);
	CU_ASSERT_PTR_NULL(request.fetch_site);
	CU_ASSERT_PTR_NULL(request.body);
	CU_ASSERT_EQUAL(request.length, 0);
	CU_ASSERT_EQUAL(request.address_length, 4);
	CU_ASSERT(memcmp(request.address, "\0\0\0\0", 4) == 0);
}

static void
request_read_all(void)
{
	struct parameter source[] = { { "REQUEST_METHOD", "POST" },
		{ "QUERY_STRING", "a=b" }, { "CONTENT_TYPE", "text/xml" },
		{ "HTTP_COOKIE", "c=d" }, { "HTTP_ACCEPT", "*/*" },
		{ "HTTP_ACCEPT_LANGUAGE", "de" }, { "REMOTE_ADDR", "1.2.3.4" },
		{ "HTTP_LAST_EVENT_ID", "7" },
		{ "HTTP_ORIGIN", "https://example.net" },
		{ "HTTP_SEC_FETCH_SITE", "none" },
		{ "HTTP_AUTHORIZATION", "Bearer t" }, { NULL, NULL } };
	struct request request;

	request_read(&request, find, source);
	CU_ASSERT_STRING_EQUAL(request.method, "POST");
	CU_ASSERT_STRING_EQUAL(request.query, "a=b");
	CU_ASSERT_STRING_EQUAL(request.content_type, "text/xml");
	CU_ASSERT_STRING_EQUAL(request.cookie, "c=d");
	CU_ASSERT_STRING_EQUAL(request.accept, "*/*");
	CU_ASSERT_STRING_EQUAL(request.accept_language, "de");
	CU_ASSERT_STRING_EQUAL(request.last_event_id, "7");
	CU_ASSERT_STRING_EQUAL(request.address_text, "1.2.3.4");
	CU_ASSERT_STRING_EQUAL(request.token, "t");
	CU_ASSERT_STRING_EQUAL(request.origin, "https://example.net");
	CU_ASSERT_STRING_EQUAL(request.fetch_site, "none");
}

/* An empty header is none: nginx passes empty parameters. */
static void
request_read_empty_headers(void)
{
	CU_ASSERT_PTR_NULL(request_of("HTTP_ORIGIN", "").origin);
	CU_ASSERT_PTR_NULL(request_of("HTTP_SEC_FETCH_SITE", "").fetch_site);
	CU_ASSERT_PTR_NULL(request_of("HTTP_AUTHORIZATION", "").token);
}

/* in: wanted NULL: no token. */
static void
expect_token(const char *authorization, const char *wanted)
{
	struct request request = request_of("HTTP_AUTHORIZATION",
	    authorization);

	if (wanted == NULL) {
		CU_ASSERT_PTR_NULL(request.token);
	} else {
		CU_ASSERT_PTR_NOT_NULL_FATAL(request.token);
		CU_ASSERT_STRING_EQUAL(request.token, wanted);
	}
}

static void
request_read_token(void)
{
	expect_token("Bearer abc", "abc");
	expect_token("bEARER abc", "abc");
	expect_token("Bearer   abc", "abc");
	expect_token("Bearer abc def", "abc def");
	expect_token("Bearer", NULL);
	expect_token("Bearer ", NULL);
	expect_token("Bearer   ", NULL);
	expect_token("Bearerabc", NULL);
	expect_token("Bearer\tabc", NULL);
	expect_token("Bear", NULL);
	expect_token("Basic YTpi", NULL);
	expect_token(" Bearer abc", NULL);
	expect_token("abc", NULL);
}

static void
expect_address(const char *text, const void *wanted, size_t length)
{
	struct request request = request_of("REMOTE_ADDR", text);

	CU_ASSERT_EQUAL(request.address_length, length);
	CU_ASSERT(memcmp(request.address, wanted, length) == 0);
}

static void
request_read_address(void)
{
	expect_address("192.0.2.7", "\xc0\x00\x02\x07", 4);
	expect_address("255.255.255.255", "\xff\xff\xff\xff", 4);
	expect_address("::ffff:192.0.2.7", "\xc0\x00\x02\x07", 4);
	expect_address("2001:db8:1:2:3:4:5:6", "\x20\x01\x0d\xb8\0\1\0\2", 8);
	expect_address("2001:db8:1:2::9", "\x20\x01\x0d\xb8\0\1\0\2", 8);
	expect_address("::1", "\0\0\0\0\0\0\0\0", 8);
}

static void
request_read_address_unknown(void)
{
	static const char *const texts[] = { "unix:", "", "192.0.2", "host",
		"192.0.2.256", "192.0.2.7 ", "fe80::1%eth0", "2001:db8:::1",
		"[::1]", "192.0.2.7:80" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_address(texts[i], "\0\0\0\0", 4);
}

/* in: wanted: SIZE_MAX: refused. */
static void
expect_length(const char *value, size_t wanted)
{
	struct parameter source[] = { { "CONTENT_LENGTH", value },
		{ NULL, NULL } };
	size_t length = 77;

	CU_ASSERT_EQUAL(request_length(find, source, &length),
	    wanted != SIZE_MAX);
	CU_ASSERT_EQUAL(length, wanted != SIZE_MAX ? wanted : 0);
}

static void
request_length_whole(void)
{
	expect_length(NULL, 0);
	expect_length("", 0);
	expect_length("0", 0);
	expect_length("00017", 17);
	expect_length("65536", 65536);
	expect_length("4294967296", 4294967296);
}

/* More than can be counted is too large, not malformed. */
static void
request_length_huge(void)
{
	expect_length("9223372036854775806", 9223372036854775806);
	expect_length("9223372036854775807", REQUEST_LENGTH_MAX);
	expect_length("18446744073709551616", REQUEST_LENGTH_MAX);
	expect_length("99999999999999999999999999999999", REQUEST_LENGTH_MAX);
}

static void
request_length_refused(void)
{
	static const char *const values[] = { "-1", "+1", " 1", "1 ", "1,1",
		"1.0", "0x10", "1e3", "ten", "1\n", "12abc",
		"99999999999999999999x", "\xc2\xb2" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		expect_length(values[i], SIZE_MAX);
}

static int
is_type(const char *content_type)
{
	static const char *const types[] = { "application/xml", "text/xml",
		NULL };
	struct request request = request_of("CONTENT_TYPE", content_type);

	return request_type_is(&request, types);
}

static void
request_type_is_one(void)
{
	CU_ASSERT(is_type("application/xml"));
	CU_ASSERT(is_type("text/xml"));
	CU_ASSERT(is_type("TEXT/Xml"));
	CU_ASSERT(is_type("text/xml;charset=utf-8"));
	CU_ASSERT(is_type("text/xml ; charset=utf-8"));
}

static void
request_type_is_none(void)
{
	CU_ASSERT_FALSE(is_type(""));
	CU_ASSERT_FALSE(is_type("text/xm"));
	CU_ASSERT_FALSE(is_type("text/xml2"));
	CU_ASSERT_FALSE(is_type("text/xml,application/xml"));
	CU_ASSERT_FALSE(is_type("application/xhtml+xml"));
	CU_ASSERT_FALSE(is_type(";text/xml"));
	CU_ASSERT_FALSE(is_type("xml"));
}

static int
accepts(const char *accept)
{
	struct request request = request_of("HTTP_ACCEPT", accept);

	return request_accepts(&request, "text/event-stream");
}

static void
request_accepts_named(void)
{
	CU_ASSERT(accepts("text/event-stream"));
	CU_ASSERT(accepts("TEXT/event-stream"));
	CU_ASSERT(accepts("text/event-stream;q=0.5"));
	CU_ASSERT(accepts("text/html,text/event-stream"));
	CU_ASSERT(accepts("text/html;q=1 ,, \ttext/event-stream , */*"));
}

static void
request_accepts_not_named(void)
{
	CU_ASSERT_FALSE(accepts(""));
	CU_ASSERT_FALSE(accepts(","));
	CU_ASSERT_FALSE(accepts("*/*"));
	CU_ASSERT_FALSE(accepts("text/html"));
	CU_ASSERT_FALSE(accepts("text/event-strea"));
	CU_ASSERT_FALSE(accepts("text/event-streams"));
	CU_ASSERT_FALSE(accepts("xtext/event-stream"));
	CU_ASSERT_FALSE(accepts("text/html;a=text/event-stream"));
}

static const struct test tests[] = {
	TEST(request_read_nothing),
	TEST(request_read_all),
	TEST(request_read_empty_headers),
	TEST(request_read_token),
	TEST(request_read_address),
	TEST(request_read_address_unknown),
	TEST(request_length_whole),
	TEST(request_length_huge),
	TEST(request_length_refused),
	TEST(request_type_is_one),
	TEST(request_type_is_none),
	TEST(request_accepts_named),
	TEST(request_accepts_not_named),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("request", tests);
}
