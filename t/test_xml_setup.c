/* lib/xml where memory is refused while it prepares libxml2, which happens once
 * a process: so each trial is a process of its own. */
#include <sys/wait.h>
#include <unistd.h>

#include "lib/heap.h"
#include "lib/xml.h"
#include "t/fixture.h"

enum trial { TRIAL_READ, TRIAL_REFUSED, TRIAL_WRONG, TRIAL_CRASHED };

static unsigned trials[TRIAL_CRASHED + 1];

/* Prepare by itself, or at the first message. */
static enum trial
run(const struct kind *kind, const struct text *body, unsigned nth,
    bool lasting, bool lazily)
{
	char problem[MESSAGE_PROBLEM_SIZE];
	struct text given = { 0 };
	enum error error;

	heap_fail(nth, lasting);
	if (!lazily && !xml_setup())
		return TRIAL_REFUSED;
	if (!lazily)
		heap_fail(0, false);
	error = kind->read(body->bytes, body->length, &given, problem);
	if (error == ERROR_UNAVAILABLE && lazily)
		return TRIAL_REFUSED;
	return error == ERROR_NONE ? TRIAL_READ : TRIAL_WRONG;
}

static enum trial
run_apart(const struct kind *kind, const struct text *body, unsigned nth,
    bool lasting, bool lazily)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit((int)run(kind, body, nth, lasting, lazily));
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) < TRIAL_CRASHED ?
	    (enum trial)WEXITSTATUS(status) : TRIAL_CRASHED;
}

/* For every n until nothing is refused any more. */
static void
refuse_each(const struct kind *kind, bool lasting, bool lazily)
{
	char path[PATH_SIZE];
	struct text body = { 0 };
	enum trial trial;
	unsigned nth = 0;

	snprintf(path, sizeof(path), "%s/t/messages/%s/%s.xml",
	    test_source(), kind->name, strcmp(kind->name, "instruct") == 0 ?
	    "start" : "whole");
	CU_ASSERT_FATAL(file_read(path, &body));
	do {
		trial = run_apart(kind, &body, ++nth, lasting, lazily);
		trials[trial]++;
		CU_ASSERT(trial == TRIAL_READ || trial == TRIAL_REFUSED);
	} while (trial != TRIAL_READ && nth < 10000);
	CU_ASSERT(nth > 10 && nth < 10000);
	text_free(&body);
}

static void
setup_memory_refused(void)
{
	refuse_each(&kinds[0], false, false);
	refuse_each(&kinds[0], true, false);
}

static void
first_message_memory_refused(void)
{
	for (size_t i = 0; i < KIND__MAX; i++) {
		refuse_each(&kinds[i], false, true);
		refuse_each(&kinds[i], true, true);
	}
}

static const struct test tests[] = {
	TEST(setup_memory_refused),
	TEST(first_message_memory_refused),
	{ NULL, NULL }
};

int
main(void)
{
	int status = test_run("xml_setup", tests);

	printf("%u trials without memory: %u refused, %u crashed\n",
	    trials[TRIAL_REFUSED] + trials[TRIAL_WRONG] +
	    trials[TRIAL_CRASHED], trials[TRIAL_REFUSED],
	    trials[TRIAL_CRASHED]);
	return status;
}
