/* The doctor's look at guesses: whether the chance that a stranger hits any
 * code stays under 2^-20 a day, by the configuration alone and by the live
 * figures. Why it does so is derived in doc/reliability.md. */
#include "bin/tallystick_doctor.h"

#include <inttypes.h>

#include "bin/tallystick.h"
#include "lib/code.h"

#define CODE_BITS_MAX	256

enum figure {
	FIGURE_PENDING,		/* codes that pend */
	FIGURE_REGISTERED,	/* registrations of two days: whatever pended
				 * within the last day is among them */
	FIGURE_WAITING,		/* terminals that wait */
	FIGURE_TYPED,		/* units of the last day */
	FIGURE_EARLY,
	FIGURE_NAMED,		/* misses of the last day */
	FIGURE__MAX
};

static const struct db_statement figures_statement = {
	"SELECT (SELECT COUNT(*) FROM registration"
	"  WHERE pending_address IS NOT NULL"
	"  AND expires_at > UTC_TIMESTAMP()),"
	/* From the newest back, not through all. */
	" (SELECT COUNT(*) FROM registration WHERE id > COALESCE("
	"  (SELECT id FROM registration"
	"   WHERE created_at <= UTC_TIMESTAMP() - INTERVAL 2 DAY"
	"   ORDER BY id DESC LIMIT 1), 0)),"
	" (SELECT COUNT(*) FROM submission"
	"  WHERE waits_until > UTC_TIMESTAMP()),"
	" COALESCE(SUM(IF(scope = 'service', spent, 0)), 0),"
	" COALESCE(SUM(IF(scope = 'early', spent, 0)), 0),"
	" COALESCE(SUM(IF(scope = 'ending', spent, 0)), 0)"
	" FROM guess WHERE scope IN ('service', 'early', 'ending')"
	"  AND since > UTC_TIMESTAMP() - INTERVAL 1 DAY", 0 };

static enum error
figures_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	int64_t *figures = arg;

	(void)set;
	(void)row;
	for (unsigned i = 0; i < count && i < FIGURE__MAX; i++)
		figures[i] = db_to_integer(&columns[i]);
	return ERROR_NONE;
}

/* Units a day that are bounded by what pends and registers, not by a counter:
 * the last miss counted goes over by as many as pend; then each device is
 * guessed at by its endings. */
static int64_t
units_beyond(const struct conf *conf, int64_t pending, int64_t registered)
{
	return pending + registered * CODE_ENDINGS
	    * (int64_t)conf->misses_per_address;
}

static bool
units_fit(unsigned bits, int64_t beyond)
{
	return beyond <= code_units_a_day(bits) / CODE_NAMED_PART;
}

static unsigned
bits_wanted(int64_t beyond)
{
	unsigned bits = 20;

	while (bits < CODE_BITS_MAX && !units_fit(bits, beyond))
		bits++;
	return bits;
}

/* The least b with units <= 2^b. */
static int
bits_of(int64_t units)
{
	int bits = 0;

	while (bits < 62 && ((int64_t)1 << bits) < units)
		bits++;
	return bits;
}

void
doctor_guesses_configured(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;
	const unsigned places = conf->pending_per_address;
	const int64_t beyond = units_beyond(conf, places > 0 ? places : 1,
	    places > 0 ? places : 1);
	const int64_t typed = code_units_a_day(conf->code_bits)
	    / CODE_TYPED_PART;

	if (!units_fit(conf->code_bits, beyond)) {
		doctor_say(doctor, FINDING_FAIL, "code-bits = %u: with "
		    "misses-per-address = %u and the devices of one address "
		    "alone (pending-per-address = %u) a stranger's chance of "
		    "hitting a code passes 2^-20 a day; %u bits will do",
		    conf->code_bits, conf->misses_per_address, places,
		    bits_wanted(beyond));
		return;
	}
	if (places == 0)
		doctor_say(doctor, FINDING_WARN, "pending-per-address = 0: "
		    "one address can make guesses so dear that everybody must "
		    "name the device");
	else if ((int64_t)places * conf->misses_per_address > typed)
		doctor_say(doctor, FINDING_WARN, "misses-per-address = %u and "
		    "pending-per-address = %u: one address can spend the "
		    "day's guess budget of %" PRId64,
		    conf->misses_per_address, places, typed);
	else
		doctor_say(doctor, FINDING_OK, "codes of %u bits keep a "
		    "stranger's chance of hitting one under 2^-20 a day",
		    conf->code_bits);
}

