#include "lib/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/text.h"

#ifndef CONF_DEFAULT
#define CONF_DEFAULT	"/etc/tallystick/tallystick.conf"
#endif
#ifndef CONF_FOLDER
#define CONF_FOLDER	"/etc/tallystick"
#endif
#ifndef CONF_DATA
#define CONF_DATA	"/usr/local/share/tallystick"
#endif

#define LINE_SIZE	2048
#define PROBLEM_SIZE	192

enum kind { KIND_PATH, KIND_NUMBER, KIND_SWITCH, KIND_ENROLMENT, KIND_LIST };

/* One row a key: where it goes, what it may be, what it is when not set. */
static const struct setting {
	const char	*key;
	enum kind	 kind;
	size_t		 offset;
	size_t		 count_offset;	/* lists only */
	unsigned	 least, most;	/* numbers only */
	const char	*preset;
} settings[] = {
#define FIELD(f)	offsetof(struct conf, f)
	{ "base-url", KIND_PATH, FIELD(base_url), 0, 0, 0,
	    "http://localhost" },
	{ "database", KIND_PATH, FIELD(database), 0, 0, 0,
	    CONF_FOLDER "/database.cnf" },
	{ "keys", KIND_PATH, FIELD(keys), 0, 0, 0, CONF_FOLDER "/keys" },
	{ "screens", KIND_PATH, FIELD(screens), 0, 0, 0, CONF_DATA "/www" },
	{ "schema", KIND_PATH, FIELD(schema), 0, 0, 0, CONF_DATA "/schema" },
	{ "wake-socket", KIND_PATH, FIELD(wake_socket), 0, 0, 0, "" },
	{ "poll-s", KIND_NUMBER, FIELD(poll_s), 0, 1, 3600, "5" },
	{ "requests-max", KIND_NUMBER, FIELD(requests_max), 0, 1, 1000000,
	    "10000" },
	{ "system-call-filter", KIND_SWITCH, FIELD(system_call_filter), 0, 0,
	    0, "on" },
	{ "code-bits", KIND_NUMBER, FIELD(code_bits), 0, 20, 256, "40" },
	{ "code-check", KIND_SWITCH, FIELD(code_check), 0, 0, 0, "off" },
	{ "early-codes", KIND_SWITCH, FIELD(early_codes), 0, 0, 0, "on" },
	{ "enrolment", KIND_ENROLMENT, FIELD(enrolment_open), 0, 0, 0,
	    "open" },
	{ "pending-per-address", KIND_NUMBER, FIELD(pending_per_address), 0,
	    0, 65535, "200" },
	{ "misses-per-address", KIND_NUMBER, FIELD(misses_per_address), 0, 1,
	    1000, "5" },
	{ "order-at-percent", KIND_NUMBER, FIELD(order_at_percent), 0, 0, 99,
	    "20" },
	{ "refilled-at-percent", KIND_NUMBER, FIELD(refilled_at_percent), 0,
	    1, 100, "40" },
	{ "keep-jobs-days", KIND_NUMBER, FIELD(keep_jobs_days), 0, 1, 36500,
	    "400" },
	{ "webhook-url", KIND_PATH, FIELD(webhook_url), 0, 0, 0, "" },
	{ "webhook-secret", KIND_LIST, FIELD(webhook_secrets),
	    FIELD(webhook_secret_count), 0, 0, NULL },
	{ "webhook-allow", KIND_LIST, FIELD(webhook_allow),
	    FIELD(webhook_allow_count), 0, 0, NULL },
	{ "webhook-ca", KIND_PATH, FIELD(webhook_ca), 0, 0, 0, "" },
};

#define SETTING_COUNT	(sizeof(settings) / sizeof(settings[0]))

static bool
number_read(const struct setting *setting, const char *value, unsigned *number)
{
	char *end;
	unsigned long parsed;

	if (!isdigit((unsigned char)value[0]))
		return false;
	errno = 0;
	parsed = strtoul(value, &end, 10);
	if (errno != 0 || *end != '\0' || parsed < setting->least
	    || parsed > setting->most)
		return false;
	*number = (unsigned)parsed;
	return true;
}

