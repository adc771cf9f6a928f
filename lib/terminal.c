#include "lib/terminal.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/form.h"

#define COOKIE_DAYS	400
#define TYPED_S		600
#define CLOCKS_DIFFER_S	60
#define PLAIN_MAX	(8 + TERMINAL_TYPED_MAX + 1 + TERMINAL_TYPED_MAX)
#define SEALED_MAX \
	(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + PLAIN_MAX)
#define SEALED_TEXT \
	sodium_base64_ENCODED_LEN(SEALED_MAX, \
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING)

bool
terminal_is_ours(const struct conf *conf, const struct request *request)
{
	if (request->fetch_site != NULL)
		return strcmp(request->fetch_site, "same-origin") == 0
		    || strcmp(request->fetch_site, "none") == 0;
	return request->origin == NULL
	    || strcmp(request->origin, conf->origin) == 0;
}

enum { COOKIE_TYPED = TERMINAL_SESSION + 1, COOKIE_LANGUAGE, COOKIE__MAX };

/* In the clear and over TLS, where the prefix lets no other host set it; one
 * with a path of its own cannot have that, only Secure. */
static const char *const cookie_names[COOKIE__MAX][2] = {
	[TERMINAL_NAME] = { "terminal", "__Host-terminal" },
	[TERMINAL_SESSION] = { "session", "__Host-session" },
	[COOKIE_TYPED] = { "typed", "__Secure-typed" },
	[COOKIE_LANGUAGE] = { "language", "__Host-language" },
};

static const char *
cookie_name(const struct conf *conf, unsigned cookie)
{
	return cookie_names[cookie][conf->tls];
}

bool
terminal_cookie_hash(const struct conf *conf, const struct request *request,
    enum terminal_cookie cookie, unsigned char hash[static KEY_HASH_SIZE])
{
	char value[TOKEN_SIZE];
	bool sent;

	sent = form_cookie(request->cookie, cookie_name(conf, cookie), value,
	    sizeof(value)) && strlen(value) == TOKEN_SIZE - 1;
	if (sent)
		token_hash(KEY_SESSION, value, hash);
	sodium_memzero(value, sizeof(value));
	return sent;
}

void
terminal_cookie_set(const struct conf *conf, struct reply *reply,
    enum terminal_cookie cookie, unsigned char hash[static KEY_HASH_SIZE])
{
	char value[TOKEN_SIZE], header[CONF_PATH_SIZE + 256];

	token_make(value);
	token_hash(KEY_SESSION, value, hash);
	snprintf(header, sizeof(header),
	    "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Lax%s",
	    cookie_name(conf, cookie), value,
	    conf->tls || conf->base_path[0] == '\0' ? "/" : conf->base_path,
	    COOKIE_DAYS * 24 * 60 * 60, conf->tls ? "; Secure" : "");
	reply_header(reply, "Set-Cookie", header);
	sodium_memzero(value, sizeof(value));
	sodium_memzero(header, sizeof(header));
}

