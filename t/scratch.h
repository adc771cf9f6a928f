/* A folder of a test's own, what goes to standard error, and functions that
 * end the process. */
#ifndef T_SCRATCH_H
#define T_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text.h"
#include "t/test.h"

#define SCRATCH_SIZE	256

/* Make a folder that nobody else may read, also outside of a suite. */
static inline void
scratch_make(char folder[static SCRATCH_SIZE])
{
	const char *above = getenv("TMPDIR");

	snprintf(folder, SCRATCH_SIZE, "%s/tallystick.XXXXXX",
	    above != NULL && above[0] != '\0' ? above : "/tmp");
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		exit(1);
	}
}

static inline int
scratch_drop(const char *path, const struct stat *status, int type,
    struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path);
}

static inline void
scratch_remove(const char *folder)
{
	nftw(folder, scratch_drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* Write FOLDER/NAME, whatever the umask. out: its path. */
static inline const char *
scratch_write(const char *folder, const char *name, const void *bytes,
    size_t length, mode_t mode)
{
	static char path[SCRATCH_SIZE + 64];
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CU_ASSERT_NOT_EQUAL_FATAL(file, -1);
	CU_ASSERT_EQUAL(write(file, bytes, length), (ssize_t)length);
	CU_ASSERT_EQUAL(fchmod(file, mode), 0);
	close(file);
	return path;
}

/* Standard error goes to a file from now on. out: for scratch_told. */
struct scratch_error {
	int	before, file;
};

static inline struct scratch_error
scratch_listen(void)
{
	char path[SCRATCH_SIZE];
	struct scratch_error error = { .before = dup(STDERR_FILENO) };

	scratch_make(path);
	strcat(path, "/e");
	error.file = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
	CU_ASSERT_NOT_EQUAL_FATAL(error.file, -1);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	fflush(NULL);
	dup2(error.file, STDERR_FILENO);
	return error;
}

/* As before scratch_listen. out: what was told since, to be freed. */
static inline struct text
scratch_told(struct scratch_error error)
{
	struct text told = { 0 };
	char piece[1024];
	ssize_t count;

	fflush(stderr);
	dup2(error.before, STDERR_FILENO);
	lseek(error.file, 0, SEEK_SET);
	text_add(&told, "");
	while ((count = read(error.file, piece, sizeof(piece))) > 0)
		text_add_bytes(&told, piece, (size_t)count);
	close(error.before);
	close(error.file);
	return told;
}

/* Run what should end the process, in a child. out: its exit status, 0 when it
 * returned, -1 when a signal ended it; told: its standard error. */
static inline int
scratch_end(void (*run)(void), struct text *told)
{
	struct scratch_error error = scratch_listen();
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		run();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	*told = scratch_told(error);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether it ends the process with that status, saying that. */
static inline int
scratch_ends(void (*run)(void), int status, const char *saying)
{
	struct text told;
	int ended = scratch_end(run, &told);
	int same = ended == status && strstr(told.bytes, saying) != NULL;

	if (!same)
		fprintf(stderr, "\n  wanted %d \"%s\", got %d \"%s\"\n",
		    status, saying, ended, told.bytes);
	text_free(&told);
	return same;
}

#endif
