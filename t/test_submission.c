/* lib/submission: the fields of the form, and what is kept of them. */
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "lib/submission.h"
#include "t/scratch.h"

static const struct conf conf = { .base_path = "" };
static const struct conf checking = { .base_path = "", .code_check = true };
static char folder[SCRATCH_SIZE];

/* A form sent with a cookie header. in: screen: what is wanted; NULL: none. */
static struct submission
read_form(const char *form, const char *cookie, bool checked,
    const char *screen)
{
	char body[1024];
	struct request request = { .cookie = cookie, .body = body,
		.content_type = "application/x-www-form-urlencoded" };
	struct submission submission = { 0 };
	const char *led = NULL;

	snprintf(body, sizeof(body), "%s", form);
	request.length = strlen(body);
	CU_ASSERT_EQUAL(submission_read(checked ? &checking : &conf, &request,
	    &submission, &led), ERROR_NONE);
	CU_ASSERT_STRING_EQUAL(led != NULL ? led : "none",
	    screen != NULL ? screen : "none");
	return submission;
}

static void
expect(const char *form, bool checked, const char *screen, const char *code,
    const char *device)
{
	struct submission submission = read_form(form, "", checked, screen);

	CU_ASSERT_STRING_EQUAL(submission.typed.code, code);
	CU_ASSERT_STRING_EQUAL(submission.typed.device, device);
	submission_free(&submission);
	CU_ASSERT_PTR_NULL(submission.code);
	CU_ASSERT_STRING_EQUAL(submission.typed.code, "");
}

static void
submission_read_fields(void)
{
	struct submission submission = read_form("code=7kq4-m2xw&device=a-1b2",
	    "", false, NULL);

	CU_ASSERT_STRING_EQUAL(submission.normal, "7KQ4M2XW");
	CU_ASSERT_STRING_EQUAL(submission.ending, "A1B2");
	submission_free(&submission);
	submission = read_form("code=7KQ4M2&device=++", "", false, NULL);
	CU_ASSERT_STRING_EQUAL(submission.ending, "");
	submission_free(&submission);
}

static void
submission_read_leads_to_a_screen(void)
{
	expect("", false, "code-invalid", "", "");
	expect("code=7kq4", false, "code-invalid", "7kq4", "");
	expect("code=7kq4m2&device=1b2", false, "name-device", "7kq4m2", "1b2");
	expect("code=7kq4&device=a1b2", false, "code-invalid", "7kq4", "a1b2");
	expect("device=a1b2", false, "code-invalid", "", "a1b2");
	expect("code=G123489654321Y", true, NULL, "G123489654321Y", "");
	expect("code=G123489654321Z", true, "code-invalid", "G123489654321Z",
	    "");
	expect("code=G123489654321Z", false, NULL, "G123489654321Z", "");
}

static void
submission_read_keeps_what_a_cookie_can(void)
{
	char form[TERMINAL_TYPED_MAX + 16] = "code=", kept[sizeof(form)];

	memset(form + 5, 'x', TERMINAL_TYPED_MAX + 3);
	form[5 + TERMINAL_TYPED_MAX + 3] = '\0';
	strcpy(kept, form + 5);
	kept[TERMINAL_TYPED_MAX] = '\0';
	expect(form, false, "code-invalid", kept, "");
}

/* With a device an empty code stands for the one typed before. */
static void
submission_read_code_of_the_cookie(void)
{
	struct terminal_typed typed = { "7kq4m2", "old" };
	struct reply reply = { 0 };
	struct submission submission;
	char cookie[1024];

	terminal_typed_set(&conf, &reply, &typed);
	snprintf(cookie, sizeof(cookie), "%s",
	    reply.headers.bytes + strlen("Set-Cookie: "));
	cookie[strcspn(cookie, ";")] = '\0';
	submission = read_form("code=&device=a1b2", cookie, false, NULL);
	CU_ASSERT_STRING_EQUAL(submission.normal, "7KQ4M2");
	CU_ASSERT_STRING_EQUAL(submission.typed.code, "7kq4m2");
	CU_ASSERT_STRING_EQUAL(submission.typed.device, "a1b2");
	submission_free(&submission);
	/* Not without a device, and not before what is typed now. */
	submission = read_form("code=", cookie, false, "code-invalid");
	CU_ASSERT_STRING_EQUAL(submission.typed.code, "");
	submission_free(&submission);
	submission = read_form("code=ABCDEF&device=a1b2", cookie, false, NULL);
	CU_ASSERT_STRING_EQUAL(submission.normal, "ABCDEF");
	submission_free(&submission);
	reply_free(&reply);
}

static void
submission_read_malformed(void)
{
	char body[] = "code=7KQ4M2";
	struct request request = { .cookie = "", .body = body,
		.length = strlen(body),
		.content_type = "multipart/form-data" };
	struct submission submission = { 0 };
	const char *screen = NULL;

	CU_ASSERT_EQUAL(submission_read(&conf, &request, &submission, &screen),
	    ERROR_MALFORMED);
	CU_ASSERT_PTR_NULL(screen);
	submission_free(&submission);
}

static const struct test tests[] = {
	TEST(submission_read_fields),
	TEST(submission_read_leads_to_a_screen),
	TEST(submission_read_keeps_what_a_cookie_can),
	TEST(submission_read_code_of_the_cookie),
	TEST(submission_read_malformed),
	{ NULL, NULL }
};

int
main(void)
{
	char problem[512] = "";
	int status = 1;

	scratch_make(folder);
	if (sodium_init() >= 0
	    && key_new(KEY_COOKIE, folder, problem, sizeof(problem))
	    && key_load(KEY_COOKIE, folder, problem, sizeof(problem)))
		status = test_run("submission", tests);
	else
		fprintf(stderr, "%s\n", problem);
	scratch_remove(folder);
	return status;
}
