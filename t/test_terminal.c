/* lib/terminal: whose form it is, cookies, and what was typed. */
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "lib/terminal.h"
#include "t/scratch.h"

static struct conf plain = { .origin = "http://example.net" };
static struct conf below = { .origin = "http://example.net",
	.base_path = "/x/y" };
static struct conf tls = { .origin = "https://example.net",
	.base_path = "/x/y", .tls = true };

#define SEALED_SIZE	1024	/* of a cookie's value */

static const struct terminal_typed typed_a = { "a", "" };

static char folder[SCRATCH_SIZE];

static void
key_set(const char *hex_pair)
{
	char content[80] = "1 ", problem[256];

	for (unsigned i = 0; i < KEY_SIZE; i++)
		strcat(content, hex_pair);
	scratch_write(folder, "cookie", content, strlen(content), 0600);
	CU_ASSERT_FATAL(key_load(KEY_COOKIE, folder, problem,
	    sizeof(problem)));
}

static bool
is_ours(const char *fetch_site, const char *origin)
{
	struct request request = { .fetch_site = fetch_site,
		.origin = origin };

	return terminal_is_ours(&plain, &request);
}

static void
terminal_is_ours_same_site(void)
{
	CU_ASSERT(is_ours("same-origin", NULL));
	CU_ASSERT(is_ours("none", NULL));
	CU_ASSERT(is_ours("same-origin", "http://other.example"));
	CU_ASSERT(is_ours(NULL, "http://example.net"));
	CU_ASSERT(is_ours(NULL, NULL));
}

static void
terminal_is_ours_cross_site(void)
{
	CU_ASSERT_FALSE(is_ours("cross-site", NULL));
	CU_ASSERT_FALSE(is_ours("same-site", NULL));
	CU_ASSERT_FALSE(is_ours("Same-Origin", NULL));
	CU_ASSERT_FALSE(is_ours("", "http://example.net"));
	CU_ASSERT_FALSE(is_ours("cross-site", "http://example.net"));
	CU_ASSERT_FALSE(is_ours(NULL, "http://other.example"));
	CU_ASSERT_FALSE(is_ours(NULL, "https://example.net"));
	CU_ASSERT_FALSE(is_ours(NULL, "http://example.net:80"));
	CU_ASSERT_FALSE(is_ours(NULL, "http://example.net/"));
	CU_ASSERT_FALSE(is_ours(NULL, "null"));
	CU_ASSERT_FALSE(is_ours(NULL, ""));
}

/* The value of a Set-Cookie, which must be the only header and be like this.
 * in: name and what follows the value. */
static void
cookie_value(struct reply *reply, const char *name, const char *attributes,
    char value[static SEALED_SIZE])
{
	char before[64], after[256];
	const char *header = reply->headers.bytes;
	size_t length = reply->headers.length, fixed;

	snprintf(before, sizeof(before), "Set-Cookie: %s=", name);
	snprintf(after, sizeof(after), "; %s\r\n", attributes);
	fixed = strlen(before) + strlen(after);
	value[0] = '\0';
	CU_ASSERT_FATAL(length >= fixed && length - fixed < SEALED_SIZE);
	CU_ASSERT(strncmp(header, before, strlen(before)) == 0);
	CU_ASSERT_STRING_EQUAL(header + length - strlen(after), after);
	snprintf(value, SEALED_SIZE, "%.*s", (int)(length - fixed),
	    header + strlen(before));
	CU_ASSERT_PTR_NULL(strpbrk(value, "; ,\"\\"));
}

#define DAYS_400	"Max-Age=34560000; HttpOnly; SameSite=Lax"

static void
expect_set(const struct conf *conf, enum terminal_cookie cookie,
    const char *name, const char *attributes)
{
	unsigned char hash[KEY_HASH_SIZE], sent[KEY_HASH_SIZE];
	char value[SEALED_SIZE], other[SEALED_SIZE], header[SEALED_SIZE + 64];
	struct reply reply = { 0 };
	struct request request = { .cookie = header };

	terminal_cookie_set(conf, &reply, cookie, hash);
	cookie_value(&reply, name, attributes, value);
	CU_ASSERT_EQUAL(strlen(value), TOKEN_SIZE - 1);
	snprintf(header, sizeof(header), "a=b; %s=%s; c=d", name, value);
	CU_ASSERT(terminal_cookie_hash(conf, &request, cookie, sent));
	CU_ASSERT(memcmp(hash, sent, sizeof(hash)) == 0);
	reply_clear(&reply);
	terminal_cookie_set(conf, &reply, cookie, hash);
	cookie_value(&reply, name, attributes, other);
	CU_ASSERT_STRING_NOT_EQUAL(value, other);
	CU_ASSERT(memcmp(hash, sent, sizeof(hash)) != 0);
	reply_free(&reply);
}

