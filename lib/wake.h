/* Wake-ups: the new document goes to the channel of the version just left,
 * through nginx's publisher (nchan) on a Unix socket, over a connection that is
 * kept. */
#ifndef LIB_WAKE_H
#define LIB_WAKE_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/registration.h"

/* Tell whoever holds a connection that a registration changed. A
 * registration whose left_version is 0 did not change: nothing is sent.
 * Never fails a request: a wake-up that gets lost (logged) costs a moment,
 * never a change, because versions are asked for. Blocks 500 ms at most. */
void	wake_publish(const struct conf *, const struct registration *);

/* The same for each of the rows that a call returned, each with its own 500 ms.
 * in: repeated: db_was_repeated. Then a row that tells all, and of no change,
 * may be what the try before has changed, whose answer got lost: whoever waits
 * for it is told, too. */
void	wake_publish_all(const struct conf *, const struct registrations *,
	    bool repeated);

#endif
