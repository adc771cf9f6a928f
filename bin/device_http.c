/* See device_http.h. */
#include <signal.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_http.h"

#define ANSWER_MAX 65536	/* bytes; ours are a few hundred */
#define POST_WAIT_S 30L
#define HOLD_WAIT_S 90L		/* the server answers after about 50 */

static size_t
body_add(char *bytes, size_t size, size_t count, void *user)
{
	struct http_exchange *exchange = user;
	size_t length = size * count;

	if (exchange->body.length + length > ANSWER_MAX)
		return 0;
	text_add_bytes(&exchange->body, bytes, length);
	return length;
}

/* Asked by libcurl about once a second: whether to give up. */
static int
must_stop(void *user, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	sigset_t pending;

	(void)user, (void)down_all, (void)down, (void)up_all, (void)up;
	sigpending(&pending);
	return sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT);
}

static bool
exchange_open(struct http_exchange *exchange, const char *ca_file)
{
	CURL *curl = curl_easy_init();

	exchange->curl = curl;
	if (curl == NULL)
		return false;
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_add);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->error);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "tallystick-device");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, must_stop);
	/* No redirect is followed: it could carry the token elsewhere. */
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	if (ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ==
	    CURLE_OK;
}

bool
http_open(struct http *http, const char *base, const char *ca_file)
{
	size_t length;

	memset(http, 0, sizeof(*http));
	if ((strncmp(base, "http://", 7) != 0 &&
	    strncmp(base, "https://", 8) != 0) ||
	    !text_copy(http->base, sizeof(http->base), base)) {
		event_error("%s is not the address of a server, such as "
		    "http://127.0.0.1:8080", base);
		return false;
	}
	for (length = strlen(http->base); http->base[length - 1] == '/';)
		http->base[--length] = '\0';
	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->headers = curl_slist_append(NULL,
	    "Content-Type: application/xml; charset=utf-8");
	http->multi = curl_multi_init();
	if (http->headers == NULL || http->multi == NULL ||
	    !exchange_open(&http->post, ca_file) ||
	    !exchange_open(&http->held, ca_file)) {
		event_error("libcurl does not start");
		return false;
	}
	return true;
}

static void
request_set(struct http *http, struct http_exchange *exchange,
    const char *path, const char *token)
{
	struct text url = { 0 };

	text_addf(&url, "%s%s", http->base, path);
	curl_easy_setopt(exchange->curl, CURLOPT_URL, url.bytes);
	if (token[0] != '\0') {
		curl_easy_setopt(exchange->curl, CURLOPT_HTTPAUTH,
		    CURLAUTH_BEARER);
		curl_easy_setopt(exchange->curl, CURLOPT_XOAUTH2_BEARER,
		    token);
	} else {
		curl_easy_setopt(exchange->curl, CURLOPT_HTTPAUTH,
		    CURLAUTH_NONE);
	}
	text_clear(&exchange->body);
	exchange->error[0] = '\0';
	text_free(&url);
}

static void
result_take(struct http_exchange *exchange, CURLcode code,
    struct http_result *result)
{
	curl_off_t retry_after = 0;

	memset(result, 0, sizeof(*result));
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return;
	if (code != CURLE_OK) {
		text_copy(result->why, sizeof(result->why),
		    exchange->error[0] != '\0' ? exchange->error :
		    curl_easy_strerror(code));
		return;
	}
	curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE,
	    &result->status);
	curl_easy_getinfo(exchange->curl, CURLINFO_RETRY_AFTER, &retry_after);
	result->retry_after_s = (long)retry_after;
	answer_read(&result->answer,
	    exchange->body.length > 0 ? exchange->body.bytes : "",
	    exchange->body.length);
}

void
http_post(struct http *http, const char *path, const char *token,
    const struct text *message, struct http_result *result)
{
	struct http_exchange *post = &http->post;
	CURLcode code;

	request_set(http, post, path, token);
	curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, http->headers);
	curl_easy_setopt(post->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, message->bytes);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)message->length);
	curl_easy_setopt(post->curl, CURLOPT_TIMEOUT, POST_WAIT_S);
	code = curl_easy_perform(post->curl);
	result_take(post, code, result);
	/* A registration's answer holds the token. */
	text_free(&post->body);
}

void
http_hold(struct http *http, const char *token, long long since)
{
	struct text path = { 0 };

	http_drop(http);
	text_addf(&path, "/device/connect?since=%lld", since);
	request_set(http, &http->held, path.bytes, token);
	text_free(&path);
	curl_easy_setopt(http->held.curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(http->held.curl, CURLOPT_TIMEOUT, HOLD_WAIT_S);
	curl_multi_add_handle(http->multi, http->held.curl);
	http->holding = true;
}

void
http_drop(struct http *http)
{
	if (http->holding)
		curl_multi_remove_handle(http->multi, http->held.curl);
	http->holding = false;
}

/* Move the held exchange on. out: whether it ended. */
static bool
held_move(struct http *http, struct http_result *result)
{
	struct CURLMsg *message;
	CURLcode code;
	int count;

	curl_multi_perform(http->multi, &count);
	message = curl_multi_info_read(http->multi, &count);
	if (message == NULL || message->msg != CURLMSG_DONE)
		return false;
	code = message->data.result;
	http_drop(http);
	result_take(&http->held, code, result);
	return true;
}

bool
http_wait(struct http *http, const int fds[static 2], int wait_ms,
    struct http_result *result)
{
	struct curl_waitfd extra[2];
	unsigned count = 0;
	int i;

	if (held_move(http, result))
		return true;
	for (i = 0; i < 2; i++)
		if (fds[i] >= 0)
			extra[count++] = (struct curl_waitfd) {
				.fd = fds[i],
				.events = CURL_WAIT_POLLIN
			};
	curl_multi_poll(http->multi, extra, count, wait_ms, NULL);
	return held_move(http, result);
}

void
http_close(struct http *http)
{
	http_drop(http);
	if (http->post.curl != NULL)
		curl_easy_cleanup(http->post.curl);
	if (http->held.curl != NULL)
		curl_easy_cleanup(http->held.curl);
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->headers);
	text_free(&http->post.body);
	text_free(&http->held.body);
	curl_global_cleanup();
}
