/* tallystick doctor: what is wrong or missing, each in a sentence. */
#include "bin/tallystick_doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bin/tallystick.h"
#include "bin/tallystick_post.h"
#include "bin/tallystick_schema.h"
#include "lib/key.h"
#include "lib/text.h"

#define WAKE_WAIT_S	2

void
doctor_say(struct doctor *doctor, enum finding finding, const char *format,
    ...)
{
	static const char *const words[FINDING__MAX] = { "OK  ", "WARN",
		"FAIL" };
	va_list arguments;

	doctor->counts[finding]++;
	printf("%s  ", words[finding]);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static void
configuration_look(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;

	if (conf->tls || strncmp(conf->origin, "http://localhost", 16) == 0
	    || strncmp(conf->origin, "http://127.0.0.1", 16) == 0)
		doctor_say(doctor, FINDING_OK, "configuration read: the "
		    "service is %s", conf->base_url);
	else
		doctor_say(doctor, FINDING_WARN, "base-url %s is not https: "
		    "codes and sessions cross the network in the clear",
		    conf->base_url);
}

static void
keys_look(struct doctor *doctor)
{
	char problem[512];
	unsigned good = 0;

	for (int i = 0; i < KEY__MAX; i++) {
		if (key_load(i, doctor->conf->keys, problem, sizeof(problem)))
			good++;
		else
			doctor_say(doctor, FINDING_FAIL, "%s", problem);
	}
	if (good == KEY__MAX)
		doctor_say(doctor, FINDING_OK, "%u key files are there, "
		    "readable by their owner alone", good);
}

/* The procedures that a grants file names, as "a,b". out: how many. */
static unsigned
granted_read(const struct schema_folder *folder, size_t index,
    struct text *names)
{
	char path[1400], line[256], name[65];
	unsigned count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path,
	    folder->names[index]);
	if ((file = fopen(path, "re")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "GRANT EXECUTE ON PROCEDURE %64s TO", name)
		    == 1)
			text_addf(names, "%s%s", count++ > 0 ? "," : "", name);
	}
	fclose(file);
	return count;
}

static enum error
number_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	(void)set;
	(void)row;
	(void)count;
	*(int64_t *)arg = db_to_integer(&columns[0]);
	return ERROR_NONE;
}

/* Whether a program's account connects and may run what it has to. */
static void
program_look(struct doctor *doctor, const struct schema_folder *folder,
    size_t index)
{
	static const struct db_statement statement = {
		"SELECT COUNT(*) FROM information_schema.ROUTINES"
		" WHERE ROUTINE_SCHEMA = DATABASE()"
		" AND FIND_IN_SET(ROUTINE_NAME, ?) > 0", 1 };
	char group[128], problem[512];
	struct text names = { 0 };
	unsigned wanted = granted_read(folder, index, &names);
	int64_t seen = -1;
	struct db *db;

	snprintf(group, sizeof(group), "tallystick-%.*s",
	    (int)strlen(folder->names[index]) - 4, folder->names[index]);
	db = db_open(doctor->conf->database, group, &statement, 1, problem,
	    sizeof(problem));
	if (db == NULL)
		doctor_say(doctor, FINDING_FAIL, "%s", problem);
	else if (db_call(db, 0, (struct db_value[]){ db_string(names.bytes) },
		    number_row, &seen) != ERROR_NONE)
		doctor_say(doctor, FINDING_FAIL, "[%s] does not reach the "
		    "database", group);
	else if (seen != (int64_t)wanted)
		doctor_say(doctor, FINDING_FAIL, "[%s] may not run its "
		    "procedures: 'tallystick migrate' grants them", group);
	else
		doctor_say(doctor, FINDING_OK, "[%s] reaches the database and"
		    " its procedures", group);
	db_close(db);
	text_free(&names);
}

static void
programs_look(struct doctor *doctor)
{
	struct schema_folder folder;

	if (!schema_list(&folder, doctor->conf->schema, "grants"))
		doctor_say(doctor, FINDING_FAIL, "the schema's files are not "
		    "there: see 'schema' in the configuration");
	for (size_t i = 0; i < folder.count; i++)
		program_look(doctor, &folder, i);
	schema_free(&folder);
}

static void
webhook_look(struct doctor *doctor)
{
	struct post_target target;
	char problem[CONF_PATH_SIZE + 256];

	if (doctor->conf->webhook_url[0] == '\0') {
		doctor_say(doctor, FINDING_WARN, "webhook-url is not set: "
		    "orders stay queued");
		return;
	}
	if (!post_target_read(&target, doctor->conf, problem,
		sizeof(problem))) {
		doctor_say(doctor, FINDING_FAIL, "%s; orders stay queued",
		    problem);
		return;
	}
	doctor_say(doctor, FINDING_OK, "orders go to %s, signed with %zu "
	    "secret%s", target.url, target.secret_count,
	    target.secret_count == 1 ? "" : "s");
	if (post_target_reach(&target, problem, sizeof(problem)))
		doctor_say(doctor, FINDING_OK, "webhook-url: a connection is "
		    "made; nothing was sent");
	else
		doctor_say(doctor, FINDING_WARN, "webhook-url: %s; orders "
		    "wait", problem);
	post_target_wipe(&target);
}

/* Any HTTP answer will do: nobody listens on this channel. */
static bool
wake_answers(const char *path)
{
	static const char question[] = "GET /wake/doctor HTTP/1.1\r\n"
	    "Host: wake\r\nConnection: close\r\n\r\n";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WAKE_WAIT_S };
	char answer[8] = "";
	int fd;
	bool answers;

	if (!text_copy(address.sun_path, sizeof(address.sun_path), path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	answers = connect(fd, (struct sockaddr *)&address, sizeof(address))
		== 0
	    && send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) > 0
	    && recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) == 7
	    && strcmp(answer, "HTTP/1.") == 0;
	close(fd);
	return answers;
}

static void
wake_look(struct doctor *doctor)
{
	const char *path = doctor->conf->wake_socket;

	if (path[0] == '\0')
		doctor_say(doctor, FINDING_WARN, "wake-socket is not set: "
		    "connections are not held, devices ask every %u s",
		    doctor->conf->poll_s);
	else if (wake_answers(path))
		doctor_say(doctor, FINDING_OK, "the wake-up socket answers");
	else
		doctor_say(doctor, FINDING_FAIL, "the wake-up socket %s does "
		    "not answer (%s): who waits learns of changes only after "
		    "50 s", path, strerror(errno));
}

int
doctor_command(const struct conf *conf, int argc, char *argv[])
{
	static void (*const looks[])(struct doctor *) = {
		configuration_look, doctor_guesses_configured, keys_look,
		doctor_store, programs_look,
		webhook_look, wake_look };
	struct doctor doctor = { .conf = conf };

	if (argc != 1)
		return command_usage(argv[0]);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		looks[i](&doctor);
	printf("%u OK, %u WARN, %u FAIL\n", doctor.counts[FINDING_OK],
	    doctor.counts[FINDING_WARN], doctor.counts[FINDING_FAIL]);
	return doctor.counts[FINDING_FAIL] > 0 ? STATUS_FAILED : 0;
}
