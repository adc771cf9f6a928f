/* What the device tells whoever watches it: one line an event on standard
 * output, `NAME key=value …`; failures in words on standard error. */
#ifndef BIN_DEVICE_EVENT_H
#define BIN_DEVICE_EVENT_H

#include <stdbool.h>

/* The event to end after; in: static or outliving the process; NULL: none. */
void	event_until(const char *name);
/* Whether that event was told. */
bool	event_seen(void);
/* Tell an event. Control characters are printed as `?`, for values come
 * from the server and from printers. */
void	event_tell(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
/* Tell a failure. */
void	event_error(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));

#endif
