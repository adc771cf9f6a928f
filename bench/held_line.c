/* The connections of the devices of held. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/held.h"

#define SOURCE_FIRST	0x7f010001	/* 127.1.0.1: each device has its own */

static unsigned
device_number(const struct crowd *crowd, const struct device *device)
{
	return (unsigned)(device - crowd->devices);
}

void
line_close(struct crowd *crowd, struct line *line)
{
	if (line->state != LINE_CLOSED) {
		close(line->fd);
		crowd->part.tally->open--;
	}
	line->state = LINE_CLOSED;
	line->used = false;
	text_free(&line->came);
}

void
line_fail(struct crowd *crowd, struct device *device, int which,
    _Atomic unsigned long *count)
{
	struct line *line = &device->line[which];
	/* A kept connection may have ended before it was asked: libcurl then
	 * asks once more at once, on a new one. */
	bool stale = line->used && line->state == LINE_ASKED
	    && line->came.length == 0;

	++*count;
	line_close(crowd, line);
	if (which == LINE_POST) {
		crowd->part.tally->unheard++;
		device->changed = 0;
	} else if (stale) {
		line_ask(crowd, device, which);
	} else {
		device_pause(crowd, device, 0);
	}
}

static void
line_open(struct crowd *crowd, struct device *device, int which)
{
	struct line *line = &device->line[which];
	unsigned number = device_number(crowd, device);
	struct sockaddr_in source = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int one = 1;

	source.sin_addr.s_addr = htonl(SOURCE_FIRST + crowd->part.first
	    + number);
	event.data.u64 = number * LINE__MAX + (unsigned)which;
	line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (line->fd == -1 || setsockopt(line->fd, IPPROTO_IP,
	    IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) == -1
	    || bind(line->fd, (struct sockaddr *)&source, sizeof(source)) == -1
	    || epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, line->fd, &event) == -1)
		err(1, "device %u gets no socket", number);
	crowd->part.tally->open++;
	line->state = LINE_OPENING;
	line->begun = seconds_now();
	if (connect(line->fd, (const struct sockaddr *)&crowd->part.server,
	    sizeof(crowd->part.server)) == -1 && errno != EINPROGRESS)
		line_fail(crowd, device, which, &crowd->part.tally->unreached);
}

static int
request_write(const struct device *device, const char *token, int which,
    char *bytes, size_t size)
{
	static const char head[] = "Host: bench\r\n"
	    "User-Agent: tallystick-device\r\nAccept: */*\r\n";
	char message[128];
	int length;

	if (which == LINE_HELD)
		return snprintf(bytes, size, "GET /device/connect?since=%u "
		    "HTTP/1.1\r\n%sAuthorization: Bearer %s\r\n\r\n",
		    device->version, head, token);
	length = snprintf(message, sizeof(message),
	    "<Instruction xmlns=\"urn:tallystick:1\" action=\"%s\"/>",
	    device->stopped ? "start" : "stop");
	return snprintf(bytes, size, "POST /device/instruct HTTP/1.1\r\n%s"
	    "Authorization: Bearer %s\r\nContent-Type: application/xml; "
	    "charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", head, token,
	    length, message);
}

void
line_ask(struct crowd *crowd, struct device *device, int which)
{
	struct line *line = &device->line[which];
	char request[768];
	int length;

	if (line->state == LINE_CLOSED) {
		line_open(crowd, device, which);
		return;
	}
	line->state = LINE_ASKED;
	line->begun = seconds_now();
	if (which == LINE_HELD)
		crowd->part.tally->asked++;
	length = request_write(device,
	    crowd->part.tokens[device_number(crowd, device)], which, request,
	    sizeof(request));
	if (send(line->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
		line_fail(crowd, device, which, &crowd->part.tally->lost);
}

static void
line_answered(struct crowd *crowd, struct device *device, int which,
    const struct answer *answer)
{
	struct line *line = &device->line[which];
	bool again;

	line->used = true;
	line->state = LINE_IDLE;
	text_free(&line->came);
	again = device_answered(crowd, device, which, answer);
	/* Another instruction soon is rare: a new connection each. */
	if (which == LINE_POST || answer->close)
		line_close(crowd, line);
	if (again && crowd->part.habits.trip_s > 0)
		crowd_wait(crowd, device, crowd->part.habits.trip_s);
	else if (again)
		line_ask(crowd, device, which);
}

static void
line_read(struct crowd *crowd, struct device *device, int which)
{
	struct line *line = &device->line[which];
	struct answer answer = { 0 };
	enum answer_state state = ANSWER_SHORT;
	char bytes[4096];
	ssize_t length;

	while ((length = recv(line->fd, bytes, sizeof(bytes), 0)) > 0)
		text_add_bytes(&line->came, bytes, (size_t)length);
	bool over = length == 0 || errno != EAGAIN;
	if (line->state == LINE_IDLE) {
		if (over || line->came.length > 0)
			line_close(crowd, line);
		return;
	}
	if (line->came.length > 0)
		state = answer_parse(&line->came, &answer);
	answer.close |= over;
	if (state == ANSWER_WHOLE)
		line_answered(crowd, device, which, &answer);
	else if (state == ANSWER_BROKEN)
		line_fail(crowd, device, which, &crowd->part.tally->other);
	else if (over)
		line_fail(crowd, device, which, &crowd->part.tally->lost);
}

void
line_event(struct crowd *crowd, struct device *device, int which,
    unsigned events)
{
	struct line *line = &device->line[which];

	if (line->state == LINE_CLOSED)
		return;
	if (line->state != LINE_OPENING)
		line_read(crowd, device, which);
	else if (events & (EPOLLERR | EPOLLHUP))
		line_fail(crowd, device, which, &crowd->part.tally->unreached);
	else if (events & EPOLLOUT)
		line_ask(crowd, device, which);
}
