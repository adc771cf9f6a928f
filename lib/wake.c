#include "lib/wake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/text.h"

#define WAIT_MS		500

static int
publisher_connect(const char *path)
{
	struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (!text_copy(address.sun_path, sizeof(address.sun_path), path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* nchan answers 201 when somebody waits on the channel and 202 when nobody
 * does (the message is then kept for whoever comes within a minute). */
static bool
post(int fd, const struct text *message)
{
	char answer[16];
	size_t got = 0;
	ssize_t more;

	for (size_t sent = 0; sent < message->length; sent += (size_t)more) {
		more = send(fd, message->bytes + sent, message->length - sent,
		    MSG_NOSIGNAL);
		if (more <= 0)
			return false;
	}
	while (got < 12) {
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
	if ((fd = publisher_connect(conf->wake_socket)) == -1
	    || !post(fd, &message))
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
