/* A MariaDB of a test's own: no network, no accounts, an empty folder that
 * goes with it. And what calls of it return and log. */
#ifndef T_MARIADB_H
#define T_MARIADB_H

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "lib/db.h"
#include "t/scratch.h"

#define MARIADB_MISSING	127

/* In the child: become an account that may run it, and run it. */
static inline void
mariadb_exec(uid_t uid, gid_t gid)
{
	const char *path = getenv("PATH");
	char data[SCRATCH_SIZE + 64] = "--datadir=", paths[4096];
	char *const arguments[] = { (char[]){ "mariadbd" },
		(char[]){ "--no-defaults" },
		(char[]){ "--skip-grant-tables" },
		(char[]){ "--skip-networking" },
		(char[]){ "--skip-log-bin" },
		(char[]){ "--innodb-buffer-pool-size=8M" },
		(char[]){ "--innodb-log-file-size=4M" },
		(char[]){ "--innodb-use-native-aio=0" },
		data, (char[]){ "--socket=../s" },
		(char[]){ "--pid-file=pid" },
		(char[]){ "--log-error=../log" }, NULL };

	if (getcwd(data + strlen(data), SCRATCH_SIZE) == NULL)
		_exit(1);
	strcat(data, "/data");
	if (getuid() == 0 && (setgroups(0, NULL) == -1 || setgid(gid) == -1
	    || setuid(uid) == -1))
		_exit(1);
	/* However the test ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(paths, sizeof(paths), "%s:/usr/sbin:/usr/local/sbin:"
	    "/usr/libexec", path != NULL ? path : "/usr/bin");
	setenv("PATH", paths, 1);
	if (freopen("/dev/null", "w", stdout) == NULL
	    || freopen("out", "w", stderr) == NULL)
		_exit(1);
	execvp(arguments[0], arguments);
	/* EACCES: a folder of PATH is shut to this account. */
	_exit(errno == ENOENT || errno == EACCES ? MARIADB_MISSING : 1);
}

/* Start it in the working directory, with its socket "s" there. out: its
 * process, -1 on failure. */
static inline pid_t
mariadb_start(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	uid_t uid = nobody != NULL ? nobody->pw_uid : 65534;
	gid_t gid = nobody != NULL ? nobody->pw_gid : 65534;
	pid_t server;

	if (mkdir("data", 0700) == -1)
		return -1;
	if (getuid() == 0 && (chown(".", uid, gid) == -1
	    || chown("data", uid, gid) == -1))
		return -1;
	fflush(NULL);
	if ((server = fork()) == 0)
		mariadb_exec(uid, gid);
	return server;
}

/* Wait until it takes connections, a minute at most. out: 0, or its exit
 * status, or 1. */
static inline int
mariadb_wait(pid_t server)
{
	const struct timespec pause = { 0, 50000000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = "s" };
	int status = 1;

	for (unsigned tries = 0; server > 0 && tries < 1200; tries++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		int met = connect(fd, (struct sockaddr *)&address,
		    sizeof(address));

		close(fd);
		if (met == 0)
			return 0;
		if (waitpid(server, &status, WNOHANG) == server)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		nanosleep(&pause, NULL);
	}
	return 1;
}

static inline void
mariadb_end(pid_t server)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
}

/* An option file in the working directory. */
static inline void
options_write(const char *name, const char *group, const char *lines)
{
	char content[256];

	snprintf(content, sizeof(content), "[tallystick-%s]\nuser = u\n%s\n",
	    group, lines);
	scratch_write(".", name, content, strlen(content), 0600);
}

/* What rows came, as "SET.ROW:COLUMN,COLUMN;". */
struct rows {
	char		text[8192];
	enum error	error;		/* to be returned at each row */
};

static inline enum error
rows_take(void *arg, unsigned set, unsigned row, const struct db_value *columns,
    unsigned count)
{
	struct rows *rows = arg;
	size_t used = set == 0 && row == 0 ? 0 : strlen(rows->text);

	used += (size_t)snprintf(rows->text + used, sizeof(rows->text) - used,
	    "%u.%u:", set, row);
	for (unsigned i = 0; i < count; i++) {
		CU_ASSERT(columns[i].type == DB_NULL
		    || columns[i].bytes[columns[i].length] == '\0');
		used += (size_t)snprintf(rows->text + used,
		    sizeof(rows->text) - used, "%s%c",
		    columns[i].type == DB_NULL ? "NULL" : columns[i].bytes,
		    i + 1 < count ? ',' : ';');
	}
	return rows->error;
}

/* Call and collect the rows. in: wanted: what must be returned. out: the log,
 * to be freed. */
static inline struct text
rows_call(struct db *db, size_t statement, const struct db_value *values,
    enum error wanted, struct rows *rows)
{
	struct scratch_error error = scratch_listen();
	struct text told;
	enum error got;

	rows->text[0] = '\0';
	got = db_call(db, statement, values, rows_take, rows);
	told = scratch_told(error);
	if (got != wanted)
		fprintf(stderr, "\n  statement %zu: %d, not %d: %s\n",
		    statement, got, wanted, told.bytes);
	CU_ASSERT_EQUAL(got, wanted);
	return told;
}

#endif
