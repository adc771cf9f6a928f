/* A registration as the procedures return it, and its document. */
#ifndef LIB_REGISTRATION_H
#define LIB_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/db.h"
#include "lib/text.h"

/* Columns of the view registration_document, in its order; the sets of each
 * procedure begin with outcome, left_version, then these. */
enum registration_column {
	REGISTRATION_OUTCOME,
	REGISTRATION_LEFT_VERSION,
	REGISTRATION_ID,
	REGISTRATION_VERSION,
	REGISTRATION_STATE,
	REGISTRATION_SERVICE,
	REGISTRATION_ORDERS,
	REGISTRATION_EXPIRES_AT,
	REGISTRATION_DEVICE_ID,
	REGISTRATION_PAIRED_AT,
	REGISTRATION_STARTED_AT,
	REGISTRATION_MAKE_AND_MODEL,
	REGISTRATION_SERIAL_NUMBER,
	REGISTRATION_ENDED_BY,
	REGISTRATION_SEEN_AT,
	REGISTRATION__MAX
};

struct registration {
	char	 outcome[24];
	uint32_t left_version;		/* the version just left; 0: unchanged */
	uint64_t id;			/* 0: the outcome stands alone */
	char	 device_id[129];
	char	 make_and_model[509];
	char	 serial_number[257];	/* "": none */
	char	 state[8];		/* pending paired ended */
	char	 service[8];		/* stopped started */
	char	 ended_by[12];		/* "", user device superseded replaced
					 * expired operator */
	uint32_t version;
	char	 expires_at[21];	/* times: YYYY-MM-DDTHH:MM:SSZ or "" */
	char	 paired_at[21];
	char	 started_at[21];
	char	 seen_at[21];
	char	 orders[4096];		/* lines "SLOT STATE ID", by slot,
					 * 64 at most */
};

/* From a row with the first of the columns; what the others would tell is
 * empty. */
void	registration_read(struct registration *, const struct db_value *,
	    unsigned count);

/* The rows of all sets: the registration asked for, then others that
 * changed. */
#define REGISTRATIONS_MAX	4
struct registrations {
	struct registration	row[REGISTRATIONS_MAX];
	unsigned		count;
};
/* A db_row for procedures whose only set these are. in: arg: the struct. */
enum error registrations_take(void *arg, unsigned set, unsigned row,
	    const struct db_value *, unsigned count);
/* What a device is told of an outcome; ERROR_NONE: ok. */
enum error registration_error(const struct registration *);
/* Call a procedure for a device. out: the rows, the device's own first.
 * err: db_call's, or that of the first row's outcome. */
enum error registrations_call(struct db *, size_t statement,
	    const struct db_value *, struct registrations *);

/* The <Registration> document. in: token: NULL, or it is told (register
 * only); base_url for PairingPage. src: doc/protocol.md section 3. */
void	registration_write(struct text *, const struct registration *,
	    const char *base_url, const char *token);
/* One line of registration.orders. */
struct registration_order {
	char	slot[6];
	char	state[12];
	char	id[40];
};
/* Take the next from a text that begins as registration.orders; out: false:
 * there is none. */
bool	registration_next_order(const char **orders,
	    struct registration_order *);

/* Its <Order> elements alone (report's receipt). */
void	registration_write_orders(struct text *, const struct registration *);

/* The channel on which a registration's change is told: "ID.VERSION". */
#define REGISTRATION_CHANNEL_SIZE	40
void	registration_channel(const struct registration *, uint32_t version,
	    char channel[static REGISTRATION_CHANNEL_SIZE]);

#endif
