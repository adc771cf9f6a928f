/* tallystick deliver: orders leave for fulfilment. Any number of couriers may
 * run: each order is taken under a lease longer than an attempt can last. */
#include "bin/tallystick.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bin/tallystick_flight.h"
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/registration.h"
#include "lib/wake.h"

/* At a time. Who is sent again keeps nobody from his first attempt. */
#define FIRST_MAX	48
#define AGAIN_MAX	16
#define FLIGHTS_MAX	(FIRST_MAX + AGAIN_MAX)
#define KEPT_OPEN_MAX	16	/* connections, between attempts */
#define LEASE_S		60
#define IDLE_MS		400	/* between two looks when nothing was due */
#define BACKOFF_MS	1000	/* at first, while the database is away */
#define BACKOFF_MAX_MS	5000
#define STOP_MS		25000	/* for what is in flight, then it ends */
#define ROUNDING_S	1	/* the store's clock drops fractions */

enum { STATEMENT_CLAIM, STATEMENT_RECORD, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_CLAIM] = { "CALL claim_orders(?, ?, ?, ?)", 4 },
	[STATEMENT_RECORD] = { "CALL record_attempt(?, ?, ?, ?, ?, ?)", 6 },
};

struct courier {
	const struct conf	*conf;
	struct db		*db;
	CURLM			*multi;
	struct post_target	 target;
	struct flight		*flights;
	unsigned		 flight_count;
	unsigned char		 owner[FLIGHT_OWNER_SIZE]; /* of this claim */
	struct flight		*claimed;
	int64_t			 claim_at_ms;
	bool			 full;	/* more may be due than was claimed */
	int64_t			 database_at_ms;	/* not before */
	unsigned		 backoff_ms;
	unsigned		 delivered, again, failed;
	int64_t			 stop_at_ms;	/* 0: nobody asked */
	bool			 watch, lost;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A row of claim_orders. */
static enum error
claim_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct courier *courier = arg;
	struct flight *flight;

	if (set != 0)
		return ERROR_NONE;
	if (row == 0)
		flights_free(&courier->claimed);
	flight = flight_make(columns, count, courier->owner);
	flight->next = courier->claimed;
	courier->claimed = flight;
	return ERROR_NONE;
}

static bool
all_answered(const struct courier *courier)
{
	const struct flight *flight = courier->flights;

	while (flight != NULL && flight->answered)
		flight = flight->next;
	return flight == NULL;
}

/* Wait longer after each failure, and say so once. Without --watch it claims
 * no more, and waits no longer than for what is in flight. */
static void
database_lost(struct courier *courier)
{
	if (courier->backoff_ms == 0)
		log_line(LOG_WARNING, "deliver: the database is away, orders "
		    "wait");
	courier->backoff_ms = courier->backoff_ms * 2 + BACKOFF_MS;
	if (courier->backoff_ms > BACKOFF_MAX_MS)
		courier->backoff_ms = BACKOFF_MAX_MS;
	courier->database_at_ms = now_ms() + courier->backoff_ms;
	if (courier->watch || courier->stop_at_ms != 0)
		return;
	courier->lost = true;
	courier->stop_at_ms = now_ms()
	    + (all_answered(courier) ? BACKOFF_MAX_MS : STOP_MS);
}

static void
database_found(struct courier *courier)
{
	if (courier->backoff_ms != 0)
		log_line(LOG_INFO, "deliver: the database is back");
	courier->backoff_ms = 0;
	courier->database_at_ms = 0;
}

static unsigned
room(const struct courier *courier, bool again, unsigned most)
{
	unsigned taken = flights_count(courier->flights, again);

	return taken < most ? most - taken : 0;
}

/* Send off what was claimed. out: how many. */
static unsigned
claimed_post(struct courier *courier)
{
	struct flight *flight;
	unsigned count = 0;

	for (; (flight = courier->claimed) != NULL; count++) {
		courier->claimed = flight->next;
		if (!post_start(&flight->post, courier->multi,
			&courier->target, flight->id, &flight->body, flight))
			log_fatal("no memory for an attempt");
		flight->next = courier->flights;
		courier->flights = flight;
	}
	courier->flight_count += count;
	return count;
}

