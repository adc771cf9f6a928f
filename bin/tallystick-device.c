/* tallystick-device: the reference device. It plays a printer, invented or
 * real, that speaks doc/protocol.md section 3, and is meant to be read beside
 * it by whoever writes a device's firmware:
 *
 *	tallystick-device.c	the loop: who is waited for, who comes next
 *	device_session.c	what is said to the server, and when
 *	device_post.c		what an answer means, and when to try again
 *	device_report.c		jobs: kept, sent, dropped with the receipt
 *	device_message.c	the messages that go out
 *	device_answer.c		the answers that come in
 *	device_http.c		HTTP, and the connection held open
 *	device_state.c		what must survive a power cut
 *	device_simulate.c	an invented printer
 *	device_ipp.c, _read.c	a real one, over IPP
 *	device_sheet.c, _raster.c	what that one prints of itself
 *
 * One thread, one loop. src: tallystick-device(1). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bin/device_event.h"
#include "bin/device_http.h"
#include "bin/device_options.h"
#include "bin/device_printer.h"
#include "bin/device_random.h"
#include "bin/device_session.h"
#include "bin/device_state.h"
#include "bin/label.h"
#include "bin/qr.h"
#include "lib/code.h"
#include "lib/log.h"
#include "lib/text.h"

#define CODE_SYMBOLS 10		/* of 5 bits: 50 bits, 40 are asked for */
#define FILE_LOOK_MS 200	/* for --press-ok-when */

enum { WATCH_SIGNAL, WATCH_KEY };

