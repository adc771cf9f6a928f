/* lib/message: every fixture below t/messages/, judged by the reader and, but
 * for those in reader/, by the RELAX NG schema; then what no file can hold. */
#include <sys/mman.h>

#include "lib/heap.h"
#include "lib/xml.h"
#include "t/fixture.h"
#include "t/stricter.h"

/* What was judged and what was left out, told at the end. */
static unsigned good, bad, validated, skipped;
static unsigned *refusals;	/* shared with children */

static void
complain(const char *path, const char *what, const char *text)
{
	fprintf(stderr, "\n  %s %s %s\n", path, what, text);
}

/* Compare with case.out, or case.bad.out; with UPDATE set write it. */
static void
compare(const char *path, const char *given)
{
	char out[PATH_SIZE];
	struct text wanted = { 0 };
	FILE *file;

	snprintf(out, sizeof(out), "%.*s.out",
	    (int)(strlen(path) - strlen(".xml")), path);
	if (getenv("UPDATE") != NULL && (file = fopen(out, "w")) != NULL) {
		fputs(given, file);
		fclose(file);
	}
	CU_ASSERT(file_read(out, &wanted));
	if (wanted.bytes == NULL || strcmp(wanted.bytes, given) != 0) {
		complain(path, "gave", given);
		CU_FAIL("not as case.out says");
	}
	text_free(&wanted);
}

static void
judge_by_reader(const struct kind *kind, const char *path)
{
	bool is_bad = ends_with(path, ".bad.xml");
	char problem[MESSAGE_PROBLEM_SIZE] = "";
	struct text body = { 0 }, given = { 0 };
	enum error error;

	CU_ASSERT_FATAL(file_read(path, &body));
	error = kind->read(body.bytes, body.length, &given, problem);
	if (is_bad) {
		CU_ASSERT(error == ERROR_MALFORMED || error == ERROR_INVALID);
		CU_ASSERT(strncmp(problem, "line ", 5) == 0);
		text_clear(&given);
		text_addf(&given, "%s %s\n", error == ERROR_MALFORMED ?
		    "malformed" : error == ERROR_INVALID ? "invalid" :
		    "accepted", problem);
		bad++;
	} else {
		if (error != ERROR_NONE)
			complain(path, "was refused:", problem);
		CU_ASSERT_EQUAL(error, ERROR_NONE);
		CU_ASSERT_STRING_EQUAL(problem, "");
		good++;
	}
	compare(path, given.bytes != NULL ? given.bytes : "");
	text_free(&body);
	text_free(&given);
}

/* Which rows of t/stricter.h were met. */
static bool stricter_met[STRICTER__MAX];

/* Whether the reader may refuse by itself what this fixture holds. */
static bool
is_stricter_of(const struct kind *kind, const char *path)
{
	char problem[MESSAGE_PROBLEM_SIZE] = "";
	struct text body = { 0 }, given = { 0 };
	bool may = false;

	CU_ASSERT_FATAL(file_read(path, &body));
	kind->read(body.bytes, body.length, &given, problem);
	for (size_t i = 0; i < STRICTER__MAX; i++)
		if (strstr(problem, stricter[i].problem) != NULL)
			may = stricter_met[i] = true;
	text_free(&body);
	text_free(&given);
	return may;
}

static void
judge_by_schema(const struct kind *kind, const char *path)
{
	bool is_bad = ends_with(path, ".bad.xml");
	enum verdict verdict = validate(kind->schema, path);

	if (verdict == VERDICT_NONE) {
		skipped++;
		return;
	}
	validated++;
	if (verdict == (is_bad ? VERDICT_REFUSED : VERDICT_VALID))
		return;
	if (verdict == VERDICT_VALID && is_bad && strstr(path, "/reader/") !=
	    NULL && is_stricter_of(kind, path))
		return;
	complain(path, is_bad ? "passes" : "fails", kind->schema);
	CU_FAIL("reader and schema disagree");
}

