/* The server's answers, read into one plain struct. */
#ifndef BIN_DEVICE_ANSWER_H
#define BIN_DEVICE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_ORDERS_MAX 32	/* as many as a device has supplies */

enum answer_kind {
	ANSWER_UNREADABLE,	/* no XML, or none of these */
	ANSWER_REGISTRATION,
	ANSWER_RECEIPT,
	ANSWER_PROBLEM
};

struct answer_order {
	char	supply[8];
	char	state[16];
	char	id[64];
};

/* What the answer did not say is "" or 0. */
struct answer {
	enum answer_kind	 kind;
	long long		 version;
	char			 state[16];
	char			 service[16];
	char			 started[32];	/* once it ever was */
	char			 token[129];
	char			 page[512];
	char			 expires[32];
	char			 accepted[12];
	char			 duplicate[12];
	char			 detail[512];
	char			 problem[128];	/* urn:tallystick:problem:… */
	struct answer_order	 orders[ANSWER_ORDERS_MAX];
	size_t			 order_count;
};

/* Read one answer; in: any bytes; out: filled always, `kind` says whether
 * the rest means anything. A value that does not fit makes it unreadable:
 * half a token is none. */
void	answer_read(struct answer *, const char *bytes, size_t length);

#endif