static bool
choice_read(const char *value, const char *yes, const char *no, bool *choice)
{
	if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
		return false;
	*choice = strcmp(value, yes) == 0;
	return true;
}

/* err: false and what is wanted in wanted. */
static bool
setting_take(const struct setting *setting, const char *value, void *conf,
    char wanted[static 80])
{
	void *place = (char *)conf + setting->offset;
	size_t *count = (size_t *)(void *)((char *)conf
	    + setting->count_offset);

	switch (setting->kind) {
	case KIND_PATH:
		snprintf(wanted, 80, "is at most %d bytes",
		    CONF_PATH_SIZE - 1);
		return text_copy(place, CONF_PATH_SIZE, value);
	case KIND_NUMBER:
		snprintf(wanted, 80, "is a whole number from %u to %u",
		    setting->least, setting->most);
		return number_read(setting, value, place);
	case KIND_SWITCH:
		snprintf(wanted, 80, "is on or off");
		return choice_read(value, "on", "off", place);
	case KIND_ENROLMENT:
		snprintf(wanted, 80, "is open or listed");
		return choice_read(value, "open", "listed", place);
	case KIND_LIST:
		snprintf(wanted, 80, "may be given %d times, %d bytes each",
		    CONF_LIST_MAX, CONF_PATH_SIZE - 1);
		return *count < CONF_LIST_MAX && value[0] != '\0'
		    && text_copy((char *)place + *count * CONF_PATH_SIZE,
			CONF_PATH_SIZE, value)
		    && ++*count > 0;
	}
	return false;
}

static char *
trim(char *string)
{
	char *end;

	while (isspace((unsigned char)*string))
		string++;
	end = string + strlen(string);
	while (end > string && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return string;
}

/* One line. in: lines: where each key was set so far, 0: nowhere; number:
 * this one's. err: false and the sentence's end in problem. */
static bool
line_take(char *line, struct conf *conf, unsigned lines[static SETTING_COUNT],
    unsigned number, char problem[static PROBLEM_SIZE])
{
	char *key = trim(line), *value, *equals, wanted[80];
	size_t i;

	if (key[0] == '\0' || key[0] == '#')
		return true;
	if ((equals = strchr(key, '=')) == NULL) {
		snprintf(problem, PROBLEM_SIZE, "want 'key = value'");
		return false;
	}
	*equals = '\0';
	key = trim(key);
	value = trim(equals + 1);
	for (i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(settings[i].key, key) == 0)
			break;
	}
	if (i == SETTING_COUNT) {
		snprintf(problem, PROBLEM_SIZE, "no such key: '%.40s'",
		    key);
		return false;
	}
	if (lines[i] > 0 && settings[i].kind != KIND_LIST) {
		snprintf(problem, PROBLEM_SIZE,
		    "'%s' is set a second time, first in line %u", key,
		    lines[i]);
		return false;
	}
	lines[i] = number;
	if (!setting_take(&settings[i], value, conf, wanted)) {
		snprintf(problem, PROBLEM_SIZE, "'%s' %s", key, wanted);
		return false;
	}
	return true;
}

/* As a browser writes it: the host in lower case, no port that is the
 * scheme's own. */
static void
origin_take(struct conf *conf, size_t length)
{
	const char *own_port = conf->tls ? ":443" : ":80";
	size_t port = strlen(own_port);

	text_copy(conf->origin, sizeof(conf->origin), conf->base_url);
	if (length > port
	    && strncmp(conf->origin + length - port, own_port, port) == 0)
		length -= port;
	conf->origin[length] = '\0';
	for (char *c = conf->origin; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
}

/* base_url alone gives the cookies' path and Secure, and the origin. It goes
 * into headers, documents and cookies as it is: so these characters only. */
static bool
base_url_split(struct conf *conf)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~:/[]!$&()*+=";
	size_t length = strlen(conf->base_url), scheme;
	char *host, *path;

	while (length > 0 && conf->base_url[length - 1] == '/')
		conf->base_url[--length] = '\0';
	conf->tls = strncmp(conf->base_url, "https://", 8) == 0;
	scheme = conf->tls ? 8 : 7;
	if (!conf->tls && strncmp(conf->base_url, "http://", 7) != 0)
		return false;
	host = conf->base_url + scheme;
	path = host + strcspn(host, "/");
	if (path == host || host[0] == ':'
	    || conf->base_url[strspn(conf->base_url, allowed)] != '\0')
		return false;
	text_copy(conf->base_path, sizeof(conf->base_path), path);
	origin_take(conf, (size_t)(path - conf->base_url));
	return true;
}

