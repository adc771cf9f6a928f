/* lib/key: which files are key files, and which key is in use. */
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "lib/key.h"
#include "t/scratch.h"

#define ZEROS	"00000000000000000000000000000000" \
	"00000000000000000000000000000000"
#define ONES	"11111111111111111111111111111111" \
	"11111111111111111111111111111111"
#define TWOS	"22222222222222222222222222222222" \
	"22222222222222222222222222222222"

static char folder[SCRATCH_SIZE];
static char problem[512];

static bool
load(enum key_purpose purpose)
{
	problem[0] = '\0';
	return key_load(purpose, folder, problem, sizeof(problem));
}

/* Whether a code key file of that content is loaded. */
static bool
loads_bytes(const char *content, size_t length)
{
	scratch_write(folder, "code", content, length, 0600);
	return load(KEY_CODE);
}

static bool
loads(const char *content)
{
	return loads_bytes(content, strlen(content));
}

static bool
uses(const char *content, unsigned char byte)
{
	unsigned char key[KEY_SIZE];

	memset(key, byte, sizeof(key));
	return loads(content)
	    && memcmp(key_bytes(KEY_CODE), key, sizeof(key)) == 0;
}

/* Whether it is refused with that in the sentence, and without its key. */
static bool
refuses(const char *content, const char *saying)
{
	bool refused = !loads(content) && strstr(problem, saying) != NULL
	    && strstr(problem, folder) != NULL
	    && strstr(problem, "0000") == NULL;

	if (!refused)
		fprintf(stderr, "\n  %s: \"%s\"\n", content, problem);
	return refused;
}

/* First of all, while none is loaded. */
static void
hash_unloaded(void)
{
	unsigned char hash[KEY_HASH_SIZE];

	key_hash(KEY_LINEAGE, "a", 1, hash);
}

static void
hash_failed(void)
{
	loads("1 " ZEROS "\nx\n");
	key_bytes(KEY_CODE);
}

static void
key_hash_unloaded(void)
{
	CU_ASSERT(scratch_ends(hash_unloaded, 1,
	    "the lineage key is not loaded here"));
	CU_ASSERT(scratch_ends(hash_failed, 1,
	    "the code key is not loaded here"));
}

static void
key_name_each(void)
{
	CU_ASSERT_STRING_EQUAL(key_name(KEY_CODE), "code");
	CU_ASSERT_STRING_EQUAL(key_name(KEY_LINEAGE), "lineage");
	CU_ASSERT_STRING_EQUAL(key_name(KEY_TOKEN), "token");
	CU_ASSERT_STRING_EQUAL(key_name(KEY_SESSION), "session");
	CU_ASSERT_STRING_EQUAL(key_name(KEY_COOKIE), "cookie");
}

static void
key_load_newest(void)
{
	CU_ASSERT(uses("1 " ONES "\n", 0x11));
	CU_ASSERT(uses("1 " ONES, 0x11));
	CU_ASSERT(uses("1 " ONES "\n2 " TWOS "\n", 0x22));
	CU_ASSERT(uses("2 " TWOS "\n1 " ONES "\n", 0x22));
	CU_ASSERT(uses("9 " ONES "\n10 " TWOS "\n", 0x22));
	CU_ASSERT(uses("# a comment\n\n999999999 " ONES "\n\n", 0x11));
	CU_ASSERT(uses("1 FfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFfFf"
	    "FfFfFfFfFfFf\n", 0xff));
}

static void
key_load_bad_line(void)
{
	static const char *const lines[] = { ZEROS, "1" ZEROS, "1\n" ZEROS,
		"1 " ZEROS "0", "1 " ZEROS "00", "1 " ZEROS " ", "1 0000",
		"1 " ZEROS "\r", "0 " ZEROS, "-1 " ZEROS, "+1 " ZEROS,
		" 1 " ZEROS, "x " ZEROS, "1x " ZEROS, "1  ", "1", "1 -" ZEROS,
		"1 0x" ZEROS, "1234567890 " ZEROS, "1a" ZEROS,
		" # no comment", "1\t" ZEROS,
		"1 g000000000000000000000000000000000000000000000000000000000"
		"000000", "1 00:00000000000000000000000000000000000000000000"
		"00000000000000000" };
	char content[512];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(content, sizeof(content), "%s\n", lines[i]);
		CU_ASSERT(refuses(content, "code:1: want a number"));
		snprintf(content, sizeof(content), "7 %s\n%s\n", ONES,
		    lines[i]);
		CU_ASSERT(refuses(content, "code:2: want a number"));
	}
}

/* Two keys of one number hide one another. */
static void
key_load_number_doubled(void)
{
	CU_ASSERT(refuses("1 " ONES "\n1 " ZEROS "\n", "code:2: want"));
	CU_ASSERT(refuses("2 " ONES "\n1 " ZEROS "\n2 " ZEROS "\n",
	    "code:3: want"));
}

static void
key_load_no_key(void)
{
	CU_ASSERT(refuses("", "holds no key"));
	CU_ASSERT(refuses("\n\n# 1 " ONES "\n", "holds no key"));
}

/* The end of a file, where the newest key stands, is never cut off. */
static void
key_load_too_long(void)
{
	static char content[8193];

	memset(content, '\n', 8192);
	memcpy(content, "1 " ONES "\n", 67);
	content[8191] = '\0';
	CU_ASSERT(uses(content, 0x11));
	content[8191] = '\n';
	CU_ASSERT(refuses(content, "no text of less than 8192 bytes"));
	CU_ASSERT_FALSE(loads_bytes("1 " ONES "\n\0\n2 " TWOS "\n", 136));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "no text of less than"));
}

