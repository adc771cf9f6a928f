/* What a program takes from itself, for good, before it hears a stranger:
 * rights, limits, and the calls to the kernel that it has no use for. */
#ifndef LIB_CONFINE_H
#define LIB_CONFINE_H

#include <stdbool.h>

/* First of all. What is held belongs in no core file and before no debugger
 * of the same account; what is started from here gains no rights; an end of
 * the other side is an error, no signal. err: false, and the rest is done. */
bool	confine_process(void);

/* Whether this runs as root, as which nothing of ours does. */
bool	confine_is_root(void);

/* A worker locks itself in: no process, few descriptors, bounded memory, and
 * with filter no call to the kernel but some thirty; any other kills it
 * (SIGSYS). All files have been read, for none can be opened any more. Reads
 * back what is in force and logs in one line which holds, and in a second
 * one which does not. */
void	confine_worker(bool filter);

/* A courier, which must look up names, read certificates and begin threads,
 * may yet begin no process, write no file, and look into none; what it tries
 * of these kills it. tell: log what is in force, likewise. */
void	confine_courier(bool filter, bool tell);

#endif
