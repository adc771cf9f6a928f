/* What a receiver of orders answers: the bytes that come back after an order
 * was posted, read by libcurl and judged as tallystick deliver does. */
#include <ctype.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bin/tallystick_post.h"
#include "t/fuzz/fuzz.h"

#define ANSWER_MAX	8192	/* of what is read, see lib/webhook.h */
#define DAY_S		(24 * 60 * 60)

static const struct post_target target = {
	.url = "http://receiver.example/orders",
	.any_address = true,
};
static CURLM *multi;

static struct {
	const uint8_t	*bytes;
	size_t		 length;
	unsigned	 opened;
	int		 peer;
} answer;

/* These stand before the C library's own: what is opened for a connection
 * leads nowhere, and has answered already. */
int
socket(int family, int type, int protocol)
{
	int pair[2], room = 1 << 21;
	size_t sent = 0;

	(void)family;
	(void)type;
	(void)protocol;
	answer.opened++;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	while (sent < answer.length) {
		ssize_t more = send(pair[1], answer.bytes + sent,
		    answer.length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (more <= 0)
			break;
		sent += (size_t)more;
	}
	shutdown(pair[1], SHUT_WR);
	answer.peer = pair[1];
	return pair[0];
}

int
connect(int fd, const struct sockaddr *address, socklen_t size)
{
	(void)fd;
	(void)address;
	(void)size;
	return 0;
}

/* Post an order and take what came of it. out: libcurl's verdict. */
static CURLcode
post_once(struct post *post)
{
	struct text body = { 0 };
	struct curl_slist *names;
	CURLMsg *message;
	CURLcode code;
	int running, left;

	text_add(&body, "{}");
	names = curl_slist_append(NULL, "receiver.example:80:192.0.2.1");
	answer.peer = -1;
	answer.opened = 0;
	MUST(post_start(post, multi, &target, "0", &body, NULL));
	curl_easy_setopt(post->easy, CURLOPT_RESOLVE, names);
	curl_easy_setopt(post->easy, CURLOPT_FORBID_REUSE, 1L);
	do
		MUST(curl_multi_perform(multi, &running) == CURLM_OK);
	while (running > 0 &&
	    curl_multi_poll(multi, NULL, 0, 1000, NULL) == CURLM_OK);
	message = curl_multi_info_read(multi, &left);
	MUST(message != NULL && message->msg == CURLMSG_DONE && left == 0);
	code = message->data.result;
	if (answer.peer != -1)
		close(answer.peer);
	text_free(&body);
	curl_slist_free_all(names);
	return code;
}

/* Whether the bytes hold that status at all. */
static bool
is_told(const char *words)
{
	char status[8];

	if (sscanf(words, "HTTP %7[0-9]", status) != 1)
		return false;
	return strcmp(status, "0") == 0 || memmem(answer.bytes,
	    answer.length, status, strlen(status)) != NULL;
}

static void
judge(const struct post *post, const struct post_answer *got)
{
	long status = 0;
	unsigned delay_s;

	for (const char *at = got->words; *at != '\0'; at++)
		MUST(*at >= ' ' && *at <= '~');
	MUST(got->words[0] != '\0');
	MUST(strlen(got->words) < sizeof(got->words));
	MUST(!(got->delivered && got->gone));
	MUST(answer.opened == 1);
	if (strncmp(got->words, "HTTP ", 5) == 0 &&
	    isdigit((unsigned char)got->words[5])) {
		status = strtol(got->words + 5, NULL, 10);
		MUST(is_told(got->words));
		MUST(got->delivered == (status >= 200 && status <= 299));
		MUST(got->gone == (status == 410));
	} else
		MUST(!got->delivered && !got->gone);
	MUST(!got->delivered || answer.length >= strlen("HTTP/1.1 200"));
	MUST(got->retry_after_s >= 0);
	MUST(post->full == (post->received > ANSWER_MAX));

	delay_s = webhook_delay_s(1, got->retry_after_s, 0);
	MUST(delay_s > 0 && delay_s <= DAY_S + DAY_S / 4);
	MUST(webhook_delay_s(10, got->retry_after_s, 0) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct post post;
	struct post_answer got;
	CURLcode code;

	answer.bytes = bytes;
	answer.length = length;
	code = post_once(&post);
	post_judge(&post, code, &got);
	judge(&post, &got);
	post_end(&post, multi);
	return 0;
}

/* And a target that tells delivered from not. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char taken[] = "HTTP/1.1 202 Taken\r\n"
	    "Content-Length: 0\r\n\r\n";
	struct post post;
	struct post_answer got;

	(void)argc;
	(void)argv;
	MUST(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	multi = curl_multi_init();
	MUST(multi != NULL);
	answer.bytes = (const uint8_t *)taken;
	answer.length = strlen(taken);
	post_judge(&post, post_once(&post), &got);
	MUST(got.delivered && strcmp(got.words, "HTTP 202") == 0);
	post_end(&post, multi);
	return 0;
}
