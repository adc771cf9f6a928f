/* lib/conf: every key, every bound, every refusal. */
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "lib/conf.h"
#include "t/scratch.h"

static char folder[SCRATCH_SIZE];
static char problem[1024];
static struct conf conf;

static bool
read_bytes(const char *content, size_t length)
{
	const char *path = scratch_write(folder, "c", content, length, 0600);

	problem[0] = '\0';
	memset(&conf, 0xa5, sizeof(conf));
	return conf_read(&conf, path, problem, sizeof(problem));
}

static bool
takes(const char *content)
{
	bool taken = read_bytes(content, strlen(content));

	if (!taken)
		fprintf(stderr, "\n  %s: %s\n", content, problem);
	return taken;
}

/* Whether it is refused with the file's path and then that sentence. */
static bool
refuses(const char *content, const char *sentence)
{
	char wanted[SCRATCH_SIZE + 512];
	bool refused;

	snprintf(wanted, sizeof(wanted), "%s/c:%s", folder, sentence);
	refused = !read_bytes(content, strlen(content))
	    && strcmp(problem, wanted) == 0;
	if (!refused)
		fprintf(stderr, "\n  %s\n  wanted: %s\n  got: %s\n", content,
		    wanted, problem);
	return refused;
}

static void
conf_read_presets(void)
{
	CU_ASSERT(takes(""));
	CU_ASSERT_STRING_EQUAL(conf.base_url, "http://localhost");
	CU_ASSERT_STRING_EQUAL(conf.base_path, "");
	CU_ASSERT_STRING_EQUAL(conf.origin, "http://localhost");
	CU_ASSERT_FALSE(conf.tls);
	CU_ASSERT_STRING_EQUAL(conf.wake_socket, "");
	CU_ASSERT_STRING_EQUAL(conf.webhook_url, "");
	CU_ASSERT_STRING_EQUAL(conf.webhook_ca, "");
	CU_ASSERT(conf.database[0] == '/' && conf.keys[0] == '/'
	    && conf.screens[0] == '/' && conf.schema[0] == '/');
	CU_ASSERT_EQUAL(conf.poll_s, 5);
	CU_ASSERT_EQUAL(conf.code_bits, 40);
	CU_ASSERT(conf.early_codes && conf.enrolment_open);
	CU_ASSERT_EQUAL(conf.pending_per_address, 200);
	CU_ASSERT_EQUAL(conf.misses_per_address, 5);
	CU_ASSERT_EQUAL(conf.order_at_percent, 20);
	CU_ASSERT_EQUAL(conf.refilled_at_percent, 40);
	CU_ASSERT_EQUAL(conf.webhook_secret_count, 0);
	CU_ASSERT_EQUAL(conf.webhook_allow_count, 0);
}

/* The example in conf/ is the defaults and names every key. */
static void
conf_read_example(void)
{
	char path[512];
	struct conf presets;

	CU_ASSERT(takes(""));
	presets = conf;
	snprintf(path, sizeof(path), "%s/conf/tallystick.conf",
	    test_source());
	memset(&conf, 0xa5, sizeof(conf));
	CU_ASSERT(conf_read(&conf, path, problem, sizeof(problem)));
	CU_ASSERT(memcmp(&conf, &presets, sizeof(conf)) == 0);
}

