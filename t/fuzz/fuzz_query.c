/* What a browser's request line and headers bring: the first line is the
 * query, the second the Cookie header, the third Accept-Language, the fourth
 * what was typed before and comes back sealed. */
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/form.h"
#include "lib/language.h"
#include "lib/terminal.h"
#include "t/fuzz/fuzz.h"

static const char *const tags[] = { "en", "de", "pt-BR", "zh-Hant", "zh" };
#define TAG__MAX	(sizeof(tags) / sizeof(tags[0]))

static const struct conf confs[] = { { .tls = false }, { .tls = true } };

/* Keys in a folder that is gone again when they are loaded. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char folder[] = "/tmp/fuzz_query.XXXXXX", path[64], problem[256];
	static const enum key_purpose purposes[] = { KEY_SESSION,
	    KEY_COOKIE };

	(void)argc;
	(void)argv;
	MUST(sodium_init() >= 0);
	MUST(mkdtemp(folder) != NULL);
	for (size_t i = 0; i < 2; i++) {
		MUST(key_new(purposes[i], folder, problem, sizeof(problem)));
		MUST(key_load(purposes[i], folder, problem, sizeof(problem)));
		snprintf(path, sizeof(path), "%s/%s", folder,
		    key_name(purposes[i]));
		unlink(path);
	}
	rmdir(folder);
	return 0;
}

/* A cookie's value in a room of just that size, and in one too small. */
static void
judge_cookie(const char *header, const char *name)
{
	size_t size = strlen(header) + 1, length;
	char *value = malloc(size), *exact;

	MUST(value != NULL);
	memset(value, '#', size);
	if (!form_cookie(header, name, value, size)) {
		for (size_t i = 0; i < size; i++)
			MUST(value[i] == '#');
		free(value);
		return;
	}
	length = strlen(value);
	MUST(strstr(header, value) != NULL && strstr(header, name) != NULL);
	MUST(strchr(value, ';') == NULL);
	MUST(length == 0 || (strchr(" \t", value[0]) == NULL &&
	    strchr(" \t", value[length - 1]) == NULL));
	exact = malloc(length + 1);
	MUST(exact != NULL && form_cookie(header, name, exact, length + 1));
	MUST(strcmp(exact, value) == 0);
	MUST(!form_cookie(header, name, exact, length));
	free(exact);
	free(value);
}

static void
judge_terminal(const char *header)
{
	struct request request = { .cookie = header };
	struct terminal_typed typed;
	unsigned char hash[KEY_HASH_SIZE];

	for (size_t i = 0; i < 2; i++) {
		terminal_cookie_hash(&confs[i], &request, TERMINAL_NAME,
		    hash);
		terminal_cookie_hash(&confs[i], &request, TERMINAL_SESSION,
		    hash);
		/* Nobody can seal without the key. */
		MUST(!terminal_typed_get(&confs[i], &request, &typed));
	}
}

static void
judge_query(const char *query)
{
	size_t length, decoded = 0, valid = 0;
	char *value = NULL;

	MUST(form_field(query, strlen(query), "code", &value, &length) ==
	    ERROR_NONE || value == NULL);
	if (value != NULL) {
		MUST(strlen(value) == length && length <= strlen(query));
		for (const char *at = query; *at != '\0'; at++) {
			decoded += *at == '%';
			valid += *at != '%';
		}
		MUST(length <= valid + decoded);
	}
	free(value);
}

/* A language that is found was asked for. */
static void
judge_language(const char *header)
{
	size_t best = language_best(header, tags, TAG__MAX);

	MUST(best <= TAG__MAX);
	MUST(language_best(header, tags, TAG__MAX) == best);
	MUST(best == TAG__MAX || strcasestr(header, tags[best]) != NULL);
	if (language_is_tag(header)) {
		MUST(strlen(header) < LANGUAGE_SIZE);
		MUST(header[strspn(header, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] == '\0');
	}
}

/* What was typed comes back as it was from the cookie that holds it sealed,
 * and not at all when a byte of the cookie is another. */
static void
judge_sealed(const struct conf *conf, const char *words, uint8_t turn)
{
	struct terminal_typed typed = { .code = "" }, got;
	struct reply reply = { 0 };
	struct request request = { .cookie = NULL };
	char *cookie, *at;

	text_copy(typed.code, sizeof(typed.code), words);
	text_copy(typed.device, sizeof(typed.device), words +
	    strlen(words) / 2);
	terminal_typed_set(conf, &reply, &typed);
	cookie = strdup(strstr(reply.headers.bytes, conf->tls ?
	    "__Secure-typed=" : "typed="));
	*strchr(cookie, ';') = '\0';
	request.cookie = cookie;
	MUST(terminal_typed_get(conf, &request, &got));
	MUST(strcmp(got.code, typed.code) == 0);
	MUST(strcmp(got.device, typed.device) == 0);
	at = strchr(cookie, '=') + 1;
	at += turn % strlen(at);
	*at = *at == 'A' ? 'B' : 'A';
	/* Of the last character not every bit counts. */
	if (at[1] != '\0')
		MUST(!terminal_typed_get(conf, &request, &got));
	free(cookie);
	reply_free(&reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char *const names[] = { "typed", "session", "language",
	    "__Host-session", "a", "" };
	const uint8_t *at = bytes, *end = bytes + length;
	char *query = fuzz_line(&at, end), *header = fuzz_line(&at, end);
	char *languages = fuzz_line(&at, end), *words = fuzz_line(&at, end);

	judge_query(query);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		judge_cookie(header, names[i]);
	judge_terminal(header);
	judge_language(languages);
	for (size_t i = 0; i < 2; i++)
		judge_sealed(&confs[i], words,
		    length > 0 ? bytes[length - 1] : 0);
	free(query);
	free(header);
	free(languages);
	free(words);
	return 0;
}
