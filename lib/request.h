/* One HTTP request in memory, whole, before any handler sees it. */
#ifndef LIB_REQUEST_H
#define LIB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/token.h"

#define REQUEST_ADDRESS_SIZE	16
#define REQUEST_LENGTH_MAX	((size_t)-1 / 2)

struct request {
	const char	*method;	/* "GET" */
	const char	*query;		/* without '?', "" */
	const char	*content_type;	/* "" */
	const char	*token;		/* the bearer's; NULL: none sent */
	const char	*cookie;	/* Cookie header, "" */
	const char	*accept;	/* "" */
	const char	*accept_language; /* "" */
	const char	*origin;	/* NULL: no header */
	const char	*fetch_site;	/* NULL: no header */
	const char	*last_event_id;	/* "" */
	const char	*address_text;	/* REMOTE_ADDR; "-": no address */
	unsigned char	 address[REQUEST_ADDRESS_SIZE]; /* IPv4, 4 bytes, or the
					 * /64 of an IPv6, 8 bytes */
	size_t		 address_length;
	char		*body;		/* ended by a NUL beyond its length */
	size_t		 length;
};

/* One parameter of the web server, NULL: not sent. */
typedef const char *request_parameter(void *source, const char *name);

/* Fill it from the web server's parameters; body and length stay empty.
 * out: pointers into the source. */
void	request_read(struct request *, request_parameter *, void *source);

/* CONTENT_LENGTH. out: 0 when there is none; REQUEST_LENGTH_MAX for more.
 * err: false, and 0, when it is no whole number. */
bool	request_length(request_parameter *, void *source, size_t *length);

/* Whether the Content-Type is one of a NULL-ended list, parameters aside. */
bool	request_type_is(const struct request *, const char *const *types);

/* Whether a header such as Accept names this media type. */
bool	request_accepts(const struct request *, const char *type);

#endif