static void
conf_read_all_keys(void)
{
	CU_ASSERT(takes("base-url = https://example.net/x/y\n"
	    "database=/d\nkeys\t=\t/k\n  screens = /s s  \nschema = /=#\n"
	    "wake-socket = /w\npoll-s = 3600\nrequests-max = 1000000\n"
	    "code-bits = 256\nearly-codes = off\nenrolment = listed\n"
	    "pending-per-address = 0\nmisses-per-address = 1000\n"
	    "order-at-percent = 99\nrefilled-at-percent = 100\n"
	    "keep-jobs-days = 36500\nwebhook-url = https://w.example/\r\n"
	    "# webhook-url = none\n\n   \n   # indented\n"
	    "webhook-secret = /1\nwebhook-allow = a:1\nwebhook-ca = /ca\n"
	    "webhook-secret = /2"));
	CU_ASSERT(conf.tls);
	CU_ASSERT_STRING_EQUAL(conf.base_path, "/x/y");
	CU_ASSERT_STRING_EQUAL(conf.database, "/d");
	CU_ASSERT_STRING_EQUAL(conf.keys, "/k");
	CU_ASSERT_STRING_EQUAL(conf.screens, "/s s");
	CU_ASSERT_STRING_EQUAL(conf.schema, "/=#");
	CU_ASSERT_STRING_EQUAL(conf.wake_socket, "/w");
	CU_ASSERT_EQUAL(conf.poll_s, 3600);
	CU_ASSERT_EQUAL(conf.requests_max, 1000000);
	CU_ASSERT_EQUAL(conf.code_bits, 256);
	CU_ASSERT_FALSE(conf.early_codes || conf.enrolment_open);
	CU_ASSERT_EQUAL(conf.pending_per_address, 0);
	CU_ASSERT_EQUAL(conf.misses_per_address, 1000);
	CU_ASSERT_EQUAL(conf.order_at_percent, 99);
	CU_ASSERT_EQUAL(conf.refilled_at_percent, 100);
	CU_ASSERT_EQUAL(conf.keep_jobs_days, 36500);
	CU_ASSERT_STRING_EQUAL(conf.webhook_url, "https://w.example/");
	CU_ASSERT_EQUAL(conf.webhook_secret_count, 2);
	CU_ASSERT_STRING_EQUAL(conf.webhook_secrets[0], "/1");
	CU_ASSERT_STRING_EQUAL(conf.webhook_secrets[1], "/2");
	CU_ASSERT_EQUAL(conf.webhook_allow_count, 1);
	CU_ASSERT_STRING_EQUAL(conf.webhook_allow[0], "a:1");
	CU_ASSERT_STRING_EQUAL(conf.webhook_ca, "/ca");
}

/* Each number at its bounds, and one beyond. */
static void
conf_read_numbers(void)
{
	static const struct {
		const char	*key;
		unsigned	 least, most;
	} numbers[] = { { "poll-s", 1, 3600 }, { "requests-max", 1, 1000000 },
		{ "code-bits", 20, 256 }, { "pending-per-address", 0, 65535 },
		{ "misses-per-address", 1, 1000 },
		{ "order-at-percent", 0, 99 },
		{ "refilled-at-percent", 1, 100 },
		{ "keep-jobs-days", 1, 36500 } };
	static const char *const bad[] = { "", "-1", "+30", "30x", "0x20",
		"3 0", "30.0", "1e2", "many", "4294967326",
		"18446744073709551646", "99999999999999999999999" };
	char content[256], sentence[256];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(sentence, sizeof(sentence), "2: '%s' is a whole "
		    "number from %u to %u", numbers[i].key, numbers[i].least,
		    numbers[i].most);
		snprintf(content, sizeof(content), "\n%s = %u\n",
		    numbers[i].key, numbers[i].most + 1);
		CU_ASSERT(refuses(content, sentence));
		snprintf(content, sizeof(content), "\n%s = %d\n",
		    numbers[i].key, (int)numbers[i].least - 1);
		CU_ASSERT(refuses(content, sentence));
		for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			snprintf(content, sizeof(content), "\n%s = %s\n",
			    numbers[i].key, bad[k]);
			CU_ASSERT(refuses(content, sentence));
		}
	}
	CU_ASSERT(takes("poll-s=1\nrequests-max=1\ncode-bits=20\n"
	    "pending-per-address=65535\nmisses-per-address=1\n"
	    "order-at-percent=0\nrefilled-at-percent=1\nkeep-jobs-days=1\n"));
	CU_ASSERT_EQUAL(conf.order_at_percent, 0);
	CU_ASSERT_EQUAL(conf.refilled_at_percent, 1);
}

static void
conf_read_choices(void)
{
	CU_ASSERT(refuses("early-codes = yes\n",
	    "1: 'early-codes' is on or off"));
	CU_ASSERT(refuses("early-codes = ON\n",
	    "1: 'early-codes' is on or off"));
	CU_ASSERT(refuses("early-codes =\n", "1: 'early-codes' is on or off"));
	CU_ASSERT(refuses("enrolment = on\n",
	    "1: 'enrolment' is open or listed"));
	CU_ASSERT(takes("early-codes = on\nenrolment = open\n"));
}

