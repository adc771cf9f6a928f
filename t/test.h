/* A CUnit suite as a list of functions, and a main that tells the truth. */
#ifndef T_TEST_H
#define T_TEST_H

#include <CUnit/Basic.h>

#include <stdio.h>
#include <stdlib.h>

struct test {
	const char	*name;		/* NULL ends a list */
	void		(*run)(void);
};

#define TEST(function)	{ #function, function }

/* The folder that holds t/ and schema/. */
static inline const char *
test_source(void)
{
	const char *folder = getenv("srcdir");

	return folder != NULL ? folder : ".";
}

#define TEST_SKIPPED	77	/* what automake counts as such */

/* out: the exit status: 0 only when all ran and no assertion failed. */
static inline int
test_run(const char *suite_name, const struct test *tests)
{
	CU_pSuite suite = NULL;
	unsigned count = 0, ran, failed;

	if (CU_initialize_registry() == CUE_SUCCESS)
		suite = CU_add_suite(suite_name, NULL, NULL);
	for (; suite != NULL && tests[count].name != NULL; count++)
		if (CU_add_test(suite, tests[count].name,
		    tests[count].run) == NULL)
			suite = NULL;
	if (suite == NULL) {
		fprintf(stderr, "%s: %s\n", suite_name, CU_get_error_msg());
		return 1;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	ran = CU_get_number_of_tests_run();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 && ran == count ? 0 : 1;
}

#endif