static void
terminal_cookie_set_and_sent(void)
{
	expect_set(&plain, TERMINAL_NAME, "terminal", "Path=/; " DAYS_400);
	expect_set(&plain, TERMINAL_SESSION, "session", "Path=/; " DAYS_400);
	expect_set(&below, TERMINAL_SESSION, "session",
	    "Path=/x/y; " DAYS_400);
	/* The prefix __Host- demands Path=/ and Secure. */
	expect_set(&tls, TERMINAL_NAME, "__Host-terminal",
	    "Path=/; " DAYS_400 "; Secure");
	expect_set(&tls, TERMINAL_SESSION, "__Host-session",
	    "Path=/; " DAYS_400 "; Secure");
}

static void
terminal_cookie_set_long_path(void)
{
	struct conf conf = { .base_path = "/" };
	unsigned char hash[KEY_HASH_SIZE];
	struct reply reply = { 0 };

	key_set("11");
	memset(conf.base_path + 1, 'x', CONF_PATH_SIZE - 2);
	terminal_cookie_set(&conf, &reply, TERMINAL_SESSION, hash);
	CU_ASSERT_PTR_NOT_NULL(strstr(reply.headers.bytes, "SameSite=Lax\r"));
	reply_clear(&reply);
	terminal_typed_set(&conf, &reply, &typed_a);
	CU_ASSERT_PTR_NOT_NULL(strstr(reply.headers.bytes, "SameSite=Lax\r"));
	reply_free(&reply);
}

#define VALUE	"0123456789_-abcdefghijklmnopqrstuvwxyzABCDE"

static bool
hashes(const struct conf *conf, const char *header)
{
	struct request request = { .cookie = header };
	unsigned char hash[KEY_HASH_SIZE] = "untouched";
	bool sent = terminal_cookie_hash(conf, &request, TERMINAL_SESSION,
	    hash);

	CU_ASSERT_EQUAL(memcmp(hash, "untouched", 9) == 0, !sent);
	return sent;
}

static void
terminal_cookie_hash_not_sent(void)
{
	CU_ASSERT(hashes(&plain, "session=" VALUE));
	CU_ASSERT_FALSE(hashes(&plain, ""));
	CU_ASSERT_FALSE(hashes(&plain, "session="));
	CU_ASSERT_FALSE(hashes(&plain, "session=short"));
	CU_ASSERT_FALSE(hashes(&plain, "session=" VALUE "x"));
	CU_ASSERT_FALSE(hashes(&plain, "terminal=" VALUE));
	CU_ASSERT_FALSE(hashes(&plain, "xsession=" VALUE));
	/* Over TLS any host of the domain may have set the bare name. */
	CU_ASSERT_FALSE(hashes(&tls, "session=" VALUE));
	CU_ASSERT(hashes(&tls, "__Host-session=" VALUE));
	CU_ASSERT_FALSE(hashes(&plain, "__Host-session=" VALUE));
}

/* The sealed value of what was typed. */
static void
seal(const char *code, const char *device, char sealed[static SEALED_SIZE])
{
	struct terminal_typed typed;
	struct reply reply = { 0 };

	snprintf(typed.code, sizeof(typed.code), "%s", code);
	snprintf(typed.device, sizeof(typed.device), "%s", device);
	terminal_typed_set(&below, &reply, &typed);
	cookie_value(&reply, "typed", "Path=/x/y/pair; Max-Age=600; HttpOnly;"
	    " SameSite=Lax", sealed);
	reply_free(&reply);
}

/* in: wanted: NULL when nothing may be got. */
static void
expect_both(const char *sealed, const char *wanted, const char *device)
{
	char header[2048];
	struct terminal_typed typed = { "untouched", "untouched" };
	struct request request = { .cookie = header };

	/* Over TLS any host of the domain may have set the bare name. */
	snprintf(header, sizeof(header), "a=b; typed=%s; c=d", sealed);
	CU_ASSERT_FALSE(terminal_typed_get(&tls, &request, &typed));
	CU_ASSERT_EQUAL(terminal_typed_get(&plain, &request, &typed),
	    wanted != NULL);
	CU_ASSERT_STRING_EQUAL(typed.code,
	    wanted != NULL ? wanted : "untouched");
	CU_ASSERT_STRING_EQUAL(typed.device,
	    wanted != NULL ? device : "untouched");
}