static void
conf_read_unknown_or_doubled(void)
{
	CU_ASSERT(refuses("poll = 5\n", "1: no such key: 'poll'"));
	CU_ASSERT(refuses("Poll-s = 5\n", "1: no such key: 'Poll-s'"));
	CU_ASSERT(refuses("= 5\n", "1: no such key: ''"));
	CU_ASSERT(refuses("\n\npoll-s 5\n", "3: want 'key = value'"));
	CU_ASSERT(refuses("[tallystick]\n", "1: want 'key = value'"));
	CU_ASSERT(refuses("\xef\xbb\xbfpoll-s = 5\n",
	    "1: no such key: '\xef\xbb\xbfpoll-s'"));
	CU_ASSERT(refuses("poll-s = 5\n#\npoll-s = 5\n",
	    "3: 'poll-s' is set a second time, first in line 1"));
	/* The first bad line stops all. */
	CU_ASSERT(refuses("a = 1\nb = 2\n", "1: no such key: 'a'"));
}

static void
conf_read_lists(void)
{
	char content[512] = "";

	for (unsigned i = 0; i < CONF_LIST_MAX; i++)
		strcat(content, "webhook-allow = localhost:80\n");
	CU_ASSERT(takes(content));
	CU_ASSERT_EQUAL(conf.webhook_allow_count, CONF_LIST_MAX);
	strcat(content, "webhook-allow = localhost:80\n");
	CU_ASSERT(refuses(content, "9: 'webhook-allow' may be given 8 times, "
	    "511 bytes each"));
	CU_ASSERT(refuses("webhook-secret =\n", "1: 'webhook-secret' may be "
	    "given 8 times, 511 bytes each"));
}

static void
conf_read_long(void)
{
	char content[4096], value[1024];

	memset(value, 'x', sizeof(value));
	value[CONF_PATH_SIZE - 1] = '\0';
	snprintf(content, sizeof(content), "keys = %s\nwebhook-secret = %s\n",
	    value, value);
	CU_ASSERT(takes(content));
	CU_ASSERT_STRING_EQUAL(conf.keys, value);
	CU_ASSERT_STRING_EQUAL(conf.webhook_secrets[0], value);
	value[CONF_PATH_SIZE - 1] = 'x';
	value[CONF_PATH_SIZE] = '\0';
	snprintf(content, sizeof(content), "keys = %s\n", value);
	CU_ASSERT(refuses(content, "1: 'keys' is at most 511 bytes"));
	snprintf(content, sizeof(content), "webhook-secret = %s\n", value);
	CU_ASSERT(refuses(content, "1: 'webhook-secret' may be given 8 times,"
	    " 511 bytes each"));
	memset(content, ' ', sizeof(content));
	memcpy(content, "#\n#", 3);
	memcpy(content + sizeof(content) - 13, "\npoll-s = 7\n", 13);
	CU_ASSERT(refuses(content, "2: line too long"));
	/* Also where it ends the file, and so could end the value. */
	for (size_t length = 10; length <= 12; length++) {
		CU_ASSERT_FALSE(read_bytes("keys = /a\0b\n", length));
		CU_ASSERT_PTR_NOT_NULL(strstr(problem,
		    "c:1: a NUL byte stands in it"));
	}
}

/* in: wanted: base address, its path, origin; NULL: refused. */
static void
expect_base(const char *given, const char *base_url, const char *path,
    const char *origin)
{
	char content[1024];

	snprintf(content, sizeof(content), "base-url = %s\n", given);
	if (base_url == NULL) {
		CU_ASSERT(refuses(content, "1: 'base-url' is http:// or "
		    "https://, a host, and perhaps a path"));
		return;
	}
	CU_ASSERT(takes(content));
	CU_ASSERT_STRING_EQUAL(conf.base_url, base_url);
	CU_ASSERT_STRING_EQUAL(conf.base_path, path);
	CU_ASSERT_STRING_EQUAL(conf.origin, origin);
	CU_ASSERT_EQUAL(conf.tls, strncmp(given, "https:", 6) == 0);
}

