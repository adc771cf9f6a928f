#include "lib/wake.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/text.h"

#define WAIT_MS		500
#define ANSWER_SIZE	1024	/* nchan's have 250 bytes */
#define BACK		4	/* versions that a repeat tells again */

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Let the next step wait until the end of all and no longer: a peer that gives
 * a byte now and then must not hold the request. err: false: it is over. */
static bool
wait_until(int fd, int64_t end_us)
{
	int64_t left_us = end_us - now_us();
	struct timeval wait = { .tv_usec = (suseconds_t)left_us };

	errno = ETIMEDOUT;
	return left_us > 0
	    && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait))
	    == 0
	    && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))
	    == 0;
}

static int
publisher_connect(const char *path, int64_t end_us)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (!text_copy(address.sun_path, sizeof(address.sun_path), path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (wait_until(fd, end_us) && connect(fd,
	    (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static bool
message_send(int fd, const struct text *message, int64_t end_us)
{
	ssize_t more;

	for (size_t sent = 0; sent < message->length; sent += (size_t)more) {
		if (!wait_until(fd, end_us))
			return false;
		more = send(fd, message->bytes + sent, message->length - sent,
		    MSG_NOSIGNAL);
		if (more <= 0)
			return false;
	}
	return true;
}

/* out: how long an answer is with its body; 0: that is not known yet. */
static size_t
answer_length(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n"), *length;

	if (end == NULL)
		return 0;
	length = strcasestr(answer, "\r\nContent-Length:");
	return (size_t)(end - answer) + 4
	    + (length != NULL && length < end ? strtoul(length + 17, NULL, 10)
					      : 0);
}

/* nchan answers 201 when somebody waits on the channel and 202 when nobody
 * does (the message is then kept for whoever comes within a minute). The
 * answer is read to its end, where the next one begins. */
static bool
answer_take(int fd, int64_t end_us)
{
	char answer[ANSWER_SIZE];
	size_t got = 0, whole = 0;
	ssize_t more;

	while (got < 12 || whole == 0 || got < whole) {
		if (!wait_until(fd, end_us))
			return false;
		errno = ECONNRESET;	/* what an early end means */
		more = recv(fd, answer + got, sizeof(answer) - 1 - got, 0);
		if (more <= 0)
			return false;
		got += (size_t)more;
		answer[got] = '\0';
		errno = EPROTO;
		if (got >= 12 && (strncmp(answer, "HTTP/1.1 20", 11) != 0))
			return false;
		if (whole == 0)
			whole = answer_length(answer);
	}
	return got == whole;
}

/* Over the connection of the last time, or, where that has ended, another. */
static bool
post(const char *path, const struct text *message, int64_t end_us)
{
	static int fd = -1;
	bool kept = fd != -1;
	int error;

	if (!kept && (fd = publisher_connect(path, end_us)) == -1)
		return false;
	if (message_send(fd, message, end_us) && answer_take(fd, end_us))
		return true;
	error = errno;
	close(fd);
	fd = -1;
	errno = error;
	return kept && post(path, message, end_us);
}

/* in: left: the version whose channel is told; 0: none. out: false: it got
 * lost. */
static bool
publish(const struct conf *conf, const struct registration *registration,
    uint32_t left)
{
	char channel[REGISTRATION_CHANNEL_SIZE];
	struct text document = { 0 }, message = { 0 };
	int64_t end_us = now_us() + WAIT_MS * 1000;
	bool told;

	if (conf->wake_socket[0] == '\0' || left == 0)
		return true;
	registration_channel(registration, left, channel);
	registration_write(&document, registration, conf->base_url, NULL);
	text_addf(&message, "POST /wake/%s HTTP/1.1\r\nHost: wake\r\n"
	    "Content-Type: application/xml; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n\r\n", channel, document.length);
	text_add_bytes(&message, document.bytes, document.length);
	told = post(conf->wake_socket, &message, end_us);
	if (!told)
		log_line(LOG_WARNING, "wake-up of %s got lost: %s", channel,
		    strerror(errno));
	text_free(&document);
	text_free(&message);
	return told;
}

/* What the call before this one changed others may have changed since, and told
 * only who waited for that. */
static void
publish_again(const struct conf *conf,
    const struct registration *registration)
{
	for (uint32_t back = 1; back <= BACK
	    && back < registration->version; back++) {
		if (!publish(conf, registration,
		    registration->version - back))
			return;
	}
}

void
wake_publish(const struct conf *conf, const struct registration *registration)
{
	publish(conf, registration, registration->left_version);
}

void
wake_publish_all(const struct conf *conf,
    const struct registrations *registrations)
{
	for (unsigned i = 0; i < registrations->count; i++) {
		const struct registration *row = &registrations->row[i];

		if (row->left_version > 0)
			wake_publish(conf, row);
		else if (row->device_id[0] != '\0')
			publish_again(conf, row);
	}
}