static void
expect_typed(const char *sealed, const char *wanted)
{
	expect_both(sealed, wanted, "");
}

static void
terminal_typed_returns(void)
{
	char sealed[SEALED_SIZE], again[SEALED_SIZE];
	char longest[TERMINAL_TYPED_MAX + 1];

	key_set("11");
	seal("7KQ4-M2XW \u00e9\"<", "", sealed);
	CU_ASSERT_PTR_NULL(strstr(sealed, "7KQ4"));
	expect_typed(sealed, "7KQ4-M2XW \u00e9\"<");
	seal("7KQ4-M2XW \u00e9\"<", "", again);
	CU_ASSERT_STRING_NOT_EQUAL(sealed, again);
	seal("", "", sealed);
	expect_typed(sealed, "");
	seal("", "A1B2", sealed);
	expect_both(sealed, "", "A1B2");
	seal("7KQ4", "A1 b2", sealed);
	expect_both(sealed, "7KQ4", "A1 b2");
	memset(longest, 'x', sizeof(longest));
	longest[TERMINAL_TYPED_MAX] = '\0';
	seal(longest, longest, sealed);
	expect_both(sealed, longest, longest);
}

static void
terminal_typed_set_attributes(void)
{
	struct reply reply = { 0 };
	char sealed[SEALED_SIZE], header[SEALED_SIZE + 32];
	struct request request = { .cookie = header };
	struct terminal_typed typed;

	terminal_typed_set(&tls, &reply, &typed_a);
	cookie_value(&reply, "__Secure-typed", "Path=/x/y/pair; Max-Age=600; "
	    "HttpOnly; SameSite=Lax; Secure", sealed);
	snprintf(header, sizeof(header), "__Secure-typed=%s", sealed);
	CU_ASSERT(terminal_typed_get(&tls, &request, &typed));
	CU_ASSERT_STRING_EQUAL(typed.code, typed_a.code);
	reply_clear(&reply);
	terminal_typed_set(&plain, &reply, NULL);
	cookie_value(&reply, "typed", "Path=/pair; Max-Age=0; HttpOnly; "
	    "SameSite=Lax", sealed);
	CU_ASSERT_STRING_EQUAL(sealed, "");
	reply_free(&reply);
}

static void
terminal_typed_get_not_ours(void)
{
	char sealed[SEALED_SIZE], changed[SEALED_SIZE + 8];
	struct request request = { .cookie = "" };
	struct terminal_typed typed;

	CU_ASSERT_FALSE(terminal_typed_get(&plain, &request, &typed));
	key_set("11");
	seal("abc", "", sealed);
	for (size_t i = 0; sealed[i] != '\0'; i++) {
		strcpy(changed, sealed);
		changed[i] = sealed[i] == 'A' ? 'B' : 'A';
		expect_typed(changed, NULL);
		strcpy(changed, sealed);
		changed[i] = '\0';
		expect_typed(changed, NULL);
	}
	snprintf(changed, sizeof(changed), "%s=", sealed);
	expect_typed(changed, NULL);
	snprintf(changed, sizeof(changed), "%sAAAA", sealed);
	expect_typed(changed, NULL);
	expect_typed("!", NULL);
	memset(changed, 'A', sizeof(changed));
	changed[sizeof(changed) - 1] = '\0';
	expect_typed(changed, NULL);
	expect_typed(sealed, "abc");
	key_set("22");
	expect_typed(sealed, NULL);
}

