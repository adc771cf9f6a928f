/* The documents that programs answer with, judged by their RELAX NG schemas:
 * lib/registration and lib/reply. */
#include "lib/registration.h"
#include "lib/reply.h"
#include "t/fixture.h"

static unsigned validated, skipped;

/* in: a text; wanted: whether the schema must take it. */
static void
judge_text(const char *schema, const struct text *text, bool wanted)
{
	char path[] = "/tmp/test_answer.XXXXXX";
	int file = mkstemp(path);
	enum verdict verdict;

	CU_ASSERT_FATAL(file != -1);
	CU_ASSERT_EQUAL(write(file, text->bytes, text->length),
	    (ssize_t)text->length);
	close(file);
	verdict = validate(schema, path);
	unlink(path);
	if (verdict == VERDICT_NONE) {
		skipped++;
		return;
	}
	validated++;
	if (verdict != (wanted ? VERDICT_VALID : VERDICT_REFUSED))
		fprintf(stderr, "\n  %s %s: %s\n", schema, wanted ?
		    "refuses" : "takes", text->bytes);
	CU_ASSERT_EQUAL(verdict, wanted ? VERDICT_VALID : VERDICT_REFUSED);
}

static struct registration
registration_of(const char *state)
{
	struct registration registration = { .id = 7, .version = 4000000000,
	    .device_id = "E78283B1N123456", .make_and_model = "A & B",
	    .serial_number = "<1>", .service = "stopped",
	    .expires_at = "2026-11-22T13:00:00Z",
	    .paired_at = "2026-11-22T12:00:00Z" };

	text_copy(registration.state, sizeof(registration.state), state);
	return registration;
}

static void
judge_registration(const struct registration *registration,
    const char *token, bool wanted)
{
	struct text text = { 0 };

	registration_write(&text, registration, "https://example.net/a?b&c",
	    token);
	judge_text("registration.rng", &text, wanted);
	text_free(&text);
}

static void
registration_write_states(void)
{
	static const char token[] =
	    "0123456789_-abcdefghijklmnopqrstuvwxyzABCDE";
	struct registration pending = registration_of("pending");
	struct registration paired = registration_of("paired");
	struct registration ended = registration_of("ended");

	judge_registration(&pending, token, true);
	judge_registration(&pending, NULL, true);
	judge_registration(&paired, token, true);
	judge_registration(&paired, NULL, true);
	judge_registration(&ended, NULL, true);
	text_copy(paired.service, sizeof(paired.service), "started");
	text_copy(paired.started_at, sizeof(paired.started_at),
	    "2026-11-22T12:30:00Z");
	judge_registration(&paired, NULL, true);
	text_copy(paired.orders, sizeof(paired.orders),
	    "1 queued ord_0a1b\n65535 cancelled ord_2c3d\n");
	judge_registration(&paired, NULL, true);
}

static void
registration_write_wrong(void)
{
	struct registration wrong = registration_of("waiting");

	judge_registration(&wrong, NULL, false);
	wrong = registration_of("pending");
	judge_registration(&wrong, "short", false);
	text_copy(wrong.expires_at, sizeof(wrong.expires_at), "2026-11-22");
	judge_registration(&wrong, NULL, false);
	wrong = registration_of("paired");
	text_copy(wrong.orders, sizeof(wrong.orders), "0 queued ord_0a1b\n");
	judge_registration(&wrong, NULL, false);
}

static void
judge_receipt(const char *orders, const char *count, bool wanted)
{
	struct registration registration = registration_of("paired");
	struct text text = { 0 };

	text_copy(registration.orders, sizeof(registration.orders), orders);
	text_addf(&text, "<Receipt xmlns=\"%s\" version=\"7\"><Accepted>%s"
	    "</Accepted><Duplicate>0</Duplicate>", MESSAGE_NAMESPACE, count);
	registration_write_orders(&text, &registration);
	text_add(&text, "</Receipt>");
	judge_text("receipt.rng", &text, wanted);
	text_free(&text);
}

static void
registration_write_orders_receipt(void)
{
	judge_receipt("", "2", true);
	judge_receipt("1 queued a\n2 failed b\n3 delivered c\n", "0", true);
	judge_receipt("1 lost a\n", "0", false);
	judge_receipt("", "-1", false);
}

static void
reply_problem_each(void)
{
	for (enum error error = ERROR_NONE + 1; error < ERROR__MAX; error++) {
		struct reply reply = { 0 };

		/* Terminals see screens; this one has no document. */
		if (error == ERROR_CROSS_SITE)
			continue;
		reply_problem(&reply, error);
		judge_text("problem.rng", &reply.body, true);
		text_copy(reply.detail, sizeof(reply.detail),
		    "line 1: <a> & \"b\"");
		reply_problem(&reply, error);
		judge_text("problem.rng", &reply.body, true);
		reply_free(&reply);
	}
}

static const struct test tests[] = {
	TEST(registration_write_states),
	TEST(registration_write_wrong),
	TEST(registration_write_orders_receipt),
	TEST(reply_problem_each),
	{ NULL, NULL }
};

int
main(void)
{
	int status = test_run("answer", tests);

	if (skipped > 0)
		printf("SKIP: %u answers not judged by schema: no %s\n",
		    skipped, VALIDATOR);
	else
		printf("%u answers judged by schema\n", validated);
	return status == 0 && skipped > 0 ? TEST_SKIPPED : status;
}
