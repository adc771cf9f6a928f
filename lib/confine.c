/* Memory that can be executed is never given out, and sockets reach only
 * where the database and the wake-up socket can be. The address that is
 * connected to is behind a pointer, which no filter can follow: the systemd
 * units hold that. */
#include "lib/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_SECCOMP
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#endif

#include "lib/log.h"

#define MEMORY_MAX	(64 * 1024 * 1024)	/* bytes of data, all told */
#define DESCRIPTORS_MAX	64
#define LIST_SIZE	256

#define MAKING_S	5	/* the most for the filter */
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

enum filter { FILTER_WORKER, FILTER_COURIER };

#ifdef HAVE_SECCOMP
#define COUNT(list)	(sizeof(list) / sizeof((list)[0]))

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

/* These return 0 or, as libseccomp does, an error number below it. */
static int
list_add(scmp_filter_ctx filter, uint32_t action, const int *list,
    size_t count)
{
	int error = 0;

	while (error == 0 && count-- > 0)
		error = seccomp_rule_add(filter, action, list[count], 0);
	return error;
}

static int
conditionals_add(scmp_filter_ctx filter, uint32_t action,
    const struct conditional *each, size_t count)
{
	int error = 0;

	for (; error == 0 && count > 0; each++, count--)
		error = seccomp_rule_add(filter, action, each->call, 1,
		    SCMP_CMP(each->argument, SCMP_CMP_MASKED_EQ, each->mask,
		    each->value));
	return error;
}

static int
needs_add(scmp_filter_ctx filter)
{
	int error = list_add(filter, SCMP_ACT_ALLOW, calls, COUNT(calls));

	if (error == 0)
		error = conditionals_add(filter, SCMP_ACT_ALLOW, conditionals,
		    COUNT(conditionals));
	return error;
}

/* What nothing that talks to the outside has to do: another program, a look
 * into another process, a change of the machine, of files or of rights. (What
 * libcurl and the resolver call is theirs to change from one release and one
 * nsswitch.conf to the next: a list of what they may would kill couriers.) */
static const int refused_calls[] = {
	SCMP_SYS(acct), SCMP_SYS(add_key), SCMP_SYS(adjtimex), SCMP_SYS(bpf),
	SCMP_SYS(chmod), SCMP_SYS(chown), SCMP_SYS(chroot),
	SCMP_SYS(clock_adjtime), SCMP_SYS(clock_settime), SCMP_SYS(creat),
	SCMP_SYS(delete_module), SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown),
	SCMP_SYS(fchownat), SCMP_SYS(finit_module), SCMP_SYS(fork),
	SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fsopen),
	SCMP_SYS(init_module), SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register), SCMP_SYS(io_uring_setup),
	SCMP_SYS(ioperm), SCMP_SYS(iopl), SCMP_SYS(kcmp),
	SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load), SCMP_SYS(keyctl),
	SCMP_SYS(kill), SCMP_SYS(lchown), SCMP_SYS(link), SCMP_SYS(linkat),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(mknod),
	SCMP_SYS(mknodat), SCMP_SYS(mount), SCMP_SYS(mount_setattr),
	SCMP_SYS(move_mount), SCMP_SYS(name_to_handle_at),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(open_tree), SCMP_SYS(openat2),
	SCMP_SYS(perf_event_open), SCMP_SYS(personality),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(pivot_root), SCMP_SYS(process_madvise),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace), SCMP_SYS(quotactl), SCMP_SYS(reboot),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(request_key), SCMP_SYS(rmdir), SCMP_SYS(setdomainname),
	SCMP_SYS(sethostname), SCMP_SYS(setns), SCMP_SYS(settimeofday),
	SCMP_SYS(swapoff), SCMP_SYS(swapon), SCMP_SYS(symlink),
	SCMP_SYS(symlinkat), SCMP_SYS(tkill), SCMP_SYS(truncate),
	SCMP_SYS(umount2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(unshare), SCMP_SYS(userfaultfd), SCMP_SYS(vfork),
	SCMP_SYS(vhangup),
};

/* Refused with an argument of this value alone: a file that is not only read,
 * a process that is no thread, memory that code is written to, an end of the
 * rule that no debugger may look. */
