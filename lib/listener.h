/* The socket that a web server speaks to us through. Whoever else reaches it
 * tells us any address, and speaks to libfcgi itself. */
#ifndef LIB_LISTENER_H
#define LIB_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the listening socket is open to no more than a group. err: false
 * and a sentence: it is none of a path (TCP, say), or everybody may connect
 * and enter its folder. */
bool	listener_is_private(int fd, char *problem, size_t size);

#endif
