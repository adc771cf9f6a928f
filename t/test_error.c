/* lib/error: the table, held against doc/protocol.md section 2 and the
 * schema. */
#include <stdbool.h>
#include <string.h>

#include "lib/error.h"
#include "t/scratch.h"

/* doc/protocol.md section 2; cross-site is told to browsers alone, by
 * section 4. */
static const struct {
	enum error	 error;
	const char	*name;
	int		 status;
} wanted[] = {
	{ ERROR_MALFORMED, "malformed", 400 },
	{ ERROR_UNAUTHORIZED, "unauthorized", 401 },
	{ ERROR_NOT_ADMITTED, "not-admitted", 403 },
	{ ERROR_CROSS_SITE, "cross-site", 403 },
	{ ERROR_METHOD, "method", 405 },
	{ ERROR_NOT_PAIRED, "not-paired", 409 },
	{ ERROR_GONE, "gone", 410 },
	{ ERROR_TOO_LARGE, "too-large", 413 },
	{ ERROR_CONTENT_TYPE, "content-type", 415 },
	{ ERROR_INVALID, "invalid", 422 },
	{ ERROR_THROTTLED, "throttled", 429 },
	{ ERROR_UNAVAILABLE, "unavailable", 503 },
};

#define WANTED__MAX	(sizeof(wanted) / sizeof(wanted[0]))

static void
error_public_as_protocol(void)
{
	CU_ASSERT_EQUAL(WANTED__MAX, ERROR__MAX - 1);
	for (size_t i = 0; i < WANTED__MAX; i++) {
		const struct error_public *public
		    = error_public(wanted[i].error);

		CU_ASSERT_EQUAL(wanted[i].error, (enum error)(i + 1));
		CU_ASSERT_EQUAL(public->status, wanted[i].status);
		CU_ASSERT_STRING_EQUAL(public->name, wanted[i].name);
	}
}

/* Whoever may repeat is told when, and nobody else is. */
static void
error_public_retry_after(void)
{
	for (enum error error = ERROR_NONE + 1; error < ERROR__MAX; error++) {
		bool repeats = error == ERROR_THROTTLED
		    || error == ERROR_UNAVAILABLE;

		CU_ASSERT_EQUAL(error_public(error)->retry_after_s > 0,
		    repeats);
	}
}

/* Title and name enter documents as they are; the detail is a sentence that
 * fits its place in a reply. */
static void
error_public_texts(void)
{
	for (enum error error = ERROR_NONE; error < ERROR__MAX; error++) {
		const struct error_public *public = error_public(error);
		size_t length = strlen(public->detail);

		CU_ASSERT(public->title[0] != '\0');
		CU_ASSERT_PTR_NULL(strpbrk(public->title, "<>&\"'"));
		CU_ASSERT_EQUAL(strspn(public->name,
		    "abcdefghijklmnopqrstuvwxyz-"), strlen(public->name));
		CU_ASSERT(length > 10 && length < 320);
		CU_ASSERT_EQUAL(public->detail[length - 1], '.');
		for (enum error other = error + 1; other < ERROR__MAX; other++)
			CU_ASSERT_STRING_NOT_EQUAL(public->name,
			    error_public(other)->name);
	}
}

static void
error_public_in_schema(void)
{
	char path[512], schema[8192], type[64];
	FILE *file;
	size_t length;

	snprintf(path, sizeof(path), "%s/schema/messages/problem.rng",
	    test_source());
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	length = fread(schema, 1, sizeof(schema) - 1, file);
	schema[length] = '\0';
	fclose(file);
	for (size_t i = 0; i < WANTED__MAX; i++) {
		snprintf(type, sizeof(type), "urn:tallystick:problem:%s<",
		    error_public(wanted[i].error)->name);
		CU_ASSERT_EQUAL(strstr(schema, type) != NULL,
		    wanted[i].error != ERROR_CROSS_SITE);
	}
}

static const struct test tests[] = {
	TEST(error_public_as_protocol),
	TEST(error_public_retry_after),
	TEST(error_public_texts),
	TEST(error_public_in_schema),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("error", tests);
}
