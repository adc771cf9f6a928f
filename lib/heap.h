/* Memory with a bound, wiped as it is given back: for the XML parser, whose
 * buffers hold what strangers sent, codes among it. One thread. */
#ifndef LIB_HEAP_H
#define LIB_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* As malloc, realloc, strdup and free. err: NULL, counted as refused, when
 * the bound would be passed or the system has no more. */
void	*heap_new(size_t);
void	*heap_resize(void *, size_t);
char	*heap_copy(const char *);
void	 heap_free(void *);

/* From now on give out this much more at most, and count refusals from 0. */
void	 heap_bound(size_t more);
/* How often something was refused since heap_bound. */
unsigned heap_refused(void);
/* How much is given out. */
size_t	 heap_used(void);

/* For tests: refuse the nth from now (from 1; 0: none), and with lasting set
 * all that follow. */
void	 heap_fail(unsigned nth, bool lasting);

#endif