/* Take what is due and send it off. */
static void
orders_claim(struct courier *courier)
{
	unsigned first = room(courier, false, FIRST_MAX);
	unsigned again = room(courier, true, AGAIN_MAX);

	courier->full = first == 0 || again == 0;
	randombytes_buf(courier->owner, FLIGHT_OWNER_SIZE);
	if (db_call(courier->db, STATEMENT_CLAIM, (struct db_value[]){
		db_bytes(courier->owner, FLIGHT_OWNER_SIZE),
		db_integer(first), db_integer(again), db_integer(LEASE_S) },
		claim_row, courier) != ERROR_NONE) {
		flights_free(&courier->claimed);
		database_lost(courier);
		return;
	}
	database_found(courier);
	/* What becomes due later is another run's, unless it watches. */
	courier->claim_at_ms = claimed_post(courier) > 0 ? now_ms()
	    : courier->watch ? now_ms() + IDLE_MS : INT64_MAX;
}

static void
outcome_log(struct courier *courier, const struct flight *flight,
    unsigned delay_s)
{
	const struct post_answer *answer = &flight->answer;

	if (answer->delivered) {
		courier->delivered++;
		log_line(LOG_INFO, "order %s: attempt %u: %s: delivered",
		    flight->id, flight->attempt, answer->words);
	} else if (delay_s > 0) {
		courier->again++;
		log_line(LOG_WARNING, "order %s: attempt %u: %s: again in "
		    "%u s", flight->id, flight->attempt, answer->words,
		    delay_s);
	} else {
		courier->failed++;
		log_line(LOG_ERROR, "order %s: attempt %u: %s: failed",
		    flight->id, flight->attempt, answer->words);
	}
}

/* Store what came of an attempt. out: whether it is stored. */
static bool
flight_record(struct courier *courier, struct flight *flight)
{
	const struct post_answer *answer = &flight->answer;
	struct registrations changed = { 0 };
	const struct registration *paired = &changed.row[0];
	unsigned delay_s = answer->delivered || answer->gone ? 0
	    : webhook_delay_s(flight->attempt, answer->retry_after_s,
		randombytes_random());
	const char *result = answer->delivered ? "delivered"
	    : delay_s > 0 ? "again" : "failed";

	if (db_call(courier->db, STATEMENT_RECORD, (struct db_value[]){
		db_string(flight->id),
		db_bytes(flight->owner, FLIGHT_OWNER_SIZE),
		db_integer(flight->attempt), db_string(result),
		db_integer(delay_s + ROUNDING_S),
		db_string(answer->words) }, registrations_take, &changed)
	    != ERROR_NONE) {
		database_lost(courier);
		return false;
	}
	database_found(courier);
	outcome_log(courier, flight, delay_s);
	if (strcmp(paired->outcome, "ok") != 0)
		log_line(LOG_INFO, "order %s: its lease went to another "
		    "courier", flight->id);
	else if (paired->id != 0)
		wake_publish(courier->conf, paired);
	return true;
}

/* Attempts that ended give up their transfer. */
static void
answers_take(struct courier *courier)
{
	struct flight *flight;
	CURLMsg *message;
	CURLcode code;
	int left;

	while ((message = curl_multi_info_read(courier->multi, &left))
	    != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    &flight);
		post_judge(&flight->post, code, &flight->answer);
		post_end(&flight->post, courier->multi);
		flight->answered = true;
	}
}

static void
answers_record(struct courier *courier)
{
	struct flight **place = &courier->flights, *flight;

	while ((flight = *place) != NULL) {
		if (!flight->answered || courier->database_at_ms > now_ms()
		    || !flight_record(courier, flight)) {
			place = &flight->next;
			continue;
		}
		*place = flight->next;
		courier->flight_count--;
		flight_free(flight);
		if (courier->full)
			courier->claim_at_ms = now_ms();
	}
}

