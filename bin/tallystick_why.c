#include "bin/tallystick_why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bin/tallystick.h"
#include "bin/tallystick_print.h"
#include "lib/text.h"

#define SHOWN_MAX	16

enum { STATEMENT_REGISTRATIONS, STATEMENT_SUPPLIES, STATEMENT__MAX };

#define TIME(column)	"DATE_FORMAT(" column ", '%Y-%m-%dT%H:%i:%sZ')"

static const struct db_statement statements[STATEMENT__MAX] = {
	/* Who is paired first, then who pends: strangers can register under
	 * any DeviceId, and must not crowd out the one that is asked for. */
	[STATEMENT_REGISTRATIONS] = {
	    "SELECT r.id, r.make_and_model, r.serial_number,"
	    " IF(r.state = 'pending' AND r.expires_at <= UTC_TIMESTAMP(),"
	    "  'ended', r.state) AS stands, r.service, r.ended_by, "
	    TIME("r.paired_at") ", " TIME("r.started_at") ", "
	    TIME("r.seen_at") ", " TIME("r.ended_at") ","
	    " (SELECT COUNT(*) FROM job WHERE line = r.line),"
	    " (SELECT " TIME("MAX(received_at)") " FROM job"
	    "  WHERE line = r.line)"
	    " FROM registration r"
	    " WHERE r.device = CRC32(?) AND r.device_id = ?"
	    " ORDER BY r.live DESC, r.id DESC LIMIT 16", 2 },
	[STATEMENT_SUPPLIES] = {
	    "SELECT s.slot, CONCAT_WS(' ', s.colorant, s.type), s.class,"
	    " s.unit, s.max_capacity, s.level, " TIME("s.reported_at") ","
	    " s.episode, s.serial_number, o.uuid, o.state, o.attempts,"
	    " o.last_answer, " TIME("o.created_at") ", " TIME("o.changed_at")
	    ", " TIME("o.due_at") ", o.reason"
	    " FROM registration r JOIN supply_now s ON s.registration = r.id"
	    " LEFT JOIN supply_order o ON o.line = s.line"
	    "  AND o.slot = s.slot AND o.episode = s.episode"
	    " WHERE r.id = ? ORDER BY s.slot", 1 },
};

/* Columns of the two, in order. */
enum {
	R_ID, R_MODEL, R_SERIAL, R_STATE, R_SERVICE, R_ENDED_BY, R_PAIRED_AT,
	R_STARTED_AT, R_SEEN_AT, R_ENDED_AT, R_JOBS, R_NEWEST_JOB
};
enum {
	S_SLOT, S_WHAT, S_CLASS, S_UNIT, S_CAPACITY, S_LEVEL, S_REPORTED_AT,
	S_EPISODE, S_SERIAL, O_ID, O_STATE, O_ATTEMPTS, O_ANSWER,
	O_CREATED_AT, O_CHANGED_AT, O_DUE_AT, O_REASON
};

struct why {
	const struct conf	*conf;
	int64_t			 paired[SHOWN_MAX];
	bool			 started[SHOWN_MAX];
	struct text		 heads[SHOWN_MAX];
	unsigned		 count, supplies;
	bool			 service_started;	/* of the one told */
};

static bool
is(const struct db_value *value, const char *string)
{
	return value->type == DB_BYTES && strcmp(value->bytes, string) == 0;
}

/* What is said of a registration before its supplies. */
static void
head_write(struct text *head, const struct db_value *c)
{
	text_addf(head, "Registration %" PRId64 ", %s", db_to_integer(&c[R_ID]),
	    print_safe(&c[R_MODEL]));
	if (c[R_SERIAL].length > 0)
		text_addf(head, ", serial number %s",
		    print_safe(&c[R_SERIAL]));
	if (is(&c[R_STATE], "paired")) {
		text_addf(head, ": paired since %s, ",
		    print_safe(&c[R_PAIRED_AT]));
		if (is(&c[R_SERVICE], "started"))
			text_addf(head, "service started since %s, ",
			    print_safe(&c[R_STARTED_AT]));
		else
			text_add(head, "service stopped, ");
		text_addf(head, "last seen %s.\n  %" PRId64 " jobs reported",
		    print_safe(&c[R_SEEN_AT]), db_to_integer(&c[R_JOBS]));
		if (db_to_integer(&c[R_JOBS]) > 0)
			text_addf(head, ", the newest %s",
			    print_safe(&c[R_NEWEST_JOB]));
		text_add(head, ".\n");
	} else if (is(&c[R_STATE], "pending")) {
		text_add(head, ": pending. Nothing is ordered until its code "
		    "is typed into a browser.\n");
	} else {
		text_addf(head, ": ended %s, by %s. Nothing is ordered.\n",
		    print_safe(&c[R_ENDED_AT]),
		    c[R_ENDED_BY].length > 0 ? print_safe(&c[R_ENDED_BY])
					     : "expired");
	}
}

static enum error
registration_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct why *why = arg;

	(void)set;
	(void)count;
	if (row == 0)
		why->count = 0;
	/* Of those that ended only the newest, and only if it is all. */
	if (is(&columns[R_STATE], "ended") && why->count > 0)
		return ERROR_NONE;
	why->paired[why->count] = is(&columns[R_STATE], "paired")
	    ? db_to_integer(&columns[R_ID]) : 0;
	why->started[why->count] = is(&columns[R_SERVICE], "started");
	text_clear(&why->heads[why->count]);
	head_write(&why->heads[why->count++], columns);
	return ERROR_NONE;
}

