/* See device_state.h. The file is lines of `key value`; all values are
 * single lines. It is written anew each time, beside its place, and moved
 * there: a power cut leaves either state whole. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bin/device_event.h"
#include "bin/device_state.h"
#include "lib/text.h"

#define STATE_HEAD "tallystick-device-state 1"

static char *
string_copy(const char *from)
{
	char *copy = memory_new(strlen(from) + 1, 1);

	return strcpy(copy, from);
}

void
state_list_add(struct state_list *list, const char *item)
{
	char **items;

	if (list->count == list->space) {
		list->space = list->space * 2 + 16;
		items = memory_new(list->space, sizeof(*items));
		if (list->count > 0)
			memcpy(items, list->items,
			    list->count * sizeof(*items));
		free(list->items);
		list->items = items;
	}
	list->items[list->count++] = string_copy(item);
}

void
state_list_drop(struct state_list *list, size_t count)
{
	size_t i;

	if (count > list->count)
		count = list->count;
	for (i = 0; i < count; i++)
		free(list->items[i]);
	list->count -= count;
	if (list->count > 0)
		memmove(list->items, list->items + count,
		    list->count * sizeof(*list->items));
}

static bool
number_read(const char *value, long long *number)
{
	char *end;

	errno = 0;
	*number = strtoll(value, &end, 10);
	return errno == 0 && end != value && *end == '\0';
}

/* The keys whose value is a text of bounded length. */
static bool
field_read(struct device_state *state, const char *key, const char *value)
{
	const struct {
		const char	*key;
		char		*to;
		size_t		 size;
	} fields[] = {
		{ "server", state->server, sizeof(state->server) },
		{ "device-id", state->device_id, sizeof(state->device_id) },
		{ "code", state->code, sizeof(state->code) },
		{ "token", state->token, sizeof(state->token) },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(key, fields[i].key) == 0)
			return text_copy(fields[i].to, fields[i].size, value);
	return false;
}

static bool
line_read(struct device_state *state, const char *key, const char *value)
{
	long long number = 0;
	bool is_number = number_read(value, &number) && number >= 0;
	size_t i;

	if (strcmp(key, "sequence") == 0)
		state->sequence = number;
	else if (strcmp(key, "watching") == 0)
		state->watching = number != 0;
	else if (strcmp(key, "report-jobs") == 0)
		state->report_jobs = (size_t)number;
	else if (strcmp(key, "level") == 0) {
		for (i = 0; i < STATE_TONERS - 1 && state->levels[i] >= 0; i++)
			;
		state->levels[i] = (int)number;
	} else {
		if (strcmp(key, "known") == 0)
			state_list_add(&state->known, value);
		else if (strcmp(key, "job") == 0)
			state_list_add(&state->jobs, value);
		else if (strcmp(key, "report") == 0 && state->report == NULL)
			state->report = string_copy(value);
		else
			return field_read(state, key, value);
		return true;
	}
	return is_number;
}

static bool
lines_read(struct device_state *state, FILE *file)
{
	char *line = NULL, *value;
	size_t space = 0;
	ssize_t length;
	unsigned number;
	bool good = true;

	for (number = 1; good && (length = getline(&line, &space, file)) > 0;
	    number++) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (number == 1) {
			good = strcmp(line, STATE_HEAD) == 0;
		} else {
			value = strchr(line, ' ');
			if (value != NULL)
				*value++ = '\0';
			good = value != NULL && line_read(state, line, value);
		}
		if (!good)
			event_error("%s:%u: not a line of a state file",
			    state->path, number);
	}
	if (good && (ferror(file) || number == 1)) {
		event_error("%s: cannot be read, or is empty", state->path);
		good = false;
	}
	if (line != NULL)
		explicit_bzero(line, space);
	free(line);
	return good;
}

void
state_open(struct device_state *state, const char *path)
{
	size_t i;

	memset(state, 0, sizeof(*state));
	state->path = path;
	state->lock = -1;
	for (i = 0; i < STATE_TONERS; i++)
		state->levels[i] = -1;
}

bool
state_load(struct device_state *state)
{
	FILE *file = fopen(state->path, "re");
	bool good;

	if (file == NULL && errno == ENOENT)
		return true;
	if (file == NULL) {
		event_error("%s: %s", state->path, strerror(errno));
		return false;
	}
	good = lines_read(state, file);
	fclose(file);
	/* A report that lists more jobs than there are would drop others'. */
	if (good && state->report_jobs > state->jobs.count) {
		event_error("%s: report-jobs is too large", state->path);
		good = false;
	}
	return good;
}

