/* tallystick key: the files that hold keys. */
#include "bin/tallystick.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/key.h"

static bool
key_make(const struct conf *conf, enum key_purpose purpose)
{
	char problem[512];

	if (!key_new(purpose, conf->keys, problem, sizeof(problem))) {
		fprintf(stderr, "tallystick: %s\n", problem);
		return false;
	}
	printf("made key %s\n", key_name(purpose));
	return true;
}

static bool
key_exists(const struct conf *conf, enum key_purpose purpose)
{
	char path[CONF_PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/%s", conf->keys, key_name(purpose));
	return access(path, F_OK) == 0;
}

static bool
key_make_missing(const struct conf *conf)
{
	bool made = true;

	for (int i = 0; i < KEY__MAX; i++) {
		if (key_exists(conf, i))
			printf("kept key %s\n", key_name(i));
		else
			made = key_make(conf, i) && made;
	}
	return made;
}

static bool
key_make_named(const struct conf *conf, const char *name)
{
	for (int i = 0; i < KEY__MAX; i++) {
		if (strcmp(key_name(i), name) == 0)
			return key_make(conf, i);
	}
	fprintf(stderr, "tallystick: no purpose '%s': a key is for one of",
	    name);
	for (int i = 0; i < KEY__MAX; i++)
		fprintf(stderr, " %s", key_name(i));
	fprintf(stderr, "\n");
	return false;
}

int
key_command(const struct conf *conf, int argc, char *argv[])
{
	bool made = true;

	if (argc < 2 || strcmp(argv[1], "new") != 0)
		return command_usage(argv[0]);
	if (mkdir(conf->keys, 0700) == -1 && errno != EEXIST) {
		fprintf(stderr, "tallystick: folder of keys %s: %s\n",
		    conf->keys, strerror(errno));
		return STATUS_FAILED;
	}
	if (argc == 2)
		made = key_make_missing(conf);
	for (int i = 2; i < argc; i++)
		made = key_make_named(conf, argv[i]) && made;
	return made ? 0 : STATUS_FAILED;
}
