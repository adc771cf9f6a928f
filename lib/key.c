#include "lib/key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

#define FILE_MAX	8192

static const char *const names[KEY__MAX] = {
	[KEY_CODE] = "code",
	[KEY_LINEAGE] = "lineage",
	[KEY_TOKEN] = "token",
	[KEY_SESSION] = "session",
	[KEY_COOKIE] = "cookie",
};

/* Locked in memory, read-only once loaded. */
static unsigned char *keys[KEY__MAX];

const char *
key_name(enum key_purpose purpose)
{
	return names[purpose];
}

/* One line, "NUMBER HEX64" or a comment or empty. out: false: neither, or a
 * second key of the newest number, and nobody could say which is in use. */
static bool
line_read(const char *line, unsigned *newest, unsigned char key[KEY_SIZE])
{
	unsigned char bytes[KEY_SIZE];
	unsigned number;
	size_t length;
	int at = 0;
	bool fits = false;

	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (isdigit((unsigned char)line[0])
	    && sscanf(line, "%9u %n", &number, &at) == 1
	    && number > 0 && number != *newest && line[at - 1] == ' '
	    && sodium_hex2bin(bytes, sizeof(bytes), line + at,
		   strlen(line + at), NULL, &length, NULL) == 0
	    && length == KEY_SIZE && strlen(line + at) == 2 * KEY_SIZE)
		fits = true;
	if (fits && number > *newest) {
		*newest = number;
		memcpy(key, bytes, KEY_SIZE);
	}
	sodium_memzero(bytes, sizeof(bytes));
	return fits;
}

static bool
text_read(char *content, const char *path, unsigned char key[KEY_SIZE],
    char *problem, size_t size)
{
	unsigned newest = 0, number = 1;
	char *line, *rest = content;

	for (; (line = strsep(&rest, "\n")) != NULL; number++) {
		if (!line_read(line, &newest, key)) {
			snprintf(problem, size,
			    "%s:%u: want a number of its own, a space and 64 "
			    "hex digits", path, number);
			return false;
		}
	}
	if (newest == 0)
		snprintf(problem, size, "%s holds no key: remove it and run "
		    "'tallystick key new'", path);
	return newest > 0;
}

static void
key_keep(enum key_purpose purpose, const unsigned char key[static KEY_SIZE])
{
	if (keys[purpose] == NULL
	    && (keys[purpose] = sodium_malloc(KEY_SIZE)) == NULL)
		log_fatal("no locked memory for a key");
	sodium_mprotect_readwrite(keys[purpose]);
	memcpy(keys[purpose], key, KEY_SIZE);
	sodium_mprotect_readonly(keys[purpose]);
}

bool
key_load(enum key_purpose purpose, const char *folder, char *problem,
    size_t size)
{
	char path[1024], content[FILE_MAX + 1] = "";
	unsigned char key[KEY_SIZE];
	struct stat status;
	ssize_t length;
	int file;
	bool loaded = false;

	snprintf(path, sizeof(path), "%s/%s", folder, names[purpose]);
	if ((file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW
	    | O_NONBLOCK)) == -1) {
		snprintf(problem, size, "key file %s: %s; 'tallystick key new'"
		    " makes one", path, strerror(errno));
		return false;
	}
	if (fstat(file, &status) == -1 || !S_ISREG(status.st_mode)
	    || (status.st_mode & 077) != 0) {
		snprintf(problem, size, "key file %s must be a plain file that"
		    " its owner alone can read (mode 0600)", path);
		goto out;
	}
	if ((length = read(file, content, FILE_MAX)) < 0) {
		snprintf(problem, size, "key file %s: %s", path,
		    strerror(errno));
		goto out;
	}
	/* The newest key usually stands last: none may be cut off. */
	if (length == FILE_MAX || memchr(content, '\0', (size_t)length)
	    != NULL) {
		snprintf(problem, size, "key file %s is no text of less than "
		    "%d bytes", path, FILE_MAX);
		goto out;
	}
	if ((loaded = text_read(content, path, key, problem, size)))
		key_keep(purpose, key);
out:
	sodium_memzero(key, sizeof(key));
	sodium_memzero(content, sizeof(content));
	close(file);
	return loaded;
}

const unsigned char *
key_bytes(enum key_purpose purpose)
{
	if (keys[purpose] == NULL)
		log_fatal("the %s key is not loaded here", names[purpose]);
	return keys[purpose];
}

void
key_hash(enum key_purpose purpose, const void *bytes, size_t length,
    unsigned char hash[static KEY_HASH_SIZE])
{
	unsigned char whole[crypto_generichash_BYTES];

	/* BLAKE2b-128 would be another function: what is stored was made so. */
	crypto_generichash(whole, sizeof(whole), bytes, length,
	    key_bytes(purpose), KEY_SIZE);
	memcpy(hash, whole, KEY_HASH_SIZE);
	sodium_memzero(whole, sizeof(whole));
}

/* A name is durable once its folder is. */
static bool
folder_sync(const char *folder)
{
	int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = file != -1 && fsync(file) == 0;

	if (file != -1)
		close(file);
	return synced;
}

/* Durable before its name exists, so that a crash leaves all or nothing.
 * out: 0, or why not. */
static int
write_new(const char *folder, const char *path, const char *content)
{
	char part[1100];
	size_t length = strlen(content);
	int file, error = 0;

	snprintf(part, sizeof(part), "%s.%ld", path, (long)getpid());
	if ((file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600))
	    == -1)
		return errno;
	errno = ENOSPC;		/* what a short write means */
	if (write(file, content, length) != (ssize_t)length
	    || fsync(file) == -1)
		error = errno;
	close(file);
	/* link, unlike rename, never replaces a key that is there. */
	if (error == 0 && link(part, path) == -1)
		error = errno;
	unlink(part);
	if (error == 0 && !folder_sync(folder)) {
		error = errno;
		unlink(path);
	}
	return error;
}

bool
key_new(enum key_purpose purpose, const char *folder, char *problem,
    size_t size)
{
	char path[1024], hex[2 * KEY_SIZE + 1], content[256];
	unsigned char key[KEY_SIZE];
	int error;

	snprintf(path, sizeof(path), "%s/%s", folder, names[purpose]);
	crypto_generichash_keygen(key);
	sodium_bin2hex(hex, sizeof(hex), key, sizeof(key));
	snprintf(content, sizeof(content), "1 %s\n", hex);
	if ((error = write_new(folder, path, content)) != 0)
		snprintf(problem, size, "key file %s: %s", path,
		    strerror(error));
	sodium_memzero(key, sizeof(key));
	sodium_memzero(hex, sizeof(hex));
	sodium_memzero(content, sizeof(content));
	return error == 0;
}
