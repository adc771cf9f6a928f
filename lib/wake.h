/* Wake-ups: the new document goes to the channel of the version just left,
 * through nginx's publisher (nchan) on a Unix socket, over a connection that is
 * kept. */
#ifndef LIB_WAKE_H
#define LIB_WAKE_H

#include "lib/conf.h"
#include "lib/registration.h"

/* Tell whoever holds a connection that a registration changed. A
 * registration whose left_version is 0 did not change: nothing is sent.
 * Never fails a request: a wake-up that gets lost (logged) costs a moment,
 * never a change, because versions are asked for. Blocks 500 ms at most. */
void	wake_publish(const struct conf *, const struct registration *);

/* The same for each of the rows that a call returned. A row that tells all, and
 * of no change, may be what the same call changed before, whose answer or
 * wake-up got lost: who waits at any of the last four versions is told, too.
 * Each wake-up has its own 500 ms; after one that got lost the row has no
 * other. */
void	wake_publish_all(const struct conf *, const struct registrations *);

#endif