static void
conf_read_base_url(void)
{
	expect_base("http://a", "http://a", "", "http://a");
	expect_base("https://a.b:8443/x/", "https://a.b:8443/x", "/x",
	    "https://a.b:8443");
	expect_base("http://a///", "http://a", "", "http://a");
	expect_base("http://[::1]:8080/x", "http://[::1]:8080/x", "/x",
	    "http://[::1]:8080");
	/* As a browser writes an origin. */
	expect_base("http://Example.NET/Path", "http://Example.NET/Path",
	    "/Path", "http://example.net");
	expect_base("https://a:443/x", "https://a:443/x", "/x", "https://a");
	expect_base("http://a:80", "http://a:80", "", "http://a");
	expect_base("http://a:443", "http://a:443", "", "http://a:443");
	expect_base("https://a:80", "https://a:80", "", "https://a:80");
}

static void
conf_read_base_url_refused(void)
{
	static const char *const bad[] = { "", "/", "a", "//a", "ftp://a",
		"HTTP://a", "http:/a", "http://", "http:///", "https:///x",
		"http://:80", "http://a?b", "http://a#b", "http://u@a",
		"http://a b", "http://a\tb", "http://a;b", "http://a/\"",
		"http://a/<", "http://a/>", "http://a\\b", "http://a,b",
		"http://a'b", "http://a/%41", "http://a/\x01", "http://a/\x7f",
		"http://\xc3\xa9", "http://a/{", "http://a/`" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_base(bad[i], NULL, NULL, NULL);
}

static void
conf_read_percents_crossed(void)
{
	CU_ASSERT(refuses("order-at-percent = 40\n", "1: 'refilled-at-percent' "
	    "must be above 'order-at-percent'"));
	CU_ASSERT(refuses("refilled-at-percent = 20\n",
	    "1: 'refilled-at-percent' must be above 'order-at-percent'"));
	CU_ASSERT(takes("order-at-percent = 39\n"));
}

static void
conf_read_no_file(void)
{
	char path[SCRATCH_SIZE + 8];

	snprintf(path, sizeof(path), "%s/none", folder);
	CU_ASSERT_FALSE(conf_read(&conf, path, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "/none: No such file"));
	CU_ASSERT_FALSE(conf_read(&conf, folder, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, ": Is a directory"));
}

static void
load_path(void)
{
	char path[SCRATCH_SIZE + 8];

	snprintf(path, sizeof(path), "%s/c", folder);
	conf_load(&conf, path);
	_exit(conf.poll_s == 9 ? 9 : 1);
}

static void
load_environment(void)
{
	conf_load(&conf, NULL);
	_exit(conf.poll_s == 9 ? 9 : 1);
}

static void
conf_load_good_or_ends(void)
{
	char path[SCRATCH_SIZE + 8];

	CU_ASSERT(takes("poll-s = 9\n"));
	CU_ASSERT(scratch_ends(load_path, 9, ""));
	snprintf(path, sizeof(path), "%s/c", folder);
	setenv("TALLYSTICK_CONF", path, 1);
	CU_ASSERT(scratch_ends(load_environment, 9, ""));
	read_bytes("\npoll-s = 0\n", 12);
	CU_ASSERT(scratch_ends(load_path, EX_CONFIG,
	    "/c:2: 'poll-s' is a whole number from 1 to 3600\n"));
	CU_ASSERT(scratch_ends(load_environment, EX_CONFIG, "/c:2: "));
	setenv("TALLYSTICK_CONF", "/nowhere/at/all", 1);
	CU_ASSERT(scratch_ends(load_environment, EX_CONFIG,
	    "/nowhere/at/all: No such file"));
}

static const struct test tests[] = {
	TEST(conf_read_presets),
	TEST(conf_read_example),
	TEST(conf_read_all_keys),
	TEST(conf_read_numbers),
	TEST(conf_read_choices),
	TEST(conf_read_unknown_or_doubled),
	TEST(conf_read_lists),
	TEST(conf_read_long),
	TEST(conf_read_base_url),
	TEST(conf_read_base_url_refused),
	TEST(conf_read_percents_crossed),
	TEST(conf_read_no_file),
	TEST(conf_load_good_or_ends),
	{ NULL, NULL }
};

int
main(void)
{
	int status;

	scratch_make(folder);
	status = test_run("conf", tests);
	scratch_remove(folder);
	return status;
}
