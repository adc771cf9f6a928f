#include "lib/program.h"

#include <fcgiapp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/channel.h"
#include "lib/confine.h"
#include "lib/listener.h"
#include "lib/log.h"
#include "lib/screen.h"
#include "lib/terminal.h"
#include "lib/text.h"
#include "lib/wipe.h"

/* One program at work. */
struct loop {
	const struct program	*program;
	struct context		 context;
	struct screen		*refused;	/* terminals only */
	struct screen		*unavailable;
};

static bool
method_is_allowed(const char *methods, const char *method)
{
	size_t length = strlen(method);

	for (; *methods != '\0'; methods += strcspn(methods, ",")) {
		methods += strspn(methods, ", ");
		if (strncmp(methods, method, length) == 0
		    && length == strcspn(methods, ", "))
			return length > 0;
	}
	return false;
}

/* The reasons that are told before a byte of the body is looked at, in the
 * order of doc/protocol.md section 2. */
static enum error
check_head(const struct program *program, const struct request *request)
{
	if (request->length > program->body_max)
		return ERROR_TOO_LARGE;
	if (!method_is_allowed(program->methods, request->method))
		return ERROR_METHOD;
	if (strcmp(request->method, "POST") == 0
	    && !request_type_is(request, program->content_types))
		return ERROR_CONTENT_TYPE;
	if (program->token_wanted && request->token == NULL)
		return ERROR_UNAUTHORIZED;
	return ERROR_NONE;
}

static enum error
request_build(struct loop *loop, struct channel *channel,
    struct request *request, struct reply *reply)
{
	enum error error;
	bool length_known;

	request_read(request, channel_parameter, channel);
	length_known = request_length(channel_parameter, channel,
	    &request->length);
	if ((error = check_head(loop->program, request)) != ERROR_NONE)
		return error;
	if (channel->doubtful || !channel_parameters_fit(channel)) {
		text_copy(reply->detail, sizeof(reply->detail),
		    "A header came twice, or all of them are too long.");
		return ERROR_MALFORMED;
	}
	request->body = memory_new(request->length + 1, 1);
	if (!length_known || channel_read(channel, request->body,
	    request->length) != request->length || channel_has_more(channel)) {
		text_copy(reply->detail, sizeof(reply->detail),
		    "The body is not as long as Content-Length announced: "
		    "send it whole.");
		return ERROR_MALFORMED;
	}
	return ERROR_NONE;
}

/* A failure's public face: a problem document, or a screen for people. */
static void
reply_failure(struct loop *loop, const struct request *request,
    struct reply *reply, enum error error)
{
	const struct error_public *public = error_public(error);
	const struct screen *screen = public->status >= 500
	    ? loop->unavailable : loop->refused;
	char language[SCREEN_LANGUAGE_SIZE];
	struct screen_field fields[] = { { "title", public->title, NULL },
		{ NULL, NULL, NULL } };

	reply_problem(reply, error);
	if (loop->program->audience == PROGRAM_TERMINAL) {
		text_clear(&reply->headers);
		text_clear(&reply->body);
		reply_header(reply, "Content-Type",
		    "text/html; charset=utf-8");
		reply_header(reply, "Cache-Control", "no-store");
		if (public->retry_after_s > 0)
			text_addf(&reply->headers, "Retry-After: %d\r\n",
			    public->retry_after_s);
		screen_language(screen, request->accept_language, language);
		screen_fill(screen, language, fields, &reply->body);
	}
	if (error == ERROR_METHOD)
		reply_header(reply, "Allow", loop->program->methods);
}

static void
reply_send(struct channel *channel, const struct request *request,
    struct reply *reply)
{
	struct text head = { 0 };

	text_addf(&head, "Status: %d %s\r\n", reply->status,
	    reply_reason(reply->status));
	if (reply->headers.length > 0)
		text_add(&head, reply->headers.bytes);
	if (reply->status != 204)
		text_addf(&head, "Content-Length: %zu\r\n",
		    reply->body.length);
	text_add(&head, "\r\n");
	channel_write(channel, &head);
	if (strcmp(request->method, "HEAD") != 0)
		channel_write(channel, &reply->body);
	text_free(&head);
}

/* One request from its first byte to its last. out: whether the worker may
 * serve another. */
static bool
serve(struct loop *loop, struct channel *channel, struct reply *reply)
{
	struct request request;
	struct text languages = { 0 };
	enum error error;
	bool go_on;

	channel->doubtful = false;
	log_request(channel_parameter(channel, "REQUEST_ID"),
	    channel_parameter(channel, "REMOTE_ADDR"));
	error = request_build(loop, channel, &request, reply);
	if (loop->program->audience == PROGRAM_TERMINAL)
		terminal_language(&loop->context.conf, &request,
		    loop->refused, reply, &languages);
	if (error == ERROR_NONE)
		error = loop->program->handle(&loop->context, &request, reply);
	if (error != ERROR_NONE)
		reply_failure(loop, &request, reply, error);
	reply_send(channel, &request, reply);
	log_line(LOG_INFO, "%.8s %d", request.method, reply->status);
	log_request(NULL, NULL);
	go_on = !reply->end_worker && !db_is_spent(loop->context.db);
	if (request.body != NULL)
		sodium_memzero(request.body, request.length);
	free(request.body);
	text_free(&languages);
	reply_clear(reply);
	return go_on;
}