static void
order_tell(const struct conf *conf, const struct db_value *c)
{
	const char *id = print_safe(&c[O_ID]);

	printf("    Ordered %s: %s.\n    Order %s ",
	    print_safe(&c[O_CREATED_AT]), print_safe(&c[O_REASON]), id);
	if (is(&c[O_STATE], "queued") && conf->webhook_url[0] == '\0') {
		printf("stays queued: webhook-url is not set.\n");
	} else if (is(&c[O_STATE], "queued")) {
		printf("is queued, attempts so far: %" PRId64 "; ",
		    db_to_integer(&c[O_ATTEMPTS]));
		if (c[O_ANSWER].length > 0)
			printf("the last answered '%s', ",
			    print_safe(&c[O_ANSWER]));
		printf("the next is due %s.\n", print_safe(&c[O_DUE_AT]));
	} else if (is(&c[O_STATE], "failed")) {
		printf("failed %s, attempts: %" PRId64 ", the last "
		    "answered '%s'.\n    'tallystick orders retry %s' sends "
		    "it again.\n", print_safe(&c[O_CHANGED_AT]),
		    db_to_integer(&c[O_ATTEMPTS]), print_safe(&c[O_ANSWER]),
		    id);
	} else if (is(&c[O_STATE], "cancelled")) {
		printf("was cancelled %s, when the pairing ended.\n",
		    print_safe(&c[O_CHANGED_AT]));
	} else {
		printf("was %s %s (attempt %" PRId64 ", '%s').\n",
		    print_safe(&c[O_STATE]), print_safe(&c[O_CHANGED_AT]),
		    db_to_integer(&c[O_ATTEMPTS]), print_safe(&c[O_ANSWER]));
	}
	printf("    It is not ordered again until its level is seen at or "
	    "above %u %%, or another\n    cartridge is seen.\n",
	    conf->refilled_at_percent);
}

/* Why there is no order, the first reason that holds. */
static void
no_order_tell(const struct why *why, const struct db_value *c)
{
	const unsigned at = why->conf->order_at_percent;
	int64_t level = db_to_integer(&c[S_LEVEL]);
	int64_t capacity = db_to_integer(&c[S_CAPACITY]);

	printf("    Not ordered: ");
	if (!is(&c[S_CLASS], "supplyThatIsConsumed"))
		printf("receptacles are not ordered.\n");
	else if (level < 0)
		printf("the device does not know its level (%s), and that is "
		    "never low.\n", level == -3 ? "some remains"
		    : level == -2 ? "unknown" : "other");
	else if (capacity <= 0)
		printf("its capacity is not known, so no level of it is "
		    "low.\n");
	else if (level > capacity)
		printf("a level above the capacity is kept but not "
		    "believed.\n");
	else if (level * 100 > capacity * at)
		printf("%" PRId64 " %% is above %u %%.\n",
		    level * 100 / capacity, at);
	else if (!why->service_started)
		printf("it is at or under %u %%, but the service is stopped; "
		    "it is ordered when\n    the device sends its "
		    "instruction.\n", at);
	else
		printf("it is at or under %u %% and is ordered at the "
		    "device's next report.\n", at);
}

static enum error
supply_row(void *arg, unsigned set, unsigned row, const struct db_value *c,
    unsigned count)
{
	struct why *why = arg;

	(void)set;
	(void)row;
	(void)count;
	why->supplies++;
	printf("  Supply %" PRId64 ", %s: level %" PRId64 " of %" PRId64
	    " %s, reported %s", db_to_integer(&c[S_SLOT]),
	    print_safe(&c[S_WHAT]), db_to_integer(&c[S_LEVEL]),
	    db_to_integer(&c[S_CAPACITY]), print_safe(&c[S_UNIT]),
	    print_safe(&c[S_REPORTED_AT]));
	if (c[S_EPISODE].type != DB_NULL)
		printf("; episode %" PRId64, db_to_integer(&c[S_EPISODE]));
	if (c[S_SERIAL].length > 0)
		printf("; cartridge %s", print_safe(&c[S_SERIAL]));
	printf(".\n");
	if (c[O_ID].type != DB_NULL)
		order_tell(why->conf, c);
	else
		no_order_tell(why, c);
	return ERROR_NONE;
}

static bool
registrations_tell(struct why *why, struct db *db)
{
	for (unsigned i = 0; i < why->count; i++) {
		fputs(why->heads[i].bytes, stdout);
		if (why->paired[i] == 0)
			continue;
		why->supplies = 0;
		why->service_started = why->started[i];
		if (db_call(db, STATEMENT_SUPPLIES,
			(struct db_value[]){ db_integer(why->paired[i]) },
			supply_row, why) != ERROR_NONE)
			return false;
		if (why->supplies == 0)
			printf("  No supply is known: the device has reported"
			    " none.\n");
	}
	return true;
}

int
why_tell(const struct conf *conf, const char *device_id)
{
	struct why why = { .conf = conf };
	struct db *db = operator_open(conf, statements, STATEMENT__MAX);
	int status = STATUS_FAILED;

	if (db == NULL)
		return STATUS_FAILED;
	if (db_call(db, STATEMENT_REGISTRATIONS,
		(struct db_value[]){ db_string(device_id),
		    db_string(device_id) }, registration_row, &why)
	    != ERROR_NONE)
		goto out;
	if (why.count == 0)
		fprintf(stderr, "tallystick: no device with this DeviceId has "
		    "registered\n");
	else if (registrations_tell(&why, db))
		status = 0;
out:
	for (unsigned i = 0; i < SHOWN_MAX; i++)
		text_free(&why.heads[i]);
	db_close(db);
	return status;
}
