/* Fixtures below t/messages/, and the validator that judges beside the
 * reader. */
#ifndef T_FIXTURE_H
#define T_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/kind.h"
#include "t/test.h"

#define PATH_SIZE	512
#define VALIDATOR	"xmllint"

extern char **environ;

static inline bool
file_read(const char *path, struct text *text)
{
	int file = open(path, O_RDONLY);
	char piece[4096];
	ssize_t count = 0;

	text_add_bytes(text, "", 0);
	while (file != -1 && (count = read(file, piece, sizeof(piece))) > 0)
		text_add_bytes(text, piece, (size_t)count);
	if (file != -1)
		close(file);
	return file != -1 && count == 0;
}

static inline bool
ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) &&
	    strcmp(text + length - strlen(end), end) == 0;
}

/* What the validator says of a file. */
enum verdict { VERDICT_VALID, VERDICT_REFUSED, VERDICT_NONE, VERDICT_BROKEN };

/* in: a file of schema/messages/. out: none without a validator; broken when
 * it fails for another reason, a wrong schema say. */
static inline enum verdict
validate(const char *name, const char *path)
{
	char schema[PATH_SIZE];
	const char *const arguments[] = { VALIDATOR, "--nonet", "--noout",
		"--relaxng", schema, path, NULL };
	posix_spawn_file_actions_t actions;
	pid_t child;
	int error, status = 0;

	snprintf(schema, sizeof(schema), "%s/schema/messages/%s",
	    test_source(), name);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
	    O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
	    O_WRONLY, 0);
	error = posix_spawnp(&child, VALIDATOR, &actions, NULL,
	    (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return VERDICT_NONE;
	switch (WEXITSTATUS(status)) {
	case 0:
		return VERDICT_VALID;
	case 1:		/* not well-formed */
	case 3:		/* invalid */
		return VERDICT_REFUSED;
	default:
		return VERDICT_BROKEN;
	}
}

typedef void judge_fixture(const struct kind *, const char *path);

static inline unsigned
each_fixture(const char *below, const struct kind *kind,
    judge_fixture *judge)
{
	char folder[PATH_SIZE / 2], path[PATH_SIZE];
	struct dirent *entry;
	unsigned count = 0;
	DIR *listing;

	snprintf(folder, sizeof(folder), "%s/t/messages/%s%s", test_source(),
	    below, kind->name);
	listing = opendir(folder);
	CU_ASSERT_PTR_NOT_NULL_FATAL(listing);
	while ((entry = readdir(listing)) != NULL) {
		if (!ends_with(entry->d_name, ".xml"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		judge(kind, path);
		count++;
	}
	closedir(listing);
	return count;
}

#endif