static const struct conditional refused_conditionals[] = {
	{ SCMP_SYS(clone), 0, CLONE_THREAD, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, PROT_EXEC },
	{ SCMP_SYS(open), 1, O_ACCMODE, O_WRONLY },
	{ SCMP_SYS(open), 1, O_ACCMODE, O_RDWR },
	{ SCMP_SYS(open), 1, O_CREAT, O_CREAT },
	{ SCMP_SYS(openat), 2, O_ACCMODE, O_WRONLY },
	{ SCMP_SYS(openat), 2, O_ACCMODE, O_RDWR },
	{ SCMP_SYS(openat), 2, O_CREAT, O_CREAT },
	{ SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_DUMPABLE },
};

/* The flags of clone3 lie behind a pointer: without it the C library takes
 * clone. */
static int
refusals_add(scmp_filter_ctx filter)
{
	int error = list_add(filter, SCMP_ACT_KILL_PROCESS, refused_calls,
	    COUNT(refused_calls));

	if (error == 0)
		error = conditionals_add(filter, SCMP_ACT_KILL_PROCESS,
		    refused_conditionals, COUNT(refused_conditionals));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
		    SCMP_SYS(mmap), 2, SCMP_CMP(2, SCMP_CMP_MASKED_EQ,
		    PROT_EXEC, PROT_EXEC), SCMP_CMP(3, SCMP_CMP_MASKED_EQ,
		    MAP_ANONYMOUS, MAP_ANONYMOUS));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
		    SCMP_SYS(socket), 1, SCMP_CMP(0, SCMP_CMP_GT,
		    AF_NETLINK));
	return error;
}

/* in: an empty file that takes what the kernel will run. */
static int
program_make(enum filter kind, int file)
{
	scmp_filter_ctx filter = seccomp_init(kind == FILTER_WORKER
	    ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	int error;

	if (filter == NULL)
		return -ENOMEM;
	error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (error == 0)
		error = kind == FILTER_WORKER ? needs_add(filter)
					      : refusals_add(filter);
	if (error == 0)
		error = seccomp_export_bpf(filter, file);
	if (error == 0)
		seccomp_release(filter);
	return error;
}

static bool
program_take(int file)
{
	static struct sock_filter code[BPF_MAXINSNS];
	ssize_t length = pread(file, code, sizeof(code), 0);
	struct sock_fprog program = { .filter = code,
		.len = (unsigned short)(length > 0
		    ? (size_t)length / sizeof(code[0]) : 0) };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Without memory libseccomp 2.5.4 frees what it has freed, and then may go
 * round for ever: nobody goes on after it, a signal ends that, and whoever
 * starts us starts another. A kernel that takes no filter is told of. */
static void
filter_load(enum filter kind)
{
	int error, file = memfd_create("filter", MFD_CLOEXEC);

	alarm(MAKING_S);
	if (file != -1 && (error = program_make(kind, file)) != 0) {
		log_line(LOG_ERROR, "the filter of system calls cannot be "
		    "made: %s (without it: system-call-filter = off)",
		    strerror(-error));
		_exit(EXIT_FAILURE);
	}
	alarm(0);
	if (file == -1 || !program_take(file))
		log_line(LOG_WARNING, "the filter of system calls was not "
		    "taken: %s", strerror(errno));
	if (file != -1)
		close(file);
}
#else
static void
filter_load(enum filter kind)
{
	(void)kind;
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

/* What is the same for all, and then the filter. */
static void
rest_find(struct finding *finding, enum filter kind, bool filter)
{
	find(finding, "no new rights",
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	find(finding, "no debugger",
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	/* The log's time wants a file, once. */
	tzset();
	if (filter)
		filter_load(kind);
	find(finding, "system calls filtered",
	    prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == FILTERED);
}

static void
finding_log(const struct finding *finding)
{
	log_line(LOG_INFO, "confined: %s", finding->holds);
	if (finding->lacks[0] != '\0')
		log_line(LOG_WARNING, "not confined: %s", finding->lacks);
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
	rest_find(&finding, FILTER_WORKER, filter);
	finding_log(&finding);
}

void
confine_courier(bool filter, bool tell)
{
	struct finding finding = { "", "" };

	find(&finding, bounds[0].name, bound_holds(&bounds[0]));
	rest_find(&finding, FILTER_COURIER, filter);
	if (tell)
		finding_log(&finding);
}
