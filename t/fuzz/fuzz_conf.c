/* tallystick.conf: any bytes as the file. */
#include <sys/mman.h>
#include <unistd.h>

#include "lib/conf.h"
#include "lib/text.h"
#include "t/fuzz/fuzz.h"

static int memory;
static char path[64];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	memory = memfd_create("conf", MFD_CLOEXEC);
	MUST(memory != -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	return 0;
}

static bool
read_bytes(struct conf *conf, const void *bytes, size_t length,
    char problem[static 1024])
{
	memset(conf, 0xa5, sizeof(*conf));
	problem[0] = '\0';
	MUST(ftruncate(memory, 0) == 0);
	MUST(pwrite(memory, bytes, length, 0) == (ssize_t)length);
	return conf_read(conf, path, problem, 1024);
}

static void
judge_bounds(const struct conf *conf)
{
	const char *host = conf->origin + (conf->tls ? 8 : 7);

	MUST(strncmp(conf->base_url, conf->tls ? "https://" : "http://",
	    conf->tls ? 8 : 7) == 0);
	MUST(conf->base_url[strlen(conf->base_url) - 1] != '/');
	MUST(strncmp(conf->origin, conf->base_url, conf->tls ? 8 : 7) == 0);
	MUST(host[0] != '\0' && strchr(host, '/') == NULL);
	MUST(conf->base_path[0] == '\0' || conf->base_path[0] == '/');
	/* Both go into headers as they are. */
	MUST(strpbrk(conf->base_url, "\r\n\t \"<>;,\\") == NULL);
	MUST(conf->poll_s >= 1 && conf->poll_s <= 3600);
	MUST(conf->requests_max >= 1 && conf->requests_max <= 1000000);
	MUST(conf->code_bits >= 20 && conf->code_bits <= 256);
	MUST(conf->pending_per_address <= 65535);
	MUST(conf->misses_per_address >= 1);
	MUST(conf->misses_per_address <= 1000);
	MUST(conf->order_at_percent < conf->refilled_at_percent);
	MUST(conf->refilled_at_percent <= 100);
	MUST(conf->keep_jobs_days >= 1 && conf->keep_jobs_days <= 36500);
	MUST(conf->webhook_secret_count <= CONF_LIST_MAX);
	MUST(conf->webhook_allow_count <= CONF_LIST_MAX);
}

static void
write_list(struct text *text, const char *key, const char *first,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_addf(text, "%s = %s\n", key, first + i * CONF_PATH_SIZE);
}

/* Each setting as it was read, in another order and with other spaces. */
static void
write_settings(const struct conf *conf, struct text *text)
{
	write_list(text, "webhook-allow", conf->webhook_allow[0],
	    conf->webhook_allow_count);
	write_list(text, " webhook-secret ", conf->webhook_secrets[0],
	    conf->webhook_secret_count);
	text_addf(text, "webhook-ca=%s\nsystem-call-filter=%s\n",
	    conf->webhook_ca, conf->system_call_filter ? "on" : "off");
	text_addf(text, "webhook-url=%s\n\n# a comment\n keep-jobs-days = %u\t"
	    "\nrefilled-at-percent = %u\r\norder-at-percent=%u\n",
	    conf->webhook_url, conf->keep_jobs_days,
	    conf->refilled_at_percent, conf->order_at_percent);
	text_addf(text, "misses-per-address = %u\npending-per-address = %u\n"
	    "enrolment = %s\nearly-codes = %s\ncode-check = %s\n"
	    "code-bits = %u\nrequests-max = %u\npoll-s = %u\n",
	    conf->misses_per_address, conf->pending_per_address,
	    conf->enrolment_open ? "open" : "listed",
	    conf->early_codes ? "on" : "off", conf->code_check ? "on" : "off",
	    conf->code_bits, conf->requests_max, conf->poll_s);
	text_addf(text, "wake-socket = %s\nschema = %s\nscreens = %s\nkeys = "
	    "%s\ndatabase = %s\nbase-url = %s%s", conf->wake_socket,
	    conf->schema, conf->screens, conf->keys, conf->database,
	    conf->base_url, strlen(conf->base_url) < CONF_PATH_SIZE - 1 ?
	    "/" : "");
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct conf conf, again;
	char problem[1024], other[1024];
	struct text written = { 0 }, rewritten = { 0 };
	bool taken = read_bytes(&conf, bytes, length, problem);

	MUST(read_bytes(&again, bytes, length, other) == taken);
	MUST(strcmp(problem, other) == 0);
	MUST(taken == (problem[0] == '\0'));
	if (!taken) {
		MUST(strncmp(problem, path, strlen(path)) == 0);
		MUST(strchr(problem, '\n') == NULL);
		return 0;
	}
	MUST(memcmp(&conf, &again, sizeof(conf)) == 0);
	judge_bounds(&conf);
	write_settings(&conf, &written);
	MUST(read_bytes(&again, written.bytes, written.length, problem));
	judge_bounds(&again);
	write_settings(&again, &rewritten);
	MUST(strcmp(written.bytes, rewritten.bytes) == 0);
	MUST(memchr(bytes, '\0', length) == NULL);
	text_free(&written);
	text_free(&rewritten);
	return 0;
}