static void
refuse(const char *problem)
{
	log_line(LOG_ERROR, "%s", problem);
	exit(EX_CONFIG);
}

/* Whether a worker's start is over. */
static bool started;

/* multiwatch begins a worker that ended anew, at once and for ever: not more
 * often than once a second where each ends in its start. */
static void
pace_starts(void)
{
	if (!started)
		sleep(1);
}

/* All that wanted a file has had it. */
static void
lock_in(struct loop *loop)
{
	bool filter = loop->context.conf.system_call_filter;

	started = true;
	if (filter)
		db_seal(loop->context.db);
	confine_worker(filter);
}

static bool
run_fastcgi(struct loop *loop, struct reply *reply)
{
	/* Workers that began together should not all end together. */
	unsigned left = loop->context.conf.requests_max
	    + randombytes_uniform(loop->context.conf.requests_max / 8 + 1);
	FCGX_Request fcgi;
	struct channel channel = { &fcgi, false };
	bool served = false, go_on = true;
	char problem[512];

	if (!listener_is_private(STDIN_FILENO, problem, sizeof(problem)))
		refuse(problem);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, 0,
	    FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		log_fatal("libfcgi does not start");
	lock_in(loop);
	/* The kernel's log, and a supervisor's, tell a dead one's number. */
	log_line(LOG_INFO, "worker %ld begins", (long)getpid());
	while (go_on && left-- > 0 && FCGX_Accept_r(&fcgi) == 0) {
		go_on = serve(loop, &channel, reply);
		FCGX_Finish_r(&fcgi);
		wipe_stack();
		served = true;
	}
	log_line(LOG_INFO, "worker %ld ends", (long)getpid());
	FCGX_Free(&fcgi, 1);
	return served;
}

static void
loop_open(struct loop *loop, const struct program *program)
{
	char problem[512], group[64];

	loop->program = program;
	conf_load(&loop->context.conf, NULL);
	if (sodium_init() < 0)
		log_fatal("libsodium does not start");
	for (enum key_purpose key = 0; key < KEY__MAX; key++) {
		if ((program->keys & 1u << key) != 0
		    && !key_load(key, loop->context.conf.keys, problem,
			sizeof(problem)))
			refuse(problem);
	}
	if (program->audience == PROGRAM_TERMINAL
	    && ((loop->refused = screen_load(loop->context.conf.screens,
		     "refused", problem, sizeof(problem))) == NULL
		|| (loop->unavailable = screen_load(
			loop->context.conf.screens, "unavailable", problem,
			sizeof(problem))) == NULL))
		refuse(problem);
	if (program->prepare != NULL
	    && !program->prepare(&loop->context, problem, sizeof(problem)))
		refuse(problem);
	snprintf(group, sizeof(group), "tallystick-%s", program->name);
	loop->context.db = db_open(loop->context.conf.database, group,
	    program->statements, program->statement_count, problem,
	    sizeof(problem));
	if (loop->context.db == NULL)
		refuse(problem);
}

int
program_run(const struct program *program)
{
	struct loop loop = { 0 };
	struct reply reply = { 0 };
	struct channel cgi = { NULL, false };
	int status = EXIT_SUCCESS;

	log_open(program->name);
	if (!FCGX_IsCGI())
		atexit(pace_starts);
	if (confine_is_root()) {
		log_line(LOG_ERROR, "refuses to run as root: start it as an "
		    "account of its own");
		return EX_NOPERM;
	}
	confine_process();
	loop_open(&loop, program);
	if (!FCGX_IsCGI()) {
		if (!run_fastcgi(&loop, &reply))
			status = EXIT_FAILURE;
	} else if (getenv("REQUEST_METHOD") != NULL) {
		lock_in(&loop);
		serve(&loop, &cgi, &reply);
		/* The next request is another process's: what libraries do
		 * at exit (OpenSSL's clean-up most of all) helps nobody. */
		db_close(loop.context.db);
		_exit(status);
	} else {
		fprintf(stderr, "%s answers a web server: as FastCGI with a "
		    "listening socket for standard input, or as CGI\n",
		    program->name);
		status = EX_USAGE;
	}
	db_close(loop.context.db);
	screen_free(loop.refused);
	screen_free(loop.unavailable);
	if (program->release != NULL)
		program->release(&loop.context);
	reply_free(&reply);
	return status;
}
