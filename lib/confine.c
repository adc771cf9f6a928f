/* Memory that can be executed is never given out, and sockets reach only
 * where the database and the wake-up socket can be. The address that is
 * connected to is behind a pointer, which no filter can follow: the systemd
 * units hold that. */
#include "lib/confine.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "lib/log.h"

#define MEMORY_MAX	(64 * 1024 * 1024)	/* bytes of data, all told */
#define DESCRIPTORS_MAX	64
#define LIST_SIZE	256

#define FILTERED	2	/* what PR_GET_SECCOMP says then */

static const struct bound {
	const char	*name;
	int		 resource;
	rlim_t		 most;
	bool		 with_filter;	/* debuggers need more of it */
} bounds[] = {
	{ "no core file", RLIMIT_CORE, 0, false },
	{ "no new process", RLIMIT_NPROC, 0, true },
	{ "64 descriptors", RLIMIT_NOFILE, DESCRIPTORS_MAX, true },
	{ "64 MiB of data", RLIMIT_DATA, MEMORY_MAX, true },
};

#define BOUND_COUNT	(sizeof(bounds) / sizeof(bounds[0]))

bool
confine_is_root(void)
{
	return geteuid() == 0 || getuid() == 0;
}

/* Never above what was set before: that would be refused. */
static bool
bound_set(const struct bound *bound)
{
	struct rlimit limit;

	if (getrlimit(bound->resource, &limit) == -1)
		return false;
	if (limit.rlim_max > bound->most)
		limit.rlim_max = bound->most;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(bound->resource, &limit) == 0;
}

static bool
bound_holds(const struct bound *bound)
{
	struct rlimit limit;

	return getrlimit(bound->resource, &limit) == 0
	    && limit.rlim_cur <= bound->most && limit.rlim_max <= bound->most;
}

bool
confine_process(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	bool dumps_off = bound_set(&bounds[0])
	    && prctl(PR_SET_DUMPABLE, 0) == 0;

	/* Nor may a log that a limit keeps from growing end it. */
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && dumps_off;
}

#ifdef HAVE_SECCOMP
/* What a request takes, from its first byte to the log's line, and what the
 * end of a connection or of the worker takes. (Some machines have ppoll alone
 * for poll, and kernels without a vDSO are asked for the time.) */
static const int calls[] = {
	SCMP_SYS(accept), SCMP_SYS(brk), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(close), SCMP_SYS(connect),
	SCMP_SYS(exit_group), SCMP_SYS(fcntl), SCMP_SYS(futex),
	SCMP_SYS(getpid), SCMP_SYS(getrandom), SCMP_SYS(getsockopt),
	SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munlock),
	SCMP_SYS(munmap),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pselect6), SCMP_SYS(read),
	SCMP_SYS(recvfrom), SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sendto),
	SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(time),
	SCMP_SYS(write),
};

/* A call that may be made only with an argument of this value, seen through
 * the mask. */
static const struct conditional {
	int		call;
	unsigned	argument;
	uint64_t	mask, value;
} conditionals[] = {
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(prctl), 0, UINT32_MAX, PR_GET_SECCOMP },
	{ SCMP_SYS(socket), 0, UINT32_MAX, AF_UNIX },
	{ SCMP_SYS(socket), 0, UINT32_MAX, AF_INET },
	{ SCMP_SYS(socket), 0, UINT32_MAX, AF_INET6 },
};

static bool
rules_add(scmp_filter_ctx filter)
{
	bool added = true;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		added = added && seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    calls[i], 0) == 0;
	for (size_t i = 0; i < sizeof(conditionals) / sizeof(conditionals[0]);
	    i++) {
		const struct conditional *each = &conditionals[i];

		added = added && seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    each->call, 1, SCMP_CMP(each->argument,
		    SCMP_CMP_MASKED_EQ, each->mask, each->value)) == 0;
	}
	return added;
}

static void
filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error = -1;

	if (filter != NULL
	    && seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) == 0 && rules_add(filter))
		error = seccomp_load(filter);
	if (error != 0)
		log_line(LOG_WARNING, "the filter of system calls was not "
		    "taken: %s", strerror(-error));
	seccomp_release(filter);
}
#else
static void
filter_load(void)
{
	log_line(LOG_WARNING, "built without libseccomp");
}
#endif

/* What was found in force and what not, each as a list in words. */
struct finding {
	char	holds[LIST_SIZE], lacks[LIST_SIZE];
};

static void
find(struct finding *finding, const char *name, bool holds)
{
	char *list = holds ? finding->holds : finding->lacks;
	size_t used = strlen(list);

	snprintf(list + used, LIST_SIZE - used, "%s%s", used > 0 ? ", " : "",
	    name);
}

void
confine_worker(bool filter)
{
	struct finding finding = { "", "" };

	for (size_t i = 0; i < BOUND_COUNT; i++) {
		if (filter || !bounds[i].with_filter)
			bound_set(&bounds[i]);
		find(&finding, bounds[i].name, bound_holds(&bounds[i]));
	}
	find(&finding, "no new rights",
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	find(&finding, "no debugger",
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	/* The log's time wants a file, once. */
	tzset();
	if (filter)
		filter_load();
	find(&finding, "system calls filtered",
	    prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == FILTERED);
	log_line(LOG_INFO, "confined: %s", finding.holds);
	if (finding.lacks[0] != '\0')
		log_line(LOG_WARNING, "not confined: %s", finding.lacks);
}