/* Until something may be to do: a transfer's news ends it early. */
static void
courier_wait(struct courier *courier)
{
	int64_t wait_ms = courier->claim_at_ms - now_ms();

	if (courier->stop_at_ms != 0 || courier->flight_count >= FLIGHTS_MAX
	    || courier->database_at_ms != 0 || wait_ms > IDLE_MS)
		wait_ms = IDLE_MS;
	if (wait_ms > 0)
		curl_multi_poll(courier->multi, NULL, 0, (int)wait_ms, NULL);
}

/* out: whether to go on. Once asked to stop it only brings home what is in
 * flight, and not for ever. */
static bool
courier_step(struct courier *courier)
{
	int running;

	if (stop_asked() && courier->stop_at_ms == 0)
		courier->stop_at_ms = now_ms() + STOP_MS;
	if (courier->stop_at_ms == 0 && courier->flight_count < FLIGHTS_MAX
	    && courier->claim_at_ms <= now_ms()
	    && courier->database_at_ms <= now_ms())
		orders_claim(courier);
	if (curl_multi_perform(courier->multi, &running) != CURLM_OK)
		log_fatal("curl cannot go on");
	answers_take(courier);
	answers_record(courier);
	if (courier->flight_count == 0 && (courier->stop_at_ms != 0
		|| (!courier->watch && courier->claim_at_ms > now_ms())))
		return false;
	if (courier->stop_at_ms != 0 && courier->stop_at_ms <= now_ms())
		return false;
	courier_wait(courier);
	return true;
}

static int
courier_run(struct courier *courier)
{
	while (courier_step(courier))
		;
	if (courier->flight_count > 0) {
		log_line(LOG_WARNING, "deliver: %u attempts are left to the "
		    "end of their lease", courier->flight_count);
		courier->lost = true;
	}
	if (!courier->watch)
		printf("delivered %u, to be sent again %u, failed %u\n",
		    courier->delivered, courier->again, courier->failed);
	return courier->lost ? STATUS_FAILED : 0;
}

/* Nowhere to send to: orders stay queued, and the supervisor content. */
static int
idle_run(bool watch)
{
	const struct timespec second = { 1, 0 };

	log_line(LOG_WARNING, "deliver: webhook-url is not set: orders stay "
	    "queued");
	while (watch && !stop_asked())
		nanosleep(&second, NULL);
	return 0;
}

static int
courier_start(struct courier *courier)
{
	char problem[CONF_PATH_SIZE + 256];
	int status = STATUS_CONFIG;

	if (!post_target_read(&courier->target, courier->conf, problem,
		sizeof(problem))
	    || (courier->db = db_open(courier->conf->database,
		"tallystick-deliver", statements, STATEMENT__MAX, problem,
		sizeof(problem))) == NULL) {
		fprintf(stderr, "tallystick: %s\n", problem);
		goto out;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK
	    || (courier->multi = curl_multi_init()) == NULL)
		log_fatal("curl does not start");
	curl_multi_setopt(courier->multi, CURLMOPT_MAXCONNECTS,
	    (long)KEPT_OPEN_MAX);
	status = courier_run(courier);
	/* What is left here was not answered: its lease brings it back. */
	for (struct flight *flight; (flight = courier->flights) != NULL;) {
		courier->flights = flight->next;
		post_end(&flight->post, courier->multi);
		flight_free(flight);
	}
	curl_multi_cleanup(courier->multi);
	curl_global_cleanup();
out:
	db_close(courier->db);
	post_target_wipe(&courier->target);
	return status;
}

int
deliver_command(const struct conf *conf, int argc, char *argv[])
{
	static struct courier courier;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--watch") != 0))
		return command_usage(argv[0]);
	courier.conf = conf;
	courier.watch = argc == 2;
	stop_catch();
	confine_courier(conf->system_call_filter, courier.watch);
	return conf->webhook_url[0] == '\0' ? idle_run(courier.watch)
					    : courier_start(&courier);
}
