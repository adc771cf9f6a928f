#include "bin/tallystick_post.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_WAIT_S	10L
#define ANSWER_WAIT_S	20L
#define ANSWER_MAX	8192

/* The parts of a URL that decide whether it may be used. */
struct url_parts {
	char	*scheme, *host, *zone, *port, *user, *fragment;
};

static void
parts_free(struct url_parts *parts)
{
	curl_free(parts->scheme);
	curl_free(parts->host);
	curl_free(parts->zone);
	curl_free(parts->port);
	curl_free(parts->user);
	curl_free(parts->fragment);
}

static bool
parts_read(struct url_parts *parts, const char *url)
{
	CURLU *parser = curl_url();
	bool whole;

	whole = parser != NULL
	    && curl_url_set(parser, CURLUPART_URL, url, 0) == CURLUE_OK
	    && curl_url_get(parser, CURLUPART_SCHEME, &parts->scheme, 0)
		== CURLUE_OK
	    && curl_url_get(parser, CURLUPART_HOST, &parts->host, 0)
		== CURLUE_OK
	    && curl_url_get(parser, CURLUPART_PORT, &parts->port,
		CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (whole) {
		curl_url_get(parser, CURLUPART_ZONEID, &parts->zone, 0);
		curl_url_get(parser, CURLUPART_USER, &parts->user, 0);
		curl_url_get(parser, CURLUPART_FRAGMENT, &parts->fragment, 0);
	}
	curl_url_cleanup(parser);
	return whole;
}

static bool
is_allowed(const struct conf *conf, const struct url_parts *parts)
{
	char place[CONF_PATH_SIZE + 16];

	snprintf(place, sizeof(place), "%s:%s", parts->host, parts->port);
	for (size_t i = 0; i < conf->webhook_allow_count; i++) {
		if (strcasecmp(conf->webhook_allow[i], place) == 0)
			return true;
	}
	return false;
}

static bool
target_judge(struct post_target *target, const struct conf *conf,
    char *problem, size_t size)
{
	struct url_parts parts = { 0 };
	bool fits = false;

	if (!parts_read(&parts, conf->webhook_url)
	    || (strcmp(parts.scheme, "https") != 0
		&& strcmp(parts.scheme, "http") != 0))
		snprintf(problem, size, "webhook-url: want "
		    "https://HOST[:PORT]/PATH");
	else if (parts.user != NULL || parts.fragment != NULL
	    || parts.zone != NULL)
		snprintf(problem, size, "webhook-url: no user, password, zone "
		    "or fragment may stand in it: orders are signed");
	else if (!(target->any_address = is_allowed(conf, &parts))
	    && strcmp(parts.scheme, "https") != 0)
		snprintf(problem, size, "webhook-url: http is only for a "
		    "target that is named: add 'webhook-allow = %s:%s'",
		    parts.host, parts.port);
	else
		fits = true;
	parts_free(&parts);
	return fits;
}

static bool
secrets_read(struct post_target *target, const struct conf *conf,
    char *problem, size_t size)
{
	if (conf->webhook_secret_count == 0) {
		snprintf(problem, size, "webhook-secret: none is set, and "
		    "orders leave signed only");
		return false;
	}
	for (size_t i = 0; i < conf->webhook_secret_count; i++) {
		if (!webhook_secret_read(&target->secrets[i],
			conf->webhook_secrets[i], problem, size)) {
			post_target_wipe(target);
			return false;
		}
		target->secret_count++;
	}
	return true;
}

bool
post_target_read(struct post_target *target, const struct conf *conf,
    char *problem, size_t size)
{
	memset(target, 0, sizeof(*target));
	target->url = conf->webhook_url;
	if (!target_judge(target, conf, problem, size))
		return false;
	if (conf->webhook_ca[0] != '\0') {
		target->ca = conf->webhook_ca;
		if (access(target->ca, R_OK) == -1) {
			snprintf(problem, size, "webhook-ca %s: %s",
			    target->ca, strerror(errno));
			return false;
		}
	}
	return secrets_read(target, conf, problem, size);
}

void
post_target_wipe(struct post_target *target)
{
	sodium_memzero(target, sizeof(*target));
}

/* The address that is connected to is the one looked at. */
static curl_socket_t
socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct post *post = arg;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (!post->target->any_address
	    && !webhook_address_public(&address->addr)) {
		post->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}

/* Drop what the receiver says beyond its status; stop at too much of it, in
 * the head of its answer or behind it. */
static size_t
answer_drop(char *bytes, size_t size, size_t count, void *arg)
{
	struct post *post = arg;

	(void)bytes;
	post->received += size * count;
	post->full = post->received > ANSWER_MAX;
	return post->full ? 0 : size * count;
}

/* RFC 9112, section 4: HTTP/1.1, a space and three digits. out: the status, 0
 * when the line is none of the kind. */
static int
status_of(const char *line, size_t length)
{
	if (length <= 12 || memcmp(line, "HTTP/1.", 7) != 0
	    || !isdigit((unsigned char)line[7]) || line[8] != ' '
	    || !isdigit((unsigned char)line[9])
	    || !isdigit((unsigned char)line[10])
	    || !isdigit((unsigned char)line[11])
	    || strchr(" \r\n", line[12]) == NULL)
		return 0;
	return (line[9] - '0') * 100 + (line[10] - '0') * 10
	    + (line[11] - '0');
}

/* A line of the answer's head; an interim answer has a head of its own. The
 * status is what we read: libcurl takes "http/x" to say 200. */
static size_t
answer_head(char *line, size_t size, size_t count, void *arg)
{
	struct post *post = arg;
	size_t length = answer_drop(line, size, count, arg);

	if (!post->begun || (size * count >= 5
	    && strncasecmp(line, "HTTP/", 5) == 0)) {
		post->begun = true;
		post->status = status_of(line, size * count);
	}
	return post->status != 0 ? length : 0;
}

static bool
header_add(struct post *post, const char *line)
{
	struct curl_slist *longer = curl_slist_append(post->headers, line);

	if (longer != NULL)
		post->headers = longer;
	return longer != NULL;
}

static bool
headers_make(struct post *post, const char *id, const struct text *body)
{
	struct text line = { 0 };
	int64_t now = time(NULL);
	bool made;

	made = header_add(post, "Content-Type: application/json")
	    && header_add(post, "Expect:");
	text_addf(&line, "webhook-id: %s", id);
	made = made && header_add(post, line.bytes);
	text_clear(&line);
	text_addf(&line, "webhook-timestamp: %lld", (long long)now);
	made = made && header_add(post, line.bytes);
	text_clear(&line);
	text_add(&line, "webhook-signature: ");
	webhook_sign(&line, post->target->secrets, post->target->secret_count,
	    id, now, body);
	made = made && header_add(post, line.bytes);
	text_free(&line);
	return made;
}

#define SET(option, value) \
	(curl_easy_setopt(post->easy, CURLOPT_##option, value) == CURLE_OK)

/* Whatever is not set stays as curl has it: no cookies, no .netrc, nothing
 * unpacked. Who cannot be asked for an address must not hold up the others
 * until it is found, hence QUICK_EXIT. */
static bool
options_set(struct post *post, const struct text *body, void *private)
{
	return SET(URL, post->target->url) && SET(PRIVATE, private)
	    && SET(PROTOCOLS_STR, "https,http") && SET(PROXY, "")
	    && SET(NOPROXY, "*") && SET(FOLLOWLOCATION, 0L)
	    && SET(SSL_VERIFYPEER, 1L) && SET(SSL_VERIFYHOST, 2L)
	    && SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)
	    && SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1)
	    && (post->target->ca == NULL || SET(CAINFO, post->target->ca))
	    && SET(NOSIGNAL, 1L) && SET(QUICK_EXIT, 1L)
	    && SET(CONNECTTIMEOUT, CONNECT_WAIT_S)
	    && SET(TIMEOUT, ANSWER_WAIT_S)
	    && SET(OPENSOCKETFUNCTION, socket_open)
	    && SET(OPENSOCKETDATA, post)
	    && SET(WRITEFUNCTION, answer_drop) && SET(WRITEDATA, post)
	    && SET(HEADERFUNCTION, answer_head) && SET(HEADERDATA, post)
	    && SET(ERRORBUFFER, post->error)
	    && SET(USERAGENT, "Tallystick/" PACKAGE_VERSION)
	    && SET(HTTPHEADER, post->headers)
	    && SET(POSTFIELDS, body->bytes)
	    && SET(POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
}

bool
post_start(struct post *post, CURLM *multi, const struct post_target *target,
    const char *id, const struct text *body, void *private)
{
	memset(post, 0, sizeof(*post));
	post->target = target;
	if ((post->easy = curl_easy_init()) != NULL
	    && headers_make(post, id, body)
	    && options_set(post, body, private)
	    && curl_multi_add_handle(multi, post->easy) == CURLM_OK)
		return true;
	post_end(post, NULL);
	return false;
}

/* Why there is no status, and what of the configuration it hangs on. */
static void
failure_tell(const struct post *post, CURLcode code, char *words, size_t size)
{
	const char *said = post->error[0] != '\0' ? post->error
	    : curl_easy_strerror(code);

	if (post->refused)
		snprintf(words, size, "the target's address is not public and "
		    "webhook-allow does not name it");
	else if (post->begun && post->status == 0)
		snprintf(words, size, "the answer has no status");
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		snprintf(words, size, "%.120s; trusted are the authorities %s",
		    said, post->target->ca != NULL ? "in webhook-ca alone"
			: "of the system, for webhook-ca names none");
	else
		text_copy(words, size, said);
}

bool
post_target_reach(const struct post_target *target, char *words, size_t size)
{
	struct post one = { .target = target }, *post = &one;
	const struct text nothing = { 0 };
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if ((post->easy = curl_easy_init()) != NULL
	    && options_set(post, &nothing, NULL) && SET(CONNECT_ONLY, 1L))
		code = curl_easy_perform(post->easy);
	if (code != CURLE_OK)
		failure_tell(post, code, words, size);
	post_end(post, NULL);
	return code == CURLE_OK;
}

void
post_judge(struct post *post, CURLcode code, struct post_answer *answer)
{
	curl_off_t retry_after = 0;
	int status = post->status;

	memset(answer, 0, sizeof(*answer));
	/* An answer cut short by us still has its status, and a 2xx delivers
	 * and a 410 stops however their bodies end: the receiver has decided.
	 */
	if (status != 0 && (code == CURLE_OK
	    || (code == CURLE_WRITE_ERROR && post->full)
	    || (status >= 200 && status <= 299) || status == 410)) {
		curl_easy_getinfo(post->easy, CURLINFO_RETRY_AFTER,
		    &retry_after);
		answer->delivered = status >= 200 && status <= 299;
		answer->gone = status == 410;
		/* A date that has passed asks for nothing. */
		answer->retry_after_s = retry_after > 0 ? retry_after : 0;
		snprintf(answer->words, sizeof(answer->words), "HTTP %d",
		    status);
		return;
	}
	failure_tell(post, code, answer->words, sizeof(answer->words));
	/* It goes into the store: nothing of the receiver's but ASCII. */
	for (char *c = answer->words; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

void
post_end(struct post *post, CURLM *multi)
{
	if (post->easy != NULL && multi != NULL)
		curl_multi_remove_handle(multi, post->easy);
	curl_easy_cleanup(post->easy);
	curl_slist_free_all(post->headers);
	post->easy = NULL;
	post->headers = NULL;
}
