/* tallystick devices: who is registered, who may register, end a pairing. */
#include "bin/tallystick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/tallystick_print.h"

#define DEVICE_ID_MAX	128
#define LIST_PAGE	1000

enum {
	STATEMENT_LIST,
	STATEMENT_ADMITTED,
	STATEMENT_ADMIT,
	STATEMENT_DISMISS,
	STATEMENT_END,
	STATEMENT__MAX
};

static const struct db_statement statements[STATEMENT__MAX] = {
	[STATEMENT_LIST] = {
	    "SELECT r.id, r.device_id, r.make_and_model, r.state, r.service,"
	    " r.version, DATE_FORMAT(r.seen_at, '%Y-%m-%dT%H:%i:%sZ'),"
	    " DATE_FORMAT(r.paired_at, '%Y-%m-%dT%H:%i:%sZ'),"
	    " (SELECT IF(COUNT(DISTINCT o.lineage) > 1,"
	    "   CONCAT(COUNT(DISTINCT o.lineage), ' codes'), '')"
	    "  FROM registration o"
	    "  WHERE o.device = r.device AND o.device_id = r.device_id"
	    "   AND (o.state = 'paired' OR (o.state = 'pending'"
	    "    AND o.expires_at > UTC_TIMESTAMP())))"
	    " FROM registration r"
	    " WHERE r.id > ? AND (r.state = 'paired'"
	    "  OR (r.state = 'pending' AND r.expires_at > UTC_TIMESTAMP()))"
	    " ORDER BY r.id LIMIT ?", 2 },
	[STATEMENT_ADMITTED] = {
	    "SELECT device_id, DATE_FORMAT(admitted_at, '%Y-%m-%dT%H:%i:%sZ')"
	    " FROM admitted_device ORDER BY device_id", 0 },
	[STATEMENT_ADMIT] = {
	    "INSERT IGNORE INTO admitted_device (device_id, admitted_at)"
	    " VALUES (?, UTC_TIMESTAMP())", 1 },
	[STATEMENT_DISMISS] = {
	    "DELETE FROM admitted_device WHERE device_id = ?"
	    " RETURNING device_id", 1 },
	[STATEMENT_END] = { "CALL end_by_operator(?)", 1 },
};

static const char *const list_names[] = { "ID", "DEVICE", "MODEL", "STATE",
	"SERVICE", "VERSION", "SEEN", "PAIRED", "CONFLICT" };
static const unsigned list_widths[] = { 5, 36, 24, 7, 7, 7, 20, 20, 8 };
#define LIST_COLUMNS	9

struct list {
	int64_t		 last;		/* registration shown */
	unsigned	 rows;		/* of the call at hand */
	unsigned	 conflicts;
};

static enum error
list_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	struct list *list = arg;
	int64_t id = db_to_integer(&columns[0]);

	(void)set;
	list->rows = row + 1;
	if (id <= list->last)	/* of a call that is repeated */
		return ERROR_NONE;
	if (list->last == 0)
		print_head(list_names, list_widths, LIST_COLUMNS);
	print_row(columns, list_widths, count);
	list->conflicts += columns[LIST_COLUMNS - 1].length > 0;
	list->last = id;
	return ERROR_NONE;
}

/* Page by page, for there may be millions. */
static int
devices_list(struct db *db)
{
	struct list list = { 0 };

	do {
		list.rows = 0;
		if (db_call(db, STATEMENT_LIST, (struct db_value[]){
			db_integer(list.last), db_integer(LIST_PAGE) },
			list_row, &list) != ERROR_NONE)
			return STATUS_FAILED;
	} while (list.rows == LIST_PAGE);
	if (list.conflicts > 0)
		printf("\n%u registrations share their DeviceId with another "
		    "code. A DeviceId proves\nnothing: each stands for itself"
		    " until its code is typed.\n", list.conflicts);
	return 0;
}

static enum error
admitted_row(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	static const unsigned widths[] = { 36, 20 };

	(void)arg;
	(void)set;
	(void)row;
	print_row(columns, widths, count);
	return ERROR_NONE;
}

/* src: doc/protocol.md section 3, DeviceId. */
static bool
is_device_id(const char *id)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._:-";
	size_t length = strlen(id);

	if (length >= 1 && length <= DEVICE_ID_MAX
	    && strspn(id, set) == length)
		return true;
	fprintf(stderr, "tallystick: a DeviceId is 1 to %d of A-Z a-z 0-9 . "
	    "_ : -\n", DEVICE_ID_MAX);
	return false;
}

static bool
device_admit(const struct conf *conf, struct db *db, const char *id)
{
	(void)conf;
	if (!is_device_id(id)
	    || db_call(db, STATEMENT_ADMIT,
		(struct db_value[]){ db_string(id) }, NULL, NULL)
		!= ERROR_NONE)
		return false;
	printf("%s may register\n", id);
	return true;
}

static enum error
was_there(void *arg, unsigned set, unsigned row,
    const struct db_value *columns, unsigned count)
{
	(void)set;
	(void)row;
	(void)columns;
	(void)count;
	*(bool *)arg = true;
	return ERROR_NONE;
}

static bool
device_dismiss(const struct conf *conf, struct db *db, const char *id)
{
	bool there = false;

	(void)conf;
	if (!is_device_id(id)
	    || db_call(db, STATEMENT_DISMISS,
		(struct db_value[]){ db_string(id) }, was_there, &there)
		!= ERROR_NONE)
		return false;
	if (there)
		printf("%s may not register any more; what is registered "
		    "stays\n", id);
	else
		printf("%s was not on the list\n", id);
	return true;
}

static bool
device_end(const struct conf *conf, struct db *db, const char *id)
{
	struct registrations changed = { 0 };
	char *end;
	long long number = strtoll(id, &end, 10);

	if (*end != '\0' || number <= 0) {
		fprintf(stderr, "tallystick: '%s' is no registration: want "
		    "the ID that 'tallystick devices' shows\n", id);
		return false;
	}
	if (db_call(db, STATEMENT_END,
		(struct db_value[]){ db_integer(number) }, registrations_take,
		&changed) != ERROR_NONE)
		return false;
	if (!operator_done(conf, db, &changed)) {
		fprintf(stderr, "tallystick: no registration %lld, or it has "
		    "ended\n", number);
		return false;
	}
	printf("ended registration %lld of %s\n", number,
	    changed.row[0].device_id);
	return true;
}

static int
devices_each(const struct conf *conf, struct db *db, int argc, char *argv[])
{
	static const struct {
		const char	*name;
		bool		(*run)(const struct conf *, struct db *,
				    const char *);
	} verbs[] = { { "admit", device_admit }, { "dismiss", device_dismiss },
		{ "end", device_end } };
	bool done = true;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0 || argc == 2)
			continue;
		for (int j = 2; j < argc; j++)
			done = verbs[i].run(conf, db, argv[j]) && done;
		return done ? 0 : STATUS_FAILED;
	}
	return command_usage(argv[0]);
}

int
devices_command(const struct conf *conf, int argc, char *argv[])
{
	struct db *db = operator_open(conf, statements, STATEMENT__MAX);
	int status;

	if (db == NULL)
		return STATUS_FAILED;
	if (argc == 1)
		status = devices_list(db);
	else if (argc == 2 && strcmp(argv[1], "admitted") == 0)
		status = db_call(db, STATEMENT_ADMITTED, NULL, admitted_row,
		    NULL) == ERROR_NONE ? 0 : STATUS_FAILED;
	else
		status = devices_each(conf, db, argc, argv);
	db_close(db);
	return status;
}