static void
key_load_bad_file(void)
{
	static const mode_t modes[] = { 0604, 0640, 0601, 0660, 0644, 0666 };
	char path[SCRATCH_SIZE + 8], other[SCRATCH_SIZE + 8];

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		scratch_write(folder, "code", "1 " ONES "\n", 67, modes[i]);
		CU_ASSERT_FALSE(load(KEY_CODE));
		CU_ASSERT_PTR_NOT_NULL(strstr(problem, "mode 0600"));
	}
	scratch_write(folder, "code", "1 " ONES "\n", 67, 0400);
	CU_ASSERT(load(KEY_CODE));
	snprintf(path, sizeof(path), "%s/code", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	CU_ASSERT_EQUAL(rename(path, other), 0);
	CU_ASSERT_FALSE(load(KEY_CODE));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "No such file"));
	CU_ASSERT_EQUAL(symlink("other", path), 0);
	CU_ASSERT_FALSE(load(KEY_CODE));
	unlink(path);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_FALSE(load(KEY_CODE));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "plain file"));
	rmdir(path);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_FALSE(load(KEY_CODE));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "plain file"));
	unlink(path);
}

/* Root reads all, so this one is for ordinary users. */
static void
key_load_unreadable(void)
{
	if (geteuid() == 0)
		return;
	scratch_write(folder, "code", "1 " ONES "\n", 67, 0200);
	CU_ASSERT_FALSE(load(KEY_CODE));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "Permission denied"));
}

static void
key_load_failed_keeps(void)
{
	unsigned char before[KEY_HASH_SIZE], after[KEY_HASH_SIZE];

	CU_ASSERT(loads("1 " ONES "\n"));
	key_hash(KEY_CODE, "a", 1, before);
	CU_ASSERT_FALSE(loads("2 " TWOS "\nx\n"));
	key_hash(KEY_CODE, "a", 1, after);
	CU_ASSERT(memcmp(before, after, sizeof(before)) == 0);
	CU_ASSERT(loads("2 " TWOS "\n"));
	key_hash(KEY_CODE, "a", 1, after);
	CU_ASSERT(memcmp(before, after, sizeof(before)) != 0);
}

/* The documented function, so that no other program loses the codes. */
static void
key_hash_known(void)
{
	unsigned char hash[KEY_HASH_SIZE], wanted[32], key[KEY_SIZE];

	memset(key, 0x11, sizeof(key));
	CU_ASSERT(loads("1 " ONES "\n"));
	key_hash(KEY_CODE, "7KQ4M2XW9T", 10, hash);
	crypto_generichash(wanted, 32, (const unsigned char *)"7KQ4M2XW9T",
	    10, key, sizeof(key));
	CU_ASSERT(memcmp(hash, wanted, KEY_HASH_SIZE) == 0);
	key_hash(KEY_CODE, "", 0, hash);
	CU_ASSERT(memcmp(hash, wanted, KEY_HASH_SIZE) != 0);
}

static void
key_new_private(void)
{
	char path[SCRATCH_SIZE + 16];
	struct stat status;
	mode_t before = umask(0);

	for (int purpose = 0; purpose < KEY__MAX; purpose++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
		    key_name(purpose));
		unlink(path);
		CU_ASSERT(key_new(purpose, folder, problem, sizeof(problem)));
		CU_ASSERT_EQUAL(stat(path, &status), 0);
		CU_ASSERT_EQUAL(status.st_mode & 07777, 0600);
		CU_ASSERT_EQUAL(status.st_nlink, 1);
		CU_ASSERT_EQUAL(status.st_size, 2 + 2 * KEY_SIZE + 1);
		CU_ASSERT(load(purpose));
	}
	umask(before);
	CU_ASSERT(memcmp(key_bytes(KEY_CODE), key_bytes(KEY_TOKEN), KEY_SIZE)
	    != 0);
}

static void
key_new_refused(void)
{
	char path[SCRATCH_SIZE + 16];

	CU_ASSERT(loads("1 " ONES "\n"));
	CU_ASSERT_FALSE(key_new(KEY_CODE, folder, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "File exists"));
	CU_ASSERT(load(KEY_CODE));
	CU_ASSERT_EQUAL(key_bytes(KEY_CODE)[0], 0x11);
	snprintf(path, sizeof(path), "%s/none", folder);
	CU_ASSERT_FALSE(key_new(KEY_CODE, path, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "No such file"));
	/* Nothing half made lies about. */
	for (int purpose = 0; purpose < KEY__MAX; purpose++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
		    key_name(purpose));
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/other", folder);
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static const struct test tests[] = {
	TEST(key_hash_unloaded),
	TEST(key_name_each),
	TEST(key_load_newest),
	TEST(key_load_bad_line),
	TEST(key_load_number_doubled),
	TEST(key_load_no_key),
	TEST(key_load_too_long),
	TEST(key_load_bad_file),
	TEST(key_load_unreadable),
	TEST(key_load_failed_keeps),
	TEST(key_hash_known),
	TEST(key_new_private),
	TEST(key_new_refused),
	{ NULL, NULL }
};

int
main(void)
{
	int status;

	if (sodium_init() < 0)
		return 1;
	scratch_make(folder);
	status = test_run("key", tests);
	scratch_remove(folder);
	return status;
}