/* As terminal_typed_set seals it, but some seconds ago. */
static void
seal_aged(int64_t age_s, char sealed[static SEALED_SIZE])
{
	unsigned char plain_text[11], box[24 + 16 + 11];
	uint64_t then = (uint64_t)((int64_t)time(NULL) - age_s);

	memcpy(plain_text, &then, 8);
	memcpy(plain_text + 8, "abc", 3);
	randombytes_buf(box, 24);
	crypto_secretbox_easy(box + 24, plain_text, 11, box,
	    key_bytes(KEY_COOKIE));
	sodium_bin2base64(sealed, SEALED_SIZE, box, sizeof(box),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void
terminal_typed_get_too_old(void)
{
	char sealed[SEALED_SIZE];

	key_set("11");
	seal_aged(0, sealed);
	expect_typed(sealed, "abc");
	seal_aged(590, sealed);
	expect_typed(sealed, "abc");
	seal_aged(601, sealed);
	expect_typed(sealed, NULL);
	seal_aged(-50, sealed);		/* by a machine whose clock is ahead */
	expect_typed(sealed, "abc");
	seal_aged(-70, sealed);		/* by a clock that was put back */
	expect_typed(sealed, NULL);
	seal_aged(INT64_MAX / 2, sealed);
	expect_typed(sealed, NULL);
}

/* Two languages, as small as screens can be. */
static struct screen *
screen_in_two_languages(void)
{
	static const char *const tags[] = { "en", "pt-BR" };
	char www[SCRATCH_SIZE], path[SCRATCH_SIZE + 16], problem[256], page[128];
	struct screen *screen;

	scratch_make(www);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", www, tags[i]);
		mkdir(path, 0700);
		snprintf(page, sizeof(page), "<!DOCTYPE html>\n<html lang=\"%s\">"
		    "<body data-screen=\"s\"></body></html>\n", tags[i]);
		scratch_write(path, "s.html", page, strlen(page), 0600);
	}
	screen = screen_load(www, "s", problem, sizeof(problem));
	CU_ASSERT_PTR_NOT_NULL_FATAL(screen);
	scratch_remove(www);
	return screen;
}

static void
expect_language(const struct conf *conf, const char *query,
    const char *cookie, const char *list_wanted, const char *header)
{
	struct screen *screen = screen_in_two_languages();
	struct request request = { .query = query, .cookie = cookie,
		.accept_language = "fr,en;q=0.5" };
	struct reply reply = { 0 };
	struct text list = { 0 };

	terminal_language(conf, &request, screen, &reply, &list);
	CU_ASSERT_STRING_EQUAL(request.accept_language, list_wanted);
	CU_ASSERT_STRING_EQUAL(reply.headers.length > 0
	    ? reply.headers.bytes : "", header);
	text_free(&list);
	reply_free(&reply);
	screen_free(screen);
}

static void
terminal_language_chosen(void)
{
	const char *chosen = "pt-BR,fr,en;q=0.5";

	expect_language(&plain, "", "", "fr,en;q=0.5", "");
	expect_language(&plain, "a=b&language=pt-br", "", chosen,
	    "Set-Cookie: language=pt-BR; Path=/; " DAYS_400 "\r\n");
	expect_language(&tls, "language=pt-BR", "", chosen,
	    "Set-Cookie: __Host-language=pt-BR; Path=/; " DAYS_400
	    "; Secure\r\n");
	expect_language(&tls, "", "__Host-language=pt-BR", chosen, "");
	expect_language(&tls, "", "language=pt-BR", "fr,en;q=0.5", "");
	expect_language(&plain, "", "a=b; language=pt-BR", chosen, "");
	expect_language(&plain, "language=xx", "language=pt-BR", chosen, "");
}

static void
terminal_language_unknown(void)
{
	static const char *const bad[] = { "language=xx", "language=",
		"language=pt", "language=pt-BR,en", "language=*",
		"language=en q=1", "language=pt-BR-aaaaaaaa-bbbbbbbb-cccccccc",
		"language=%zz", "Language=pt-BR" };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_language(&plain, bad[i], "", "fr,en;q=0.5", "");
		expect_language(&plain, "", bad[i], "fr,en;q=0.5", "");
	}
}

static const struct test tests[] = {
	TEST(terminal_is_ours_same_site),
	TEST(terminal_is_ours_cross_site),
	TEST(terminal_cookie_set_and_sent),
	TEST(terminal_cookie_set_long_path),
	TEST(terminal_cookie_hash_not_sent),
	TEST(terminal_typed_returns),
	TEST(terminal_typed_set_attributes),
	TEST(terminal_typed_get_not_ours),
	TEST(terminal_typed_get_too_old),
	TEST(terminal_language_chosen),
	TEST(terminal_language_unknown),
	{ NULL, NULL }
};

int
main(void)
{
	char problem[512] = "";
	int status = 1;

	scratch_make(folder);
	if (sodium_init() >= 0
	    && key_new(KEY_SESSION, folder, problem, sizeof(problem))
	    && key_load(KEY_SESSION, folder, problem, sizeof(problem)))
		status = test_run("terminal", tests);
	else
		fprintf(stderr, "%s\n", problem);
	scratch_remove(folder);
	return status;
}
