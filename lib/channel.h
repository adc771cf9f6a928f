/* Where a request comes from and its answer goes: FastCGI, or CGI. */
#ifndef LIB_CHANNEL_H
#define LIB_CHANNEL_H

#include <fcgiapp.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

struct channel {
	FCGX_Request	*fcgi;		/* NULL: plain CGI */
	bool		 doubtful;	/* a parameter came twice */
};

/* A parameter by its name, as request_read asks for it. in: source: the
 * channel. out: NULL: there is none. Of two that libfcgi was given it tells
 * the first: which one the web server judged, nobody knows, and the channel
 * is doubtful from then on. */
const char *channel_parameter(void *source, const char *name);
/* Whether all parameters together are within what a request may have. */
bool	channel_parameters_fit(const struct channel *);

/* So many bytes of the body. out: how many came. */
size_t	channel_read(struct channel *, char *to, size_t length);
/* Whether the body goes on where it was to end. (A CGI program must not
 * look, and does not.) */
bool	channel_has_more(struct channel *);

/* Without stdio, which looks at its files first, and keeps what passed. */
void	channel_write(struct channel *, const struct text *);

#endif
