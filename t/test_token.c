/* lib/token: random, and hashed under a key of its purpose. */
#include <sodium.h>
#include <string.h>

#include "lib/token.h"
#include "t/scratch.h"

static void
keys_make(void)
{
	char folder[SCRATCH_SIZE], problem[256];

	CU_ASSERT_FATAL(sodium_init() >= 0);
	scratch_make(folder);
	for (int purpose = KEY_TOKEN; purpose <= KEY_SESSION; purpose++) {
		CU_ASSERT_FATAL(key_new(purpose, folder, problem,
		    sizeof(problem)));
		CU_ASSERT_FATAL(key_load(purpose, folder, problem,
		    sizeof(problem)));
	}
	scratch_remove(folder);
}

static void
token_make_fresh(void)
{
	char tokens[64][TOKEN_SIZE];
	unsigned char bytes[33];
	size_t length;

	for (unsigned i = 0; i < 64; i++) {
		memset(tokens[i], '!', TOKEN_SIZE);
		token_make(tokens[i]);
		CU_ASSERT_EQUAL(memchr(tokens[i], '\0', TOKEN_SIZE),
		    tokens[i] + TOKEN_SIZE - 1);
		CU_ASSERT_EQUAL(sodium_base642bin(bytes, sizeof(bytes),
		    tokens[i], TOKEN_SIZE - 1, NULL, &length, NULL,
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
		CU_ASSERT_EQUAL(length, 32);
		for (unsigned k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(tokens[i], tokens[k]);
	}
}

static void
token_hash_unloaded_key(void)
{
	unsigned char hash[KEY_HASH_SIZE];

	token_hash(KEY_COOKIE, "a", hash);
}

static void
token_hash_without_key(void)
{
	CU_ASSERT(scratch_ends(token_hash_unloaded_key, 1,
	    "the cookie key is not loaded here"));
}

/* in: two tokens under two keys; wanted: whether their hashes are equal. */
static void
expect_same(enum key_purpose one_key, const char *one,
    enum key_purpose two_key, const char *two, int wanted)
{
	unsigned char one_hash[KEY_HASH_SIZE], two_hash[KEY_HASH_SIZE];

	token_hash(one_key, one, one_hash);
	token_hash(two_key, two, two_hash);
	CU_ASSERT_EQUAL(memcmp(one_hash, two_hash, KEY_HASH_SIZE) == 0,
	    wanted);
}

static void
token_hash_of_any_string(void)
{
	static char longest[100001];

	keys_make();
	memset(longest, 'a', sizeof(longest) - 1);
	expect_same(KEY_TOKEN, "abc", KEY_TOKEN, "abc", 1);
	expect_same(KEY_TOKEN, "", KEY_TOKEN, "", 1);
	expect_same(KEY_TOKEN, longest, KEY_TOKEN, longest, 1);
	expect_same(KEY_TOKEN, longest, KEY_TOKEN, longest + 1, 0);
	expect_same(KEY_TOKEN, "abc", KEY_TOKEN, "abd", 0);
	expect_same(KEY_TOKEN, "abc", KEY_TOKEN, "ABC", 0);
	expect_same(KEY_TOKEN, "abc", KEY_TOKEN, "abc ", 0);
	expect_same(KEY_TOKEN, "", KEY_TOKEN, "a", 0);
	expect_same(KEY_TOKEN, "abc", KEY_SESSION, "abc", 0);
}

static const struct test tests[] = {
	TEST(token_make_fresh),
	TEST(token_hash_without_key),
	TEST(token_hash_of_any_string),
	{ NULL, NULL }
};

int
main(void)
{
	return test_run("token", tests);
}