/* The signals come as input, like everything else that is waited for. */
static int
signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* In the background the terminal is not ours to read. */
	signal(SIGTTIN, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool
file_line_read(const char *path, char *to, size_t size)
{
	char line[256] = "";
	FILE *file = fopen(path, "re");
	bool good;

	if (file == NULL) {
		event_error("%s: %s", path, strerror(errno));
		return false;
	}
	good = fgets(line, sizeof(line), file) != NULL;
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	good = good && line[0] != '\0' && text_copy(to, size, line);
	if (!good)
		event_error("%s: no code in its first line", path);
	explicit_bzero(line, sizeof(line));
	return good;
}

/* Show the code as it stands on a label: in fours. */
static void
code_tell(const char *code)
{
	char shown[192];
	size_t i, length = 0;
	bool plain = strcspn(code, " -._") == strlen(code);

	for (i = 0; code[i] != '\0' && length + 2 < sizeof(shown); i++) {
		if (plain && i > 0 && i % 4 == 0)
			shown[length++] = '-';
		shown[length++] = code[i];
	}
	shown[length] = '\0';
	event_tell("code", "%s", shown);
	explicit_bzero(shown, sizeof(shown));
}

/* Bring the code to the person: on the terminal, on paper. A device with a
 * display does the same with its own. */
static void
code_show(struct session *session, const struct options *options)
{
	struct text link = { 0 };
	struct qr qr = { .code = NULL };
	char normal[CODE_MAX + 1];

	if (!code_normalize(session->state->code, normal))
		goto out;
	label_link(&link, session->page, normal);
	if ((options->qr || isatty(STDOUT_FILENO)) &&
	    qr_make(&qr, link.bytes))
		qr_show(&qr, stdout);
	/* Paper once, however often it must register until it is paired. */
	if (options->print_sheet && !session->sheet_printed) {
		session->sheet_printed = session->printer->print_sheet(
		    session->printer, session->page, normal);
		session->failed = !session->sheet_printed;
	}
out:
	session->page[0] = '\0';
	explicit_bzero(normal, sizeof(normal));
	text_free(&link);
	qr_free(&qr);
}

/* A device has its code from the factory. This one gets it from a file, or
 * invents it at its first start. */
static bool
code_find(const struct options *options, char code[static 129])
{
	if (options->code_file != NULL)
		return file_line_read(options->code_file, code, 129);
	if (options->code != NULL) {
		if (text_copy(code, 129, options->code) && code[0] != '\0' &&
		    strpbrk(code, "\r\n") == NULL)
			return true;
		event_error("that is no code");
		return false;
	}
	/* With its check character any host takes it. */
	while (code[0] == '\0') {
		random_symbols(code, CODE_SYMBOLS);
		code[CODE_SYMBOLS] = code_check_character(code, CODE_SYMBOLS);
		code[CODE_SYMBOLS + 1] = '\0';
		if (code[CODE_SYMBOLS] == '\0')
			code[0] = '\0';
	}
	return true;
}

/* Ask the printer who it is, until it answers: it may be switched off. */
static bool
printer_meet(struct session *session, int signals)
{
	struct pollfd asked = { .fd = signals, .events = POLLIN };

	while (!session->printer->identify(session->printer, &session->who))
		if (poll(&asked, 1, (int)(session->look_every_s * 1000)) != 0)
			return false;
	return true;
}

/* Whose state this is. A state file belongs to one printer for ever: under
 * another's name its jobs and levels would be lies.
 * err: false, printed. */
static bool
identity_settle(const struct options *options, struct session *session)
{
	struct device_state *state = session->state;
	char *id = session->who.device_id;

	if (options->device_id != NULL && !text_copy(id,
	    sizeof(session->who.device_id), options->device_id)) {
		event_error("a DeviceId has 128 characters at most");
		return false;
	}
	if (id[0] == '\0')
		return false;
	if (state->device_id[0] != '\0' && strcmp(state->device_id, id) != 0) {
		event_error("%s belongs to the device %s, not to %s: give "
		    "another --state", state->path, state->device_id, id);
		return false;
	}
	text_copy(state->device_id, sizeof(state->device_id), id);
	return true;
}

/* Whether the token may be used again, or a registration must come first. */
static void
registration_settle(struct session *session, const char *code,
    const char *server)
{
	struct device_state *state = session->state;

	/* The token of one server is none of another's business. */
	if (strcmp(state->server, server) != 0)
		explicit_bzero(state->token, sizeof(state->token));
	session->must_register = state->token[0] == '\0' ||
	    strcmp(state->code, code) != 0;
	text_copy(state->server, sizeof(state->server), server);
	text_copy(state->code, sizeof(state->code), code);
	/* Counting on from the calendar, a device that lost its memory is
	 * still ahead of its own older reports. */
	if (state->sequence == 0)
		state->sequence = time(NULL);
}

/* Take in signals and keys. out: whether to end. */
static bool
input_take(struct session *session, int watched[static 2])
{
	struct signalfd_siginfo got;
	struct pollfd key = { .fd = watched[WATCH_KEY], .events = POLLIN };
	char typed[64];
	ssize_t length;

	while (read(watched[WATCH_SIGNAL], &got, sizeof(got)) == sizeof(got)) {
		if (got.ssi_signo != SIGUSR1)
			return true;
		session_press(session);
	}
	if (key.fd < 0 || poll(&key, 1, 0) <= 0)
		return false;
	length = read(key.fd, typed, sizeof(typed));
	if (length <= 0)
		watched[WATCH_KEY] = -1;	/* nobody is there */
	else if (memchr(typed, '\n', (size_t)length) != NULL)
		session_press(session);
	return false;
}

/* out: the exit status. */
static int
run(struct session *session, const struct options *options, int signals)
{
	int watched[2] = { [WATCH_SIGNAL] = signals,
		[WATCH_KEY] = STDIN_FILENO };
	struct http_result heard;
	bool answered;
	int wait_ms;
	bool by_file;

	while (!session->failed && !event_seen()) {
		session_step(session);
		if (session->page[0] != '\0')
			code_show(session, options);
		if (session->failed || event_seen())
			break;
		/* After a stop only a person starts again. */
		by_file = options->press_ok_when != NULL &&
		    session->ok_asked && !session->was_started;
		wait_ms = session_wait_ms(session);
		if (by_file && wait_ms > FILE_LOOK_MS)
			wait_ms = FILE_LOOK_MS;
		answered = http_wait(session->http, watched, wait_ms, &heard);
		/* First, for a signal to end breaks the connection, too. */
		if (input_take(session, watched))
			break;
		if (answered)
			session_heard(session, &heard);
		if (by_file && access(options->press_ok_when, F_OK) == 0)
			session_press(session);
	}
	/* An end on demand is a good one, unless something was awaited. */
	return session->failed || (options->until != NULL && !event_seen());
}

/* Only the instruction. It needs no lock: the process that runs the device
 * meanwhile hears of it over its connection. */
static int
instruct(struct session *session, const struct options *options)
{
	if (session->state->token[0] != '\0' &&
	    strcmp(session->state->server, options->server) == 0)
		return !session_instruct(session, options->instruct);
	event_error("%s holds no registration with %s", options->state,
	    options->server);
	return 1;
}

static int
device_run(struct session *session, const struct options *options)
{
	struct device_state *state = session->state;
	int signals = signals_open();
	char code[129];

	text_copy(code, sizeof(code), state->code);
	session->printer = options->printer != NULL ?
	    ipp_open(options->printer) :
	    simulate_open(&options->simulate, state);
	session->look_every_s = options->printer != NULL ? options->poll_s :
	    options->job_every_s;
	session->press_ok = options->press_ok;
	if (session->printer == NULL || !code_find(options, code) ||
	    !printer_meet(session, signals) ||
	    !identity_settle(options, session))
		return 1;
	registration_settle(session, code, options->server);
	if (!state_save(state))
		return 1;
	event_tell("device", "id=%s model=%s", state->device_id,
	    session->who.make_and_model);
	code_tell(code);
	explicit_bzero(code, sizeof(code));
	return run(session, options, signals);
}

int
main(int argc, char *argv[])
{
	struct options options;
	struct device_state state;
	struct http http;
	struct session session = { .state = &state, .http = &http };
	int status = 1;

	log_open("tallystick-device");
	if (!options_read(&options, argc, argv))
		return 2;
	event_until(options.until);
	state_open(&state, options.state);
	if ((options.instruct == NULL && !state_lock(&state)) ||
	    !state_load(&state))
		goto out;
	if (!http_open(&http, options.server, options.ca_file))
		goto out_http;
	status = options.instruct != NULL ? instruct(&session, &options) :
	    device_run(&session, &options);
	if (session.printer != NULL)
		session.printer->close(session.printer);
	session_free(&session);
out_http:
	http_close(&http);
out:
	state_free(&state);
	return status;
}
