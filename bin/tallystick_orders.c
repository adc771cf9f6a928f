/* tallystick orders: what was ordered; the failed sent again. Why or why not
 * stands in tallystick_why.c. */
#include "bin/tallystick.h"

#include <stdio.h>
#include <string.h>

#include "bin/tallystick_print.h"
#include "bin/tallystick_why.h"
#include "lib/value.h"

enum { STATEMENT_LIST, STATEMENT_RETRY, STATEMENT__MAX };

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_LIST] = {
	    "SELECT * FROM (SELECT"
	    " DATE_FORMAT(o.created_at, '%Y-%m-%dT%H:%i:%sZ') AS ordered,"
	    " o.uuid, r.device_id, o.slot, CONCAT_WS(' ', o.colorant, o.type),"
	    " CONCAT(o.percent, ' %'), o.state, o.attempts,"
	    " IF(o.state = 'queued',"
	    "  DATE_FORMAT(o.due_at, '%Y-%m-%dT%H:%i:%sZ'), '') AS due,"
	    " o.last_answer, o.id"
	    " FROM supply_order o JOIN registration r ON r.id = o.registration"
	    " ORDER BY o.id DESC LIMIT 100) newest ORDER BY id", 0 },
	[STATEMENT_RETRY] = { "CALL retry_order(?)", 1 },
};

static const char *const list_names[] = { "ORDERED", "ORDER", "DEVICE",
	"SUPPLY", "WHAT", "LEVEL", "STATE", "ATTEMPTS", "NEXT", "ANSWER" };
static const unsigned list_widths[] = { 20, 36, 36, 6, 14, 5, 9, 8, 20, 10 };
#define LIST_COLUMNS	10

static enum error
list_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	(void)arg;
	(void)set;
	(void)count;
	if (row == 0)
		print_head(list_names, list_widths, LIST_COLUMNS);
	print_row(columns, list_widths, LIST_COLUMNS);
	return ERROR_NONE;
}

static bool
is_uuid(const char *id)
{
	unsigned char uuid[VALUE_UUID_SIZE];
	char urn[64];

	snprintf(urn, sizeof(urn), "urn:uuid:%.50s", id);
	return value_uuid(urn, uuid);
}

static bool
order_retry(const struct conf *conf, struct db *db, const char *id)
{
	struct registrations changed = { 0 };

	if (!is_uuid(id)) {
		fprintf(stderr, "tallystick: '%s' is no order: want what "
		    "'tallystick orders' shows\n", id);
		return false;
	}
	if (db_call(db, STATEMENT_RETRY, (struct db_value[]){ db_string(id) },
		registrations_take, &changed) != ERROR_NONE)
		return false;
	if (!operator_done(conf, db, &changed)) {
		fprintf(stderr, "tallystick: no order %s of a pairing in "
		    "force failed or waits for an attempt after its first\n",
		    id);
		return false;
	}
	printf("order %s is queued again\n", id);
	return true;
}

int
orders_command(const struct conf *conf, int argc, char *argv[])
{
	struct db *db;
	bool done = true;

	if (argc == 3 && strcmp(argv[1], "why") == 0)
		return why_tell(conf, argv[2]);
	if (argc != 1 && (argc == 2 || strcmp(argv[1], "retry") != 0))
		return command_usage(argv[0]);
	if ((db = operator_open(conf, statements, STATEMENT__MAX)) == NULL)
		return STATUS_FAILED;
	if (argc == 1)
		done = db_call(db, STATEMENT_LIST, NULL, list_row, NULL)
		    == ERROR_NONE;
	for (int i = 2; i < argc; i++)
		done = order_retry(conf, db, argv[i]) && done;
	db_close(db);
	return done ? 0 : STATUS_FAILED;
}
