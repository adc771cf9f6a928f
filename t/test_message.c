/* lib/message: every fixture below t/messages/, judged by the reader and, but
 * for those in reader/, by the RELAX NG schema; then what no file can hold. */
#include "lib/heap.h"
#include "lib/xml.h"
#include "t/fixture.h"

/* What was judged and what was left out, told at the end. */
static unsigned good, bad, validated, skipped;

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
	if (verdict != (is_bad ? VERDICT_REFUSED : VERDICT_VALID)) {
		complain(path, is_bad ? "passes" : "fails", kind->schema);
		CU_FAIL("reader and schema disagree");
	}
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
	for (size_t i = 0; i < KIND__MAX; i++)
		each_fixture("", &kinds[i], judge_by_schema);
	CU_ASSERT(validated == 0 || skipped == 0);
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

/* Refuse the nth piece of memory, for every n until none is refused. */
static void
fail_each(const struct kind *kind, const char *path, bool lasting)
{
	char problem[MESSAGE_PROBLEM_SIZE];
	struct text body = { 0 }, whole = { 0 };
	enum error wanted, error;
	unsigned nth = 0;

	CU_ASSERT_FATAL(file_read(path, &body));
	wanted = kind->read(body.bytes, body.length, &whole, problem);
	do {
		struct text given = { 0 };
		size_t used = heap_used();

		heap_fail(++nth, lasting);
		error = kind->read(body.bytes, body.length, &given, problem);
		heap_fail(0, false);
		CU_ASSERT_EQUAL(heap_used(), used);
		CU_ASSERT_EQUAL(error, heap_refused() > 0 ?
		    ERROR_UNAVAILABLE : wanted);
		CU_ASSERT(error == ERROR_NONE || given.length == 0);
		text_free(&given);
	} while (heap_refused() > 0 && nth < 10000);
	CU_ASSERT(nth < 10000);
	text_free(&body);
	text_free(&whole);
}

static void
fail_once(const struct kind *kind, const char *path)
{
	fail_each(kind, path, false);
}

static void
fail_lasting(const struct kind *kind, const char *path)
{
	fail_each(kind, path, true);
}

static void
memory_refused(void)
{
	for (size_t i = 0; i < KIND__MAX; i++) {
		each_fixture("", &kinds[i], fail_once);
		each_fixture("", &kinds[i], fail_lasting);
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

	xml_setup();
	status = test_run("message", tests);
	printf("%u fixtures to read, %u to refuse; %u judged by schema too\n",
	    good, bad, validated);
	if (skipped > 0)
		printf("SKIP: %u fixtures not judged by schema: no %s\n",
		    skipped, VALIDATOR);
	return status;
}