/* Within: the time, the code, and behind a NUL the device if there is one. */
static void
seal(const struct terminal_typed *typed, char sealed[static SEALED_TEXT])
{
	unsigned char plain[PLAIN_MAX], box[SEALED_MAX];
	uint64_t now = (uint64_t)time(NULL);
	size_t length = 8 + strlen(typed->code);
	size_t device = strlen(typed->device);

	memcpy(plain, &now, 8);
	memcpy(plain + 8, typed->code, length - 8);
	if (device > 0) {
		plain[length++] = '\0';
		memcpy(plain + length, typed->device, device);
		length += device;
	}
	randombytes_buf(box, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, plain,
	    length, box, key_bytes(KEY_COOKIE));
	sodium_bin2base64(sealed, SEALED_TEXT, box,
	    crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + length,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(plain, sizeof(plain));
}

static void
unseal(const unsigned char *plain, size_t length, struct terminal_typed *typed)
{
	const char *words = (const char *)plain;
	size_t code = strnlen(words, length);

	snprintf(typed->code, sizeof(typed->code), "%.*s", (int)code, words);
	typed->device[0] = '\0';
	if (code < length)
		snprintf(typed->device, sizeof(typed->device), "%.*s",
		    (int)(length - code - 1), words + code + 1);
}

void
terminal_typed_set(const struct conf *conf, struct reply *reply,
    const struct terminal_typed *typed)
{
	char sealed[SEALED_TEXT] = "";
	struct text header = { 0 };

	if (typed != NULL)
		seal(typed, sealed);
	text_addf(&header, "%s=%s; Path=%s/pair; Max-Age=%d; HttpOnly; "
	    "SameSite=Lax%s", cookie_name(conf, COOKIE_TYPED), sealed,
	    conf->base_path, typed != NULL ? TYPED_S : 0,
	    conf->tls ? "; Secure" : "");
	reply_header(reply, "Set-Cookie", header.bytes);
	text_free(&header);
}

bool
terminal_typed_get(const struct conf *conf, const struct request *request,
    struct terminal_typed *typed)
{
	char sealed[SEALED_TEXT];
	unsigned char box[SEALED_MAX], plain[PLAIN_MAX];
	size_t length, overhead = crypto_secretbox_NONCEBYTES
	    + crypto_secretbox_MACBYTES + 8;
	uint64_t then, now = (uint64_t)time(NULL);
	bool got = false;

	if (!form_cookie(request->cookie, cookie_name(conf, COOKIE_TYPED),
		sealed, sizeof(sealed))
	    || sodium_base642bin(box, sizeof(box), sealed, strlen(sealed),
		NULL, &length, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0
	    || length < overhead
	    || crypto_secretbox_open_easy(plain,
		box + crypto_secretbox_NONCEBYTES,
		length - crypto_secretbox_NONCEBYTES, box,
		key_bytes(KEY_COOKIE)) != 0)
		return false;
	memcpy(&then, plain, 8);
	/* Sealed elsewhere, perhaps, or before the clock was set back. */
	if (then <= now + CLOCKS_DIFFER_S && then + TYPED_S >= now) {
		unseal(plain + 8, length - overhead, typed);
		got = true;
	}
	sodium_memzero(plain, sizeof(plain));
	return got;
}

/* Whether a screen is there in a language. out: its tag, as the folder has
 * it. */
static bool
language_find(const struct screen *screen, const char *wanted,
    char tag[static SCREEN_LANGUAGE_SIZE])
{
	screen_language(screen, wanted, tag);
	return strcasecmp(tag, wanted) == 0;
}

static void
language_remember(const struct conf *conf, const char *tag,
    struct reply *reply)
{
	struct text header = { 0 };

	text_addf(&header, "%s=%s; Path=%s/; Max-Age=%d; HttpOnly; "
	    "SameSite=Lax%s", cookie_name(conf, COOKIE_LANGUAGE), tag,
	    conf->tls ? "" : conf->base_path, COOKIE_DAYS * 24 * 60 * 60,
	    conf->tls ? "; Secure" : "");
	reply_header(reply, "Set-Cookie", header.bytes);
	text_free(&header);
}

void
terminal_language(const struct conf *conf, struct request *request,
    const struct screen *screen, struct reply *reply, struct text *list)
{
	char tag[SCREEN_LANGUAGE_SIZE], kept[SCREEN_LANGUAGE_SIZE];
	char *asked = NULL;
	size_t length;

	if (form_field(request->query, strlen(request->query), "language",
		&asked, &length) == ERROR_NONE && asked != NULL
	    && language_find(screen, asked, tag))
		language_remember(conf, tag, reply);
	else if (!form_cookie(request->cookie, cookie_name(conf,
		COOKIE_LANGUAGE), kept, sizeof(kept))
	    || !language_find(screen, kept, tag))
		tag[0] = '\0';
	free(asked);
	if (tag[0] == '\0')
		return;
	text_addf(list, "%s,%s", tag, request->accept_language);
	request->accept_language = list->bytes;
}