/* What no line alone can tell. out: NULL, or what is wrong; then *key names
 * the setting to mend. */
static const char *
whole_check(struct conf *conf, const char **key)
{
	*key = "base-url";
	if (!base_url_split(conf))
		return "is http:// or https://, a host, and perhaps a path";
	*key = "refilled-at-percent";
	if (conf->refilled_at_percent <= conf->order_at_percent)
		return "must be above 'order-at-percent'";
	return NULL;
}

static unsigned
line_of(const unsigned lines[static SETTING_COUNT], const char *key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(settings[i].key, key) == 0)
			return lines[i];
	}
	return 0;
}

/* The next line. out: false at the end; why: "", or what no line may be. */
static bool
line_get(FILE *file, char line[static LINE_SIZE],
    char why[static PROBLEM_SIZE])
{
	/* What fgets writes ends with the last NUL. */
	memset(line, '\n', LINE_SIZE);
	if (fgets(line, LINE_SIZE, file) == NULL)
		return false;
	why[0] = '\0';
	if (line + strlen(line) != (char *)memrchr(line, '\0', LINE_SIZE))
		text_copy(why, PROBLEM_SIZE, "a NUL byte stands in it");
	else if (strchr(line, '\n') == NULL && !feof(file))
		text_copy(why, PROBLEM_SIZE, "line too long");
	return true;
}

static bool
file_take(struct conf *conf, FILE *file, const char *path, char *problem,
    size_t size)
{
	unsigned lines[SETTING_COUNT] = { 0 }, number = 0;
	char line[LINE_SIZE], why[PROBLEM_SIZE];
	const char *key, *wrong;

	while (line_get(file, line, why)) {
		number++;
		if (why[0] != '\0'
		    || !line_take(line, conf, lines, number, why)) {
			snprintf(problem, size, "%s:%u: %s", path, number,
			    why);
			return false;
		}
	}
	if (ferror(file)) {
		snprintf(problem, size, "%s: %s", path, strerror(errno));
		return false;
	}
	if ((wrong = whole_check(conf, &key)) != NULL) {
		/* The other of the two, when this one has its default. */
		number = line_of(lines, key);
		if (number == 0)
			number = line_of(lines, "order-at-percent");
		snprintf(problem, size, "%s:%u: '%s' %s", path, number, key,
		    wrong);
		return false;
	}
	return true;
}

bool
conf_read(struct conf *conf, const char *path, char *problem, size_t size)
{
	char wanted[80];
	FILE *file;
	bool taken;

	memset(conf, 0, sizeof(*conf));
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (settings[i].preset != NULL)
			setting_take(&settings[i], settings[i].preset, conf,
			    wanted);
	}
	if ((file = fopen(path, "re")) == NULL) {
		snprintf(problem, size, "%s: %s", path, strerror(errno));
		return false;
	}
	taken = file_take(conf, file, path, problem, size);
	fclose(file);
	return taken;
}

void
conf_load(struct conf *conf, const char *path)
{
	char problem[1024];

	if (path == NULL)
		path = getenv("TALLYSTICK_CONF");
	if (path == NULL)
		path = CONF_DEFAULT;
	if (!conf_read(conf, path, problem, sizeof(problem))) {
		fprintf(stderr, "%s\n", problem);
		exit(EX_CONFIG);
	}
}
