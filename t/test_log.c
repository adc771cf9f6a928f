/* lib/log: one line an event, that nobody can forge. */
#include <regex.h>
#include <stdbool.h>
#include <string.h>

#include "lib/log.h"
#include "t/scratch.h"

#define TIME	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z "

static bool
matches(const char *text, const char *pattern)
{
	regex_t regex;
	bool match;

	CU_ASSERT_EQUAL_FATAL(regcomp(&regex, pattern,
	    REG_EXTENDED | REG_NOSUB), 0);
	match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	if (!match)
		fprintf(stderr, "\n  \"%s\" is not %s\n", text, pattern);
	return match;
}

/* Whether a text is logged as one line that matches. */
static bool
logs(const char *text, const char *pattern)
{
	struct scratch_error error = scratch_listen();
	struct text told;
	char *newline;
	bool one, match;

	log_line(LOG_INFO, "%s", text);
	told = scratch_told(error);
	newline = strchr(told.bytes, '\n');
	one = newline != NULL && newline[1] == '\0';
	if (newline != NULL)
		*newline = '\0';
	match = matches(told.bytes, pattern);
	text_free(&told);
	return one && match;
}

/* First of all: before log_open. */
static void
log_line_unnamed(void)
{
	CU_ASSERT(logs("a", TIME "tallystick - - info a$"));
}

static void
log_line_of_a_request(void)
{
	log_open("report");
	CU_ASSERT(logs("200 OK", TIME "report - - info 200 OK$"));
	log_request("0a8f", "192.0.2.7");
	CU_ASSERT(logs("b", TIME "report 0a8f 192[.]0[.]2[.]7 info b$"));
	log_request("", "");
	CU_ASSERT(logs("c", TIME "report - - info c$"));
	log_request("0a8f", NULL);
	CU_ASSERT(logs("d", TIME "report 0a8f - info d$"));
	log_request(NULL, NULL);
	CU_ASSERT(logs("e", TIME "report - - info e$"));
}

static void
log_line_levels(void)
{
	struct scratch_error error = scratch_listen();
	struct text told;

	log_line(LOG_ERROR, "%d", 1);
	log_line(LOG_WARNING, "%d", 2);
	log_line(LOG_INFO, "%d", 3);
	told = scratch_told(error);
	CU_ASSERT(matches(told.bytes, " error 1\n.* warning 2\n.* info 3\n$"));
	text_free(&told);
}

static void
log_line_forged(void)
{
	CU_ASSERT(logs("a\nb\r\tc", "info a\\\\x0ab\\\\x0d\\\\x09c$"));
	CU_ASSERT(logs("\x1b[31m\x7f", "info \\\\x1b\\[31m\\\\x7f$"));
	CU_ASSERT(logs("\xc2\x9b" "2J\x9b", "info \\\\xc2\\\\x9b2J\\\\x9b$"));
	CU_ASSERT(logs("\u00e9", "info \\\\xc3\\\\xa9$"));
	CU_ASSERT(logs("", "info $"));
	log_request("a\nb", "\r\n1");
	CU_ASSERT(logs("c", " a\\\\x0ab \\\\x0d\\\\x0a1 info c$"));
	log_request(NULL, NULL);
}

static void
log_line_too_long(void)
{
	char text[3000] = "";
	struct scratch_error error;
	struct text told;

	/* An escape of four bytes at each place where the line ends. */
	for (unsigned with = 0; with < 6; with++) {
		memset(text, with == 0 ? 'x' : '\n', sizeof(text));
		memset(text, 'x', with);
		text[sizeof(text) - 1] = '\0';
		log_request(text, text);
		error = scratch_listen();
		log_line(LOG_INFO, "%s", text);
		told = scratch_told(error);
		CU_ASSERT(told.length > 900 && told.length <= 1024);
		CU_ASSERT_PTR_EQUAL(strchr(told.bytes, '\n'), told.bytes
		    + told.length - 1);
		text_free(&told);
	}
	log_request(NULL, NULL);
}

static void
log_after_close(void)
{
	close(STDERR_FILENO);
	log_line(LOG_ERROR, "nobody hears this");
	_exit(7);
}

static void
log_line_without_standard_error(void)
{
	CU_ASSERT(scratch_ends(log_after_close, 7, ""));
}

/* Once, before the next line that goes. */
static void
log_line_tells_of_lost_ones(void)
{
	struct scratch_error error = scratch_listen();
	int listened = dup(STDERR_FILENO), full = open("/dev/full", O_WRONLY);
	struct text told;

	CU_ASSERT_NOT_EQUAL_FATAL(full, -1);
	CU_ASSERT_EQUAL(dup2(full, STDERR_FILENO), STDERR_FILENO);
	for (unsigned i = 0; i < 3; i++)
		log_line(LOG_ERROR, "lost");
	CU_ASSERT_EQUAL(dup2(listened, STDERR_FILENO), STDERR_FILENO);
	close(full);
	close(listened);
	log_line(LOG_INFO, "a");
	log_line(LOG_INFO, "b");
	told = scratch_told(error);
	CU_ASSERT(matches(told.bytes, TIME "report - - warning 3 lines were "
	    "lost here: the log could not be written\n[^\n]* info a\n[^\n]* "
	    "info b\n$"));
	text_free(&told);
}

static void
log_end(void)
{
	log_fatal("statement %d\nlost", 4);
}

static void
log_fatal_ends(void)
{
	CU_ASSERT(scratch_ends(log_end, 1,
	    " report - - error statement 4\\x0alost\n"));
}

static const struct test tests[] = {
	TEST(log_line_unnamed),
	TEST(log_line_of_a_request),
	TEST(log_line_levels),
	TEST(log_line_forged),
	TEST(log_line_too_long),
	TEST(log_line_without_standard_error),
	TEST(log_line_tells_of_lost_ones),
	TEST(log_fatal_ends),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("log", tests);
}
