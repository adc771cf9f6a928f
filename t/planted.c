/* What an attacker would try who has taken over a locked worker. Preloaded by
 * t/test_confine.py, never installed: the parameter PLANTED of a FastCGI
 * request names the call, which is made when the worker asks for its first
 * parameter, and told on standard error when the worker outlives it. Of a
 * courier it is a name in the environment, and the call is made as an attempt
 * begins.
 *
 * With CLOCK in the environment its wall clock is so many seconds ahead.
 *
 * With DUMPED in the environment all that the worker could write to is copied
 * each time it is about to wait for a request, for t/test_wiped.py: into files
 * of that name, .0 before the first request, .1 after it. (From outside nobody
 * but root could look.) With UNWIPED what should wipe wipes nothing, so that
 * the test sees what it would find. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef char *parameter_function(const char *, char **);
typedef int accept_function(FCGX_Request *);

static parameter_function *parameter;
static accept_function *next_accept;
static const char *dumped;
static char dumped_part[256];
static int maps = -1;
static bool unwiped;
static long ahead_s;

/* That file of /proc must be open before the worker closes itself to it. */
__attribute__((constructor)) static void
look_up(void)
{
	const char *ahead = getenv("CLOCK");

	ahead_s = ahead != NULL ? atol(ahead) : 0;
	/* What some libraries do: the next look-up gives back what was told
	 * of this one, by the free of lib/wipe.c, before that has found its
	 * own next. */
	dlsym(RTLD_NEXT, "nowhere_at_all");
	*(void **)&parameter = dlsym(RTLD_NEXT, "FCGX_GetParam");
	*(void **)&next_accept = dlsym(RTLD_NEXT, "FCGX_Accept_r");
	unwiped = getenv("UNWIPED") != NULL;
	if ((dumped = getenv("DUMPED")) == NULL)
		return;
	snprintf(dumped_part, sizeof(dumped_part), "%s.part", dumped);
	if ((maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)) == -1)
		abort();
}

/* Here and below nothing large stands on the stack: it would lie over what is
 * looked for. */
static char map_text[1 << 20];

static size_t
maps_read(void)
{
	size_t got = 0;
	ssize_t more;

	lseek(maps, 0, SEEK_SET);
	while ((more = read(maps, map_text + got, sizeof(map_text) - 1 - got))
	    > 0)
		got += (size_t)more;
	map_text[got] = '\0';
	return got;
}

static void
memory_write(int dump)
{
	const char *line, *end = map_text + maps_read();
	unsigned long from, to;
	char *rest;

	for (line = map_text; line < end; line = strchr(line, '\n') + 1) {
		from = strtoul(line, &rest, 16);
		to = strtoul(rest + 1, &rest, 16);
		if (strncmp(rest, " rw", 3) != 0
		    || ((unsigned long)map_text >= from
			&& (unsigned long)map_text < to))
			continue;
		if (write(dump, (void *)from, to - from)
		    != (ssize_t)(to - from))
			abort();
	}
}

/* Under its name once it is whole. */
static void
memory_dump(void)
{
	static char whole[256];
	static unsigned number;
	int dump = open(dumped_part, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (dump == -1)
		abort();
	memory_write(dump);
	snprintf(whole, sizeof(whole), "%s.%u", dumped, number++);
	if (close(dump) == -1 || rename(dumped_part, whole) == -1)
		abort();
}

int
FCGX_Accept_r(FCGX_Request *request)
{
	if (dumped != NULL)
		memory_dump();
	return next_accept(request);
}

/* The C library's, by either name, and libsodium's. */
void
explicit_bzero(void *memory, size_t length)
{
	if (!unwiped)
		memset(memory, 0, length);
	__asm__ volatile ("" : : "r" (memory) : "memory");
}

void
__explicit_bzero_chk(void *memory, size_t length, size_t space)
{
	if (length > space)
		abort();
	explicit_bzero(memory, length);
}

void
sodium_memzero(void *const memory, const size_t length)
{
	explicit_bzero(memory, length);
}

void
sodium_stackzero(const size_t length)
{
	explicit_bzero(__builtin_alloca(length), length);
}

time_t
time(time_t *to)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += ahead_s;
	if (to != NULL)
		*to = now.tv_sec;
	return now.tv_sec;
}

/* In its child, so that the worker goes on where it is allowed. */
static long
run_true(int child)
{
	char *const words[] = { "true", NULL };
	int status;

	if (child == 0)
		_exit(execve("/bin/true", words, words + 1));
	return waitpid(child, &status, 0) == child ? status : -1;
}

static long
plant(const char *what)
{
	char *const words[] = { "/bin/true", NULL };
	void *page;

	if (strcmp(what, "open") == 0)
		return open("/etc/hostname", O_RDONLY);
	if (strcmp(what, "write") == 0)
		return open("/dev/null", O_WRONLY);
	if (strcmp(what, "openat2") == 0)
		return syscall(SYS_openat2, AT_FDCWD, "/etc", NULL, 0);
	if (strcmp(what, "execve") == 0)
		return execve("/nowhere/at/all", words, words + 1);
	if (strcmp(what, "fork") == 0)
		return run_true(fork());
	if (strcmp(what, "netlink") == 0)
		return socket(AF_NETLINK, SOCK_RAW, 0);
	if (strcmp(what, "packet") == 0)
		return socket(AF_PACKET, SOCK_RAW, 0);
	if (strcmp(what, "ptrace") == 0)
		return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	if (strcmp(what, "dumpable") == 0)
		return prctl(PR_SET_DUMPABLE, 1);
	if (strcmp(what, "kill") == 0)
		return kill(getppid(), 0);
	if (strcmp(what, "unlink") == 0)
		return unlink("/nowhere/at/all");
	if (strcmp(what, "io_uring") == 0)
		return syscall(SYS_io_uring_setup, 1, NULL);
	if (strcmp(what, "i386") == 0) {
		/* getpid by the door of 32-bit programs. */
		long number = 20;

		__asm__ volatile ("int $0x80" : "+a" (number) : : "memory");
		return number;
	}
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (strcmp(what, "mprotect") == 0)
		return mprotect(page, 4096, PROT_READ | PROT_EXEC);
	if (strcmp(what, "mmap") == 0)
		return (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* What every request does, so that the means itself is seen to be
	 * harmless. */
	if (strcmp(what, "socket") == 0)
		return socket(AF_UNIX, SOCK_STREAM, 0);
	return -1;
}

static void
plant_told(const char *what)
{
	char line[80];
	long came;

	errno = 0;
	came = plant(what);
	snprintf(line, sizeof(line), "planted %s: %ld, error %d\n", what,
	    came, errno);
	if (write(STDERR_FILENO, line, strlen(line)) == -1)
		abort();
}

int
curl_multi_add_handle(void *multi, void *easy)
{
	int (*next)(void *, void *) = dlsym(RTLD_NEXT,
	    "curl_multi_add_handle");

	if (getenv("PLANTED") != NULL)
		plant_told(getenv("PLANTED"));
	return next(multi, easy);
}

char *
FCGX_GetParam(const char *name, char **parameters)
{
	const char *what = strcmp(name, "REQUEST_METHOD") == 0
	    ? parameter("PLANTED", parameters) : NULL;

	if (what != NULL)
		plant_told(what);
	return parameter(name, parameters);
}
