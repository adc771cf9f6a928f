/* An allocator for LD_PRELOAD whose n-th call fails, once or from then on.
 * The file named in SCARCE_FILE, shared with the test, says which and counts:
 * so a test arms it between two requests of a worker that runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static struct control {
	uint32_t	fail_in;	/* 0: never, 1: the next */
	uint32_t	lasting;	/* and all that follow */
	uint32_t	calls;
	uint32_t	refused;
} idle, *control = &idle;

__attribute__((constructor)) static void
control_open(void)
{
	const char *path = getenv("SCARCE_FILE");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared;

	if (fd == -1)
		return;
	shared = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (shared != MAP_FAILED)
		control = shared;
	close(fd);
}

static int
is_refused(void)
{
	control->calls++;
	if (control->fail_in == 0 || --control->fail_in > 0)
		return 0;
	control->fail_in = control->lasting ? 1 : 0;
	control->refused++;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *bytes, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(bytes, size);
}