static void
fixtures_by_reader(void)
{
	for (size_t i = 0; i < KIND__MAX; i++) {
		CU_ASSERT(each_fixture("", &kinds[i], judge_by_reader) > 0);
		CU_ASSERT(each_fixture("reader/", &kinds[i],
		    judge_by_reader) > 0);
	}
	CU_ASSERT(bad >= good);
	CU_ASSERT_EQUAL(xml_loads(), 0);
}

static void
fixtures_by_schema(void)
{
	for (size_t i = 0; i < KIND__MAX; i++) {
		each_fixture("", &kinds[i], judge_by_schema);
		each_fixture("reader/", &kinds[i], judge_by_schema);
	}
	CU_ASSERT(validated == 0 || skipped == 0);
	/* No rule of the table is there for nothing. */
	for (size_t i = 0; i < STRICTER__MAX && validated > 0; i++)
		if (!stricter_met[i] && !stricter[i].large) {
			complain("no fixture", "meets", stricter[i].problem);
			CU_FAIL("a rule without a fixture");
		}
}

/* What a fixture would be too large for. */

static enum error
read_built(const char *before, const char *each, unsigned count,
    const char *after, struct text *given)
{
	char problem[MESSAGE_PROBLEM_SIZE];
	struct text body = { 0 };
	enum error error;

	text_addf(&body, "<JobReport xmlns=\"%s\" xmlns:f=\"urn:f\">%s",
	    MESSAGE_NAMESPACE, before);
	for (unsigned i = 0; i < count; i++)
		text_add(&body, each);
	text_addf(&body, "%s</JobReport>", after);
	error = read_report(body.bytes, body.length, given, problem);
	text_clear(given);
	text_add(given, problem);
	text_free(&body);
	return error;
}

#define JOB	"\n          <Job><JobId>1</JobId><PrinterUpTime>2" \
		"</PrinterUpTime><JobKind>Print</JobKind><JobState>" \
		"completed</JobState><ImpressionsCompleted>3" \
		"</ImpressionsCompleted></Job>"

static void
report_jobs_most(void)
{
	struct text given = { 0 };

	CU_ASSERT_EQUAL(read_built("", JOB, MESSAGE_JOBS_MAX, "", &given),
	    ERROR_NONE);
	CU_ASSERT_EQUAL(read_built("", JOB, MESSAGE_JOBS_MAX + 1, "", &given),
	    ERROR_INVALID);
	CU_ASSERT_STRING_EQUAL(given.bytes,
	    "line 1002: <JobReport> holds more than 1000 <Job>");
	text_free(&given);
}

static void
report_elements_most(void)
{
	struct text given = { 0 };
	unsigned most = DOCUMENT_ELEMENTS_MAX - 1;	/* and the root */

	CU_ASSERT_EQUAL(read_built("", "<f:a/>", most, "", &given),
	    ERROR_NONE);
	CU_ASSERT_EQUAL(read_built("", "<f:a/>", most + 1, "", &given),
	    ERROR_INVALID);
	CU_ASSERT_STRING_EQUAL(given.bytes,
	    "line 1: the document has more than 16000 elements");
	text_free(&given);
}

/* However wrong it is, what is not well-formed is malformed, not invalid. */
static void
report_malformed_after_invalid(void)
{
	struct text given = { 0 };

	CU_ASSERT_EQUAL(read_built("<Job/>", JOB, 1000, "&x;", &given),
	    ERROR_MALFORMED);
	CU_ASSERT_EQUAL(read_built("<Job/>", JOB, 1000, "", &given),
	    ERROR_INVALID);
	text_free(&given);
}

