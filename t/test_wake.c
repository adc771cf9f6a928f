/* lib/wake: what a publisher on a Unix socket is sent, and that none, however
 * bad, holds a request for long. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "lib/wake.h"
#include "t/scratch.h"

#define END	"</Registration>\n"

static struct conf conf = { .base_url = "https://example.net",
	.wake_socket = "s" };

static struct registration
registration_of(uint64_t id, uint32_t left_version)
{
	return (struct registration){ .id = id, .left_version = left_version,
		.version = left_version + 1, .device_id = "A:1",
		.make_and_model = "B", .state = "ended",
		.service = "stopped" };
}

static int
server_listen(int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = "s" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink("s");
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, backlog), 0);
	return fd;
}

/* In the child: take one message, keep it in the file "got", and answer, byte
 * by byte with a pause before each. in: answer NULL: never. */
static void
server_serve(int fd, const char *answer, unsigned pause_ms)
{
	struct timespec pause = { pause_ms / 1000,
		(long)(pause_ms % 1000) * 1000000 };
	struct text got = { 0 };
	char piece[512];
	ssize_t count;
	int peer = accept(fd, NULL, NULL);
	int file = open("got", O_WRONLY | O_CREAT | O_APPEND, 0600);

	text_add(&got, "");
	while (strstr(got.bytes, END) == NULL
	    && (count = read(peer, piece, sizeof(piece))) > 0)
		text_add_bytes(&got, piece, (size_t)count);
	if (write(file, got.bytes, got.length) != (ssize_t)got.length)
		_exit(1);
	close(file);
	text_free(&got);
	for (; answer != NULL && *answer != '\0'; answer++) {
		if (pause_ms > 0)
			nanosleep(&pause, NULL);
		if (send(peer, answer, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	if (answer == NULL)
		sleep(5);
	close(peer);
}

static pid_t
server_start(unsigned messages, const char *answer, unsigned pause_ms)
{
	int fd = server_listen(8);
	pid_t child;

	unlink("got");
	fflush(NULL);
	if ((child = fork()) == 0) {
		while (messages-- > 0)
			server_serve(fd, answer, pause_ms);
		_exit(0);
	}
	close(fd);
	return child;
}

static void
server_end(pid_t server)
{
	kill(server, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(server, NULL, 0), server);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Publish, in well under two seconds. out: what was logged. */
static struct text
publish(const struct conf *with, const struct registration *registration)
{
	struct scratch_error error = scratch_listen();
	int64_t began_ms = now_ms();

	wake_publish(with, registration);
	CU_ASSERT(now_ms() - began_ms < 1500);
	return scratch_told(error);
}

/* Whether a change of 7.3 gets lost and is logged with that cause. */
static bool
loses(const struct conf *with, const char *cause)
{
	struct registration registration = registration_of(7, 3);
	struct text told = publish(with, &registration);
	bool lost = strstr(told.bytes, " warning wake-up of 7.3 got lost: ")
	    != NULL && strstr(told.bytes, cause) != NULL;

	if (!lost)
		fprintf(stderr, "\n  wanted %s: %s\n", cause, told.bytes);
	text_free(&told);
	return lost;
}

static bool
answer_loses(const char *answer, unsigned pause_ms, const char *cause)
{
	pid_t server = server_start(1, answer, pause_ms);
	bool lost = loses(&conf, cause);

	server_end(server);
	return lost;
}

/* What the server wrote down, once it ended by itself. */
static struct text
server_got(pid_t server)
{
	struct text got = { 0 };
	char piece[512];
	int file, status = -1;
	ssize_t count;

	CU_ASSERT_EQUAL(waitpid(server, &status, 0), server);
	CU_ASSERT_EQUAL(status, 0);
	text_add(&got, "");
	file = open("got", O_RDONLY);
	while (file != -1 && (count = read(file, piece, sizeof(piece))) > 0)
		text_add_bytes(&got, piece, (size_t)count);
	if (file != -1)
		close(file);
	return got;
}

static void
wake_publish_sends(void)
{
	struct registration registration = registration_of(7, 3);
	struct text document = { 0 }, wanted = { 0 }, got, told;
	pid_t server = server_start(1, "HTTP/1.1 201 Created\r\n\r\n", 0);

	told = publish(&conf, &registration);
	CU_ASSERT_STRING_EQUAL(told.bytes, "");
	got = server_got(server);
	registration_write(&document, &registration, conf.base_url, NULL);
	text_addf(&wanted, "POST /wake/7.3 HTTP/1.1\r\nHost: wake\r\n"
	    "Content-Type: application/xml; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n\r\n%s", document.length,
	    document.bytes);
	CU_ASSERT_STRING_EQUAL(got.bytes, wanted.bytes);
	text_free(&document);
	text_free(&wanted);
	text_free(&got);
	text_free(&told);
}

/* 201: somebody waits; 202: nobody does. */
static void
wake_publish_taken(void)
{
	static const char *const answers[] = {
		"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
		"HTTP/1.1 201 Created\r\n\r\n" };
	struct registration registration = registration_of(7, 3);

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		pid_t server = server_start(1, answers[i], 1);
		struct text told = publish(&conf, &registration);

		CU_ASSERT_STRING_EQUAL(told.bytes, "");
		text_free(&told);
		server_end(server);
	}
}

static void
wake_publish_unchanged(void)
{
	struct registration registration = registration_of(7, 0);
	struct conf without = { .wake_socket = "" };
	int fd = server_listen(8);
	struct text told = publish(&conf, &registration);

	CU_ASSERT_STRING_EQUAL(told.bytes, "");
	text_free(&told);
	registration.left_version = 3;
	told = publish(&without, &registration);
	CU_ASSERT_STRING_EQUAL(told.bytes, "");
	text_free(&told);
	CU_ASSERT_EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(accept(fd, NULL, NULL), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	close(fd);
}

static void
wake_publish_nobody_there(void)
{
	unlink("s");
	CU_ASSERT(loses(&conf, "No such file"));
	close(server_listen(8));
	CU_ASSERT(loses(&conf, "Connection refused"));
}

static void
wake_publish_path_too_long(void)
{
	struct conf longer = conf;

	memset(longer.wake_socket, 'x', 108);
	CU_ASSERT(loses(&longer, "File name too long"));
}

static void
wake_publish_refused(void)
{
	CU_ASSERT(answer_loses("HTTP/1.1 403 Forbidden\r\n\r\n", 0,
	    "Protocol error"));
	CU_ASSERT(answer_loses("HTTP/1.1 500 Oh\r\n\r\n", 0,
	    "Protocol error"));
	CU_ASSERT(answer_loses("220 smtp.example ESMTP\r\n", 0,
	    "Protocol error"));
	CU_ASSERT(answer_loses("HTTP/2.0 201 Created", 0, "Protocol error"));
}

static void
wake_publish_cut_short(void)
{
	CU_ASSERT(answer_loses("", 0, "Connection reset"));
	CU_ASSERT(answer_loses("HTTP/1.1 20", 0, "Connection reset"));
	CU_ASSERT(answer_loses("HTTP/1.1 202 Accepted\r\n", 0,
	    "Connection reset"));
	CU_ASSERT(answer_loses("HTTP/1.1 202 Accepted\r\n"
	    "Content-Length: 2\r\n\r\na", 0, "Connection reset"));
}

static void
wake_publish_slow(void)
{
	CU_ASSERT(answer_loses(NULL, 0, "lost: "));
	CU_ASSERT(answer_loses("HTTP/1.1 201 Created\r\n", 300, "lost: "));
}

/* In the child: answer so many messages on each of so many connections. */
static pid_t
answerer_start(unsigned connections, unsigned messages, const char *answer)
{
	int fd = server_listen(8), peer;
	char piece[4096];
	pid_t child;

	fflush(NULL);
	if ((child = fork()) != 0) {
		close(fd);
		return child;
	}
	while (connections-- > 0) {
		peer = accept(fd, NULL, NULL);
		for (unsigned i = 0; i < messages; i++) {
			if (read(peer, piece, sizeof(piece)) <= 0
			    || write(peer, answer, strlen(answer)) < 0)
				_exit(1);
		}
		close(peer);
	}
	_exit(0);
}

/* One connection carries all, and another is made when that has ended. */
static void
wake_publish_keeps_connection(void)
{
	struct registration registration = registration_of(7, 3);
	pid_t child = answerer_start(2, 3, "HTTP/1.1 202 Accepted\r\n"
	    "Content-Length: 3\r\n\r\nabc");
	int status = -1;

	for (unsigned i = 0; i < 6; i++) {
		struct text told = publish(&conf, &registration);

		CU_ASSERT_STRING_EQUAL(told.bytes, "");
		text_free(&told);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

/* More than was announced: the next answer would begin in its midst. */
static void
wake_publish_too_much(void)
{
	pid_t child = answerer_start(1, 1, "HTTP/1.1 202 Accepted\r\n"
	    "Content-Length: 1\r\n\r\nab");

	CU_ASSERT(loses(&conf, "Protocol error"));
	CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
}

/* Its queue is full: connecting itself must not wait longer. */
static void
wake_publish_queue_full(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = "s" };
	int fds[64], fd = server_listen(0), status = 0;
	unsigned count = 0;

	while (status == 0 && count < 64) {
		fds[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		status = connect(fds[count++], (struct sockaddr *)&address,
		    sizeof(address));
	}
	CU_ASSERT_EQUAL(status, -1);
	CU_ASSERT(loses(&conf, "lost: "));
	while (count > 0)
		close(fds[--count]);
	close(fd);
}

static void
wake_publish_all_changed(void)
{
	struct registrations registrations = { .count = 3 };
	pid_t server = server_start(2, "HTTP/1.1 202 Accepted\r\n\r\n", 0);
	struct text got;

	registrations.row[0] = registration_of(7, 3);
	registrations.row[1] = registration_of(8, 0);
	registrations.row[1].device_id[0] = '\0';
	registrations.row[2] = registration_of(9, 4294967294);
	registrations.row[3] = registration_of(10, 1);
	wake_publish_all(&conf, &registrations);
	got = server_got(server);
	CU_ASSERT_PTR_NOT_NULL(strstr(got.bytes, "POST /wake/7.3 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(got.bytes,
	    "POST /wake/9.4294967294 "));
	CU_ASSERT_PTR_NULL(strstr(got.bytes, "/wake/8."));
	CU_ASSERT_PTR_NULL(strstr(got.bytes, "/wake/10."));
	text_free(&got);
}

/* What the call before may have changed, and others since; but nothing of which
 * only part is told, and no version that never was. */
static void
wake_publish_all_repeated(void)
{
	static const char *const told[] = { "/wake/1.5 ", "/wake/1.4 ",
		"/wake/1.3 ", "/wake/1.2 ", "/wake/2.3 ", "/wake/4.2 ",
		"/wake/4.1 " };
	struct registrations registrations = { .count = 4 };
	pid_t server = server_start(7, "HTTP/1.1 202 Accepted\r\n\r\n", 0);
	struct text got;

	for (unsigned i = 0; i < 4; i++) {
		registrations.row[i] = registration_of(i + 1, 0);
		registrations.row[i].version = 6 - i;
	}
	registrations.row[1].left_version = 3;
	registrations.row[2].device_id[0] = '\0';
	wake_publish_all(&conf, &registrations);
	registrations.count = 1;
	registrations.row[0].version = 1;
	wake_publish_all(&conf, &registrations);
	got = server_got(server);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(got.bytes, told[i]));
	text_free(&got);
}

/* Where one wake-up gets lost the row's others are not tried. */
static void
wake_publish_all_lost(void)
{
	struct registrations registrations = { .count = 2 };
	struct scratch_error error;
	struct text told;

	unlink("s");
	registrations.row[0] = registration_of(1, 0);
	registrations.row[0].version = 6;
	registrations.row[1] = registration_of(2, 3);
	error = scratch_listen();
	wake_publish_all(&conf, &registrations);
	told = scratch_told(error);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes, "wake-up of 1.5 got lost"));
	CU_ASSERT_PTR_NULL(strstr(told.bytes, "wake-up of 1.4 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(told.bytes, "wake-up of 2.3 got lost"));
	text_free(&told);
}

static const struct test tests[] = {
	TEST(wake_publish_sends),
	TEST(wake_publish_taken),
	TEST(wake_publish_unchanged),
	TEST(wake_publish_nobody_there),
	TEST(wake_publish_path_too_long),
	TEST(wake_publish_refused),
	TEST(wake_publish_cut_short),
	TEST(wake_publish_slow),
	TEST(wake_publish_keeps_connection),
	TEST(wake_publish_too_much),
	TEST(wake_publish_queue_full),
	TEST(wake_publish_all_changed),
	TEST(wake_publish_all_repeated),
	TEST(wake_publish_all_lost),
	{ NULL, NULL }
};

/* In the folder, so that the socket's path is short wherever that lies. */
int
main(void)
{
	char folder[SCRATCH_SIZE];
	int status = 1;

	scratch_make(folder);
	if (chdir(folder) == 0)
		status = test_run("wake", tests);
	scratch_remove(folder);
	return status;
}
