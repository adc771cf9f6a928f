/* A count before each piece says how long it is, so that it can be wiped and
 * the sum kept. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/heap.h"

union piece {
	size_t		size;
	max_align_t	alignment;
};

static struct {
	size_t		used;
	size_t		most;
	unsigned	refused;
	unsigned	fail_in;
	bool		fail_lasts;
} heap = { .most = SIZE_MAX };

static bool
is_refused(size_t size)
{
	if (heap.fail_in > 0 && --heap.fail_in == 0) {
		heap.fail_in = heap.fail_lasts ? 1 : 0;
		return true;
	}
	return size > SIZE_MAX - sizeof(union piece) ||
	    heap.used > heap.most || size > heap.most - heap.used;
}

void *
heap_new(size_t size)
{
	union piece *piece = NULL;

	if (!is_refused(size))
		piece = malloc(sizeof(*piece) + size);
	if (piece == NULL) {
		heap.refused++;
		return NULL;
	}
	piece->size = size;
	heap.used += size;
	return piece + 1;
}

void
heap_free(void *bytes)
{
	union piece *piece = bytes;

	if (piece == NULL)
		return;
	piece--;
	heap.used -= piece->size;
	explicit_bzero(piece + 1, piece->size);
	free(piece);
}

/* Never in place: realloc would leave the old bytes behind unwiped. */
void *
heap_resize(void *bytes, size_t size)
{
	void *moved = heap_new(size);
	size_t old;

	if (moved == NULL || bytes == NULL)
		return moved;
	old = ((union piece *)bytes - 1)->size;
	memcpy(moved, bytes, old < size ? old : size);
	heap_free(bytes);
	return moved;
}

char *
heap_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = heap_new(size);

	return copy == NULL ? NULL : memcpy(copy, text, size);
}

void
heap_bound(size_t more)
{
	heap.most = heap.used > SIZE_MAX - more ? SIZE_MAX :
	    heap.used + more;
	heap.refused = 0;
}

unsigned
heap_refused(void)
{
	return heap.refused;
}

size_t
heap_used(void)
{
	return heap.used;
}

void
heap_fail(unsigned nth, bool lasting)
{
	heap.fail_in = nth;
	heap.fail_lasts = lasting;
}
