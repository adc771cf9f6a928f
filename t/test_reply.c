/* lib/reply: headers, redirects and problem documents. */
#include <string.h>

#include "lib/reply.h"
#include "t/scratch.h"

static void
expect_headers(const struct reply *reply, const char *wanted)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(reply->headers.bytes);
	CU_ASSERT_STRING_EQUAL(reply->headers.bytes, wanted);
}

static void
reply_header_added(void)
{
	struct reply reply = { 0 };

	reply_header(&reply, "Set-Cookie", "a=b");
	reply_header(&reply, "Set-Cookie", "c=\xc3\xa9 d");
	reply_header(&reply, "X", "");
	expect_headers(&reply, "Set-Cookie: a=b\r\nSet-Cookie: c=\xc3\xa9 d"
	    "\r\nX: \r\n");
	reply_free(&reply);
}

static const char *hostile;

static void
header_hostile(void)
{
	struct reply reply = { 0 };

	reply_header(&reply, "Location", hostile);
}

static void
reply_header_control(void)
{
	static const char *const values[] = { "a\r\nSet-Cookie: b", "a\n",
		"\r", "a\tb", "\x01", "\x1f", "a\x7f" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		hostile = values[i];
		CU_ASSERT(scratch_ends(header_hostile, 1,
		    "control byte in header Location\n"));
	}
}

static void
reason_unknown(void)
{
	reply_reason(418);
}

/* Each failure's status has one. */
static void
reply_reason_each(void)
{
	CU_ASSERT_STRING_EQUAL(reply_reason(201), "Created");
	CU_ASSERT_STRING_EQUAL(reply_reason(303), "See Other");
	for (enum error error = ERROR_NONE; error < ERROR__MAX; error++)
		CU_ASSERT(reply_reason(error_public(error)->status)[0]
		    != '\0');
	CU_ASSERT(scratch_ends(reason_unknown, 1,
	    "no reason phrase for status 418"));
}

static void
reply_document_headers(void)
{
	struct reply reply = { 0 };

	reply_document(&reply, 201);
	CU_ASSERT_EQUAL(reply.status, 201);
	expect_headers(&reply, "Content-Type: application/xml; charset=utf-8"
	    "\r\nCache-Control: no-store\r\n");
	CU_ASSERT_EQUAL(reply.body.length, 0);
	reply_free(&reply);
}

static void
reply_see_other_below_base(void)
{
	struct reply reply = { 0 };

	reply_see_other(&reply, "/x/y", "/status");
	CU_ASSERT_EQUAL(reply.status, 303);
	expect_headers(&reply, "Location: /x/y/status\r\n"
	    "Cache-Control: no-store\r\n");
	reply_clear(&reply);
	reply_see_other(&reply, "", "/status");
	expect_headers(&reply, "Location: /status\r\n"
	    "Cache-Control: no-store\r\n");
	reply_free(&reply);
}

static void
redirect_hostile(void)
{
	struct reply reply = { 0 };

	reply_see_other(&reply, "", "/status\r\nX: y");
}

static void
reply_see_other_control(void)
{
	CU_ASSERT(scratch_ends(redirect_hostile, 1, "control byte"));
}

#define DOCUMENT(name, title, status, detail) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<problem xmlns=\"urn:ietf:rfc:7807\">\n" \
	"  <type>urn:tallystick:problem:" name "</type>\n" \
	"  <title>" title "</title>\n  <status>" status "</status>\n" \
	"  <detail>" detail "</detail>\n</problem>\n"
#define HEADERS \
	"Content-Type: application/problem+xml\r\nCache-Control: no-store\r\n"

static void
reply_problem_detail(void)
{
	struct reply reply = { 0 };

	reply_problem(&reply, ERROR_METHOD);
	CU_ASSERT_EQUAL(reply.status, 405);
	expect_headers(&reply, HEADERS);
	CU_ASSERT_STRING_EQUAL(reply.body.bytes, DOCUMENT("method",
	    "Method not allowed", "405",
	    "Use a method that the Allow header names."));
	text_copy(reply.detail, sizeof(reply.detail),
	    "line 3: <Code> & \"more\"\x01\xff.");
	reply_problem(&reply, ERROR_INVALID);
	CU_ASSERT_EQUAL(reply.status, 422);
	CU_ASSERT_STRING_EQUAL(reply.body.bytes, DOCUMENT("invalid",
	    "Invalid message", "422", "line 3: &lt;Code&gt; &amp; &quot;more"
	    "&quot;\ufffd\ufffd."));
	reply_free(&reply);
}

/* Nothing of a half made answer stays, a cookie least of all. */
static void
reply_problem_replaces(void)
{
	struct reply reply = { 0 };

	reply_document(&reply, 201);
	reply_header(&reply, "Set-Cookie", "session=secret");
	text_add(&reply.body, "<Registration><Token>secret");
	reply_problem(&reply, ERROR_GONE);
	CU_ASSERT_EQUAL(reply.status, 410);
	expect_headers(&reply, HEADERS);
	CU_ASSERT_PTR_NULL(strstr(reply.body.bytes, "secret"));
	CU_ASSERT_EQUAL(strncmp(reply.body.bytes, "<?xml", 5), 0);
	reply_free(&reply);
}

static void
reply_problem_headers(void)
{
	struct reply reply = { 0 };

	reply_problem(&reply, ERROR_UNAUTHORIZED);
	expect_headers(&reply, HEADERS "WWW-Authenticate: Bearer\r\n");
	reply_problem(&reply, ERROR_THROTTLED);
	expect_headers(&reply, HEADERS "Retry-After: 60\r\n");
	reply_problem(&reply, ERROR_UNAVAILABLE);
	expect_headers(&reply, HEADERS "Retry-After: 5\r\n");
	reply_free(&reply);
}

static void
reply_clear_wipes(void)
{
	static const struct reply empty;
	struct reply reply = { .status = 200, .end_worker = 1 };
	char *body;

	reply_header(&reply, "Set-Cookie", "secret");
	text_add(&reply.body, "secret");
	text_copy(reply.detail, sizeof(reply.detail), "secret");
	body = reply.body.bytes;
	reply_clear(&reply);
	CU_ASSERT_EQUAL(reply.status, 0);
	CU_ASSERT_EQUAL(reply.end_worker, 0);
	CU_ASSERT_EQUAL(reply.headers.length, 0);
	CU_ASSERT_EQUAL(reply.body.length, 0);
	CU_ASSERT(memcmp(body, empty.detail, 6) == 0);
	CU_ASSERT(memcmp(reply.detail, empty.detail, sizeof(reply.detail))
	    == 0);
	reply_free(&reply);
	reply_free(&reply);
}

static const struct test tests[] = {
	TEST(reply_header_added),
	TEST(reply_header_control),
	TEST(reply_reason_each),
	TEST(reply_document_headers),
	TEST(reply_see_other_below_base),
	TEST(reply_see_other_control),
	TEST(reply_problem_detail),
	TEST(reply_problem_replaces),
	TEST(reply_problem_headers),
	TEST(reply_clear_wipes),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("reply", tests);
}