static void
budgets_look(struct doctor *doctor, const int64_t *figures, int64_t units)
{
	const int64_t typed = units / CODE_TYPED_PART;
	const int64_t early = units / CODE_EARLY_PART;
	const int64_t share = code_early_share(doctor->conf->code_bits);

	if (figures[FIGURE_TYPED] >= typed)
		doctor_say(doctor, FINDING_WARN, "the day's guess budget of %"
		    PRId64 " is spent: the form asks for the device too until "
		    "it recovers", typed);
	else
		doctor_say(doctor, FINDING_OK, "%" PRId64 " of the day's "
		    "guess budget of %" PRId64 " are left, %" PRId64 " codes "
		    "pend", typed - figures[FIGURE_TYPED], typed,
		    figures[FIGURE_PENDING]);
	if (!doctor->conf->early_codes)
		return;
	if (share == 0)
		doctor_say(doctor, FINDING_WARN, "code-bits = %u: too weak for "
		    "a code to wait for its device, who types it first must "
		    "type it again ('early-codes = off' says so at once)",
		    doctor->conf->code_bits);
	else if (figures[FIGURE_EARLY] + share > early)
		doctor_say(doctor, FINDING_WARN, "the day's budget of %" PRId64
		    " for codes that wait is spent: who types a code before "
		    "the device has called must type it again ('early-codes = "
		    "off' says so at once)", early);
	else
		doctor_say(doctor, FINDING_OK, "%" PRId64 " of the day's "
		    "budget of %" PRId64 " for codes that wait are left, %"
		    PRId64 " terminals wait", early - figures[FIGURE_EARLY],
		    early, figures[FIGURE_WAITING]);
}

void
doctor_guesses(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;
	const int64_t units = code_units_a_day(conf->code_bits);
	int64_t figures[FIGURE__MAX] = { 0 }, beyond, named;
	struct db *db = operator_open(conf, &figures_statement, 1);

	if (db == NULL || db_call(db, 0, NULL, figures_row, figures)
	    != ERROR_NONE) {
		doctor_say(doctor, FINDING_FAIL, "the guess budgets cannot be "
		    "read");
		db_close(db);
		return;
	}
	db_close(db);
	budgets_look(doctor, figures, units);
	beyond = units_beyond(conf, figures[FIGURE_PENDING],
	    figures[FIGURE_REGISTERED]);
	named = figures[FIGURE_NAMED] * figures[FIGURE_PENDING];
	if (named > beyond)
		named = beyond;
	if (units_fit(conf->code_bits, beyond))
		doctor_say(doctor, FINDING_OK, "a stranger's chance of "
		    "hitting a code was at most 2^%d in the last day, and "
		    "cannot pass 2^-20", bits_of(figures[FIGURE_TYPED]
			+ figures[FIGURE_EARLY] + named)
			- (int)conf->code_bits);
	else
		doctor_say(doctor, FINDING_FAIL, "%" PRId64 " codes pend and %"
		    PRId64 " devices registered in two days: too many for "
		    "code-bits = %u, a stranger's chance of hitting a code "
		    "can reach 2^%d a day; %u bits keep it under 2^-20",
		    figures[FIGURE_PENDING], figures[FIGURE_REGISTERED],
		    conf->code_bits, bits_of(units - units / CODE_NAMED_PART
			+ beyond) - (int)conf->code_bits, bits_wanted(beyond));
}