bool
state_lock(struct device_state *state)
{
	struct text path = { 0 };

	/* Not the file itself: a new one takes its place at every save. */
	text_addf(&path, "%s.lock", state->path);
	state->lock = open(path.bytes,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (state->lock < 0)
		event_error("%s: %s", path.bytes, strerror(errno));
	else if (flock(state->lock, LOCK_EX | LOCK_NB) != 0) {
		event_error("%s is in use by another tallystick-device",
		    state->path);
		close(state->lock);
		state->lock = -1;
	}
	text_free(&path);
	return state->lock >= 0;
}

static void
state_text(const struct device_state *state, struct text *text)
{
	size_t i;

	text_addf(text, "%s\nserver %s\ndevice-id %s\ncode %s\n", STATE_HEAD,
	    state->server, state->device_id, state->code);
	if (state->token[0] != '\0')
		text_addf(text, "token %s\n", state->token);
	text_addf(text, "sequence %lld\nwatching %d\n", state->sequence,
	    state->watching);
	for (i = 0; i < STATE_TONERS && state->levels[i] >= 0; i++)
		text_addf(text, "level %d\n", state->levels[i]);
	for (i = 0; i < state->known.count; i++)
		text_addf(text, "known %s\n", state->known.items[i]);
	for (i = 0; i < state->jobs.count; i++)
		text_addf(text, "job %s\n", state->jobs.items[i]);
	if (state->report != NULL)
		text_addf(text, "report-jobs %zu\nreport %s\n",
		    state->report_jobs, state->report);
}

static bool
file_write(const char *path, const struct text *text)
{
	size_t done = 0;
	ssize_t written = 0;
	bool good;
	int fd;

	/* A new one: what lies there already may be a link to elsewhere, or
	 * open to others. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	while (done < text->length && written >= 0) {
		written = write(fd, text->bytes + done, text->length - done);
		if (written > 0)
			done += (size_t)written;
		else if (errno == EINTR)
			written = 0;
	}
	good = written >= 0 && fsync(fd) == 0;
	return close(fd) == 0 && good;
}

/* The rename itself must reach the disk, too. */
static bool
folder_sync(const char *path)
{
	char *copy = string_copy(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return good;
}

bool
state_save(const struct device_state *state)
{
	struct text text = { 0 }, path = { 0 };
	bool good;

	text_addf(&path, "%s.new", state->path);
	state_text(state, &text);
	good = file_write(path.bytes, &text) &&
	    rename(path.bytes, state->path) == 0 && folder_sync(state->path);
	if (!good)
		event_error("%s: cannot be written: %s", state->path,
		    strerror(errno));
	text_free(&text);
	text_free(&path);
	return good;
}

void
state_job_name(const struct printer_job *job, char name[static 64])
{
	if (job->uuid[0] != '\0')
		snprintf(name, 64, "%s", job->uuid);
	else
		snprintf(name, 64, "%d@%d", job->id, job->up_time);
}

bool
state_knows(const struct device_state *state, const struct printer_job *job)
{
	char name[64];
	size_t i, length;

	state_job_name(job, name);
	length = strlen(name) + 1;
	/* A printer that was switched off and on says of the jobs before
	 * only that they ended before its clock began (RFC 8011, section
	 * 5.3.14): their id alone must do. */
	if (job->uuid[0] == '\0' && job->up_time <= 0)
		length = strcspn(name, "@") + 1;
	for (i = 0; i < state->known.count; i++)
		if (strncmp(state->known.items[i], name, length) == 0)
			return true;
	return false;
}

void
state_learn(struct device_state *state, const struct printer_look *look)
{
	char name[64];
	size_t i;

	for (i = 0; i < look->job_count; i++) {
		if (state_knows(state, &look->jobs[i]))
			continue;
		state_job_name(&look->jobs[i], name);
		state_list_add(&state->known, name);
	}
	if (state->known.count > STATE_KNOWN_MAX)
		state_list_drop(&state->known,
		    state->known.count - STATE_KNOWN_MAX);
}

void
state_free(struct device_state *state)
{
	state_list_drop(&state->known, state->known.count);
	state_list_drop(&state->jobs, state->jobs.count);
	free(state->known.items);
	free(state->jobs.items);
	free(state->report);
	if (state->lock >= 0)
		close(state->lock);
	explicit_bzero(state, sizeof(*state));
	state->lock = -1;
}
