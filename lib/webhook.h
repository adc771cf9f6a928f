/* Orders as they leave for fulfilment: the body, its signature after the
 * Standard Webhooks specification, where it may go, when to try again. */
#ifndef LIB_WEBHOOK_H
#define LIB_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

struct sockaddr;

#define WEBHOOK_SECRET_MIN	24	/* bytes, decoded */
#define WEBHOOK_SECRET_MAX	64
#define WEBHOOK_ID_SIZE		40	/* an order's UUID with its NUL */

struct webhook_secret {
	unsigned char	bytes[WEBHOOK_SECRET_MAX];
	size_t		length;
};

/* All of it stands in the store, so every attempt has the same bytes. */
struct webhook_order {
	const char	*id;
	const char	*reason;
	const char	*created_at;		/* YYYY-MM-DDTHH:MM:SSZ */
	const char	*registration;
	const char	*device_id;
	const char	*make_and_model;
	const char	*serial_number;		/* NULL: not known */
	const char	*type;
	const char	*colorant;		/* NULL: not told */
	int64_t		 slot;
	int64_t		 percent;
	bool		 test;
};

/* Read a secret. in: a file that its owner alone can read, one line of
 * whsec_ and base64 of WEBHOOK_SECRET_MIN-MAX bytes. err: false and a
 * sentence, which never tells the value; nothing is left in the secret. */
bool	webhook_secret_read(struct webhook_secret *, const char *path,
	    char *problem, size_t size);

/* The order as JSON. src: doc/protocol.md section 5. */
void	webhook_body(struct text *, const struct webhook_order *);

/* Add the value of webhook-signature: "v1,BASE64" for each secret, newest
 * first. in: an id without dots; seconds since 1970; the bytes as sent.
 * src: Standard Webhooks 1.0.0, signature scheme. */
void	webhook_sign(struct text *, const struct webhook_secret *,
	    size_t count, const char *id, int64_t timestamp,
	    const struct text *body);

/* Whether an address lies in the public internet. err: false for loopback,
 * private, shared, link-local, unique local, documentation, multicast,
 * reserved, unspecified, and all that carry an IPv4 address inside; for
 * families other than IPv4 and IPv6. src: RFC 6890 and its registries. */
bool	webhook_address_public(const struct sockaddr *);

/* Seconds until the next attempt. in: attempts begun so far, 1 or more; what
 * Retry-After asked for (0: nothing), honoured up to a day; any random
 * number. out: 0: there is none, the order has failed. */
unsigned webhook_delay_s(unsigned attempts, int64_t retry_after_s,
	    uint32_t random);

#endif