/* Every way to cut a document short is refused, and never by a crash. */
static void
documents_cut_short(void)
{
	static const char *const names[] = { "whole", "foreign-inside",
	    "foreign-everywhere" };
	char path[PATH_SIZE], problem[MESSAGE_PROBLEM_SIZE];

	for (size_t i = 0; i < KIND__MAX; i++) {
		struct text body = { 0 }, given = { 0 };

		snprintf(path, sizeof(path), "%s/t/messages/%s/%s.xml",
		    test_source(), kinds[i].name, names[i]);
		CU_ASSERT_FATAL(file_read(path, &body));
		for (size_t length = 0; length < body.length - 1; length++) {
			char *cut = malloc(length + 1);

			memcpy(cut, body.bytes, length);
			CU_ASSERT_EQUAL(kinds[i].read(cut, length, &given,
			    problem), ERROR_MALFORMED);
			CU_ASSERT(strncmp(problem, "line ", 5) == 0);
			free(cut);
		}
		CU_ASSERT_EQUAL(given.length, 0);
		text_free(&body);
		text_free(&given);
	}
}

/* Refuse the nth piece of memory, for every n until none is refused. in: may
 * leak: libxml2 loses a long text that it cannot enlarge.
 * out: whether each reading told of it, or gave the very message. */
static bool
fail_each(const struct kind *kind, const char *path, bool lasting,
    bool may_leak)
{
	char problem[MESSAGE_PROBLEM_SIZE];
	struct text body = { 0 }, whole = { 0 };
	enum error wanted, error;
	unsigned nth = 0;
	bool right = file_read(path, &body);

	wanted = kind->read(body.bytes, body.length, &whole, problem);
	do {
		struct text given = { 0 };
		size_t used = heap_used();

		heap_fail(++nth, lasting);
		error = kind->read(body.bytes, body.length, &given, problem);
		heap_fail(0, false);
		right = right && error == (heap_refused() > 0 ?
		    ERROR_UNAVAILABLE : wanted);
		right = right && (heap_used() == used ||
		    (may_leak && error == ERROR_UNAVAILABLE));
		right = right && (error != ERROR_NONE ? given.length == 0 :
		    strcmp(given.bytes, whole.bytes) == 0);
		*refusals += heap_refused() > 0;
		text_free(&given);
	} while (right && heap_refused() > 0 && nth < 10000);
	text_free(&body);
	text_free(&whole);
	return right && nth < 10000;
}

static void
fail_once_and_for_good(const struct kind *kind, const char *path)
{
	bool right = fail_each(kind, path, false, false) &&
	    fail_each(kind, path, true, false);

	if (!right)
		complain(path, "goes wrong", "without memory");
	CU_ASSERT(right);
}

/* In a process that keeps its leaks to itself. */
static void
fail_apart(const struct kind *kind, const char *path)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(fail_each(kind, path, false, true) &&
		    fail_each(kind, path, true, true) ? 0 : 1);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	if (status != 0)
		complain(path, "goes wrong", "without memory");
	CU_ASSERT_EQUAL(status, 0);
}

static void
memory_refused(void)
{
	for (size_t i = 0; i < KIND__MAX; i++) {
		each_fixture("", &kinds[i], fail_once_and_for_good);
		each_fixture("reader/", &kinds[i], fail_apart);
	}
}

static const struct test tests[] = {
	TEST(fixtures_by_reader),
	TEST(fixtures_by_schema),
	TEST(report_jobs_most),
	TEST(report_elements_most),
	TEST(report_malformed_after_invalid),
	TEST(documents_cut_short),
	TEST(memory_refused),
	{ NULL, NULL }
};

int
main(void)
{
	int status;

	refusals = mmap(NULL, sizeof(*refusals), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	xml_setup();
	status = test_run("message", tests);
	printf("%u fixtures to read, %u to refuse; %u judged by schema too; "
	    "%u readings without memory\n", good, bad, validated, *refusals);
	if (skipped > 0)
		printf("SKIP: %u fixtures not judged by schema: no %s\n",
		    skipped, VALIDATOR);
	return status == 0 && skipped > 0 ? TEST_SKIPPED : status;
}
