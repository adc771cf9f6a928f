#include "lib/wake.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/text.h"

#define WAIT_MS		500

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

/* nchan answers 201 when somebody waits on the channel and 202 when nobody
 * does (the message is then kept for whoever comes within a minute). */
static bool
post(int fd, const struct text *message, int64_t end_us)
{
	char answer[16];
	size_t got = 0;
	ssize_t more;

	for (size_t sent = 0; sent < message->length; sent += (size_t)more) {
		if (!wait_until(fd, end_us))
			return false;
		more = send(fd, message->bytes + sent, message->length - sent,
		    MSG_NOSIGNAL);
		if (more <= 0)
			return false;
	}
	while (got < 12) {
		if (!wait_until(fd, end_us))
			return false;
		errno = ECONNRESET;	/* what an early end means */
		more = recv(fd, answer + got, sizeof(answer) - 1 - got, 0);
		if (more <= 0)
			return false;
		got += (size_t)more;
	}
	answer[got] = '\0';
	errno = EPROTO;
	return strncmp(answer, "HTTP/1.", 7) == 0
	    && strncmp(answer + 8, " 20", 3) == 0;
}

void
wake_publish(const struct conf *conf, const struct registration *registration)
{
	char channel[REGISTRATION_CHANNEL_SIZE];
	struct text document = { 0 }, message = { 0 };
	int64_t end_us = now_us() + WAIT_MS * 1000;
	int fd = -1;

	if (conf->wake_socket[0] == '\0' || registration->left_version == 0)
		return;
	registration_channel(registration, registration->left_version,
	    channel);
	registration_write(&document, registration, conf->base_url, NULL);
	text_addf(&message, "POST /wake/%s HTTP/1.1\r\nHost: wake\r\n"
	    "Connection: close\r\n"
	    "Content-Type: application/xml; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n\r\n", channel, document.length);
	text_add_bytes(&message, document.bytes, document.length);
	if ((fd = publisher_connect(conf->wake_socket, end_us)) == -1
	    || !post(fd, &message, end_us))
		log_line(LOG_WARNING, "wake-up of %s got lost: %s", channel,
		    strerror(errno));
	if (fd != -1)
		close(fd);
	text_free(&document);
	text_free(&message);
}

void
wake_publish_all(const struct conf *conf,
    const struct registrations *registrations)
{
	for (unsigned i = 0; i < registrations->count; i++)
		wake_publish(conf, &registrations->row[i]);
}
