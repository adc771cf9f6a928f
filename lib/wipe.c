/* The C library lets a program bring a free and a realloc of its own, and
 * calls them itself. The next ones are looked up, not named, so that valgrind
 * and preloaded libraries that count or refuse memory keep working. Sanitizers
 * bring their own, and keep what is given back for their reports. */
#include "lib/wipe.h"

#include <dlfcn.h>
#include <malloc.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH	(64 * 1024)	/* bytes */

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__	1
#endif
#endif

void
wipe_stack(void)
{
	sodium_stackzero(DEPTH);
}

#ifndef __SANITIZE_ADDRESS__
void
free(void *memory)
{
	static void (*next)(void *);
	static bool looking;

	if (memory == NULL)
		return;
	explicit_bzero(memory, malloc_usable_size(memory));
	/* The look-up begins with giving back what was told of one that
	 * failed: that comes here again, and is left. */
	if (next == NULL && !looking) {
		looking = true;
		*(void **)&next = dlsym(RTLD_NEXT, "free");
	}
	if (next != NULL)
		next(memory);
}

/* Never moved by the library, which would leave the old place as it is. */
void *
realloc(void *memory, size_t size)
{
	size_t old = memory != NULL ? malloc_usable_size(memory) : 0;
	void *moved;

	if (memory != NULL && size > 0 && size <= old && size >= old / 2)
		return memory;
	if (memory != NULL && size == 0) {
		free(memory);
		return NULL;
	}
	if ((moved = malloc(size)) == NULL)
		return NULL;
	if (memory != NULL)
		memcpy(moved, memory, old < size ? old : size);
	free(memory);
	return moved;
}
#endif
