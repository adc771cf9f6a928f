/* bin/device_*: what the reference device reads from servers and printers,
 * and what it keeps. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bin/device_answer.h"
#include "bin/device_ipp.h"
#include "bin/device_message.h"
#include "bin/device_state.h"
#include "lib/text.h"
#include "t/test.h"

#define UUID_A "urn:uuid:0a8f0000-0000-4000-8000-00000000000a"
#define UUID_B "urn:uuid:0a8f0000-0000-4000-8000-00000000000b"

static struct answer answer;
static struct printer_look look;

static enum answer_kind
read_answer(const char *text)
{
	answer_read(&answer, text, strlen(text));
	return answer.kind;
}

static void
answer_registration(void)
{
	CU_ASSERT_EQUAL(read_answer("<?xml version=\"1.0\"?>\n"
	    "<Registration xmlns=\"urn:tallystick:1\" version=\"12\" "
	    "state=\"paired\" service=\"started\" later=\"x\">\n"
	    " <DeviceId>A</DeviceId><Token>a&amp;b</Token>"
	    "<Later><Token>no</Token></Later>"
	    "<Service connected=\"x\" started=\"y\"/>"
	    "<Order supply=\"3\" state=\"queued\" id=\"o\"/>"
	    "<Order supply=\"4\" state=\"delivered\" id=\"p\"/>"
	    "</Registration>"), ANSWER_REGISTRATION);
	CU_ASSERT_EQUAL(answer.version, 12);
	CU_ASSERT_STRING_EQUAL(answer.state, "paired");
	CU_ASSERT_STRING_EQUAL(answer.service, "started");
	CU_ASSERT_STRING_EQUAL(answer.started, "y");
	CU_ASSERT_STRING_EQUAL(answer.token, "a&b");
	CU_ASSERT_EQUAL(answer.order_count, 2);
	CU_ASSERT_STRING_EQUAL(answer.orders[1].supply, "4");
	CU_ASSERT_STRING_EQUAL(answer.orders[1].state, "delivered");
	CU_ASSERT_STRING_EQUAL(answer.orders[0].id, "o");
}

static void
answer_receipt_and_problem(void)
{
	CU_ASSERT_EQUAL(read_answer("<Receipt xmlns=\"urn:tallystick:1\" "
	    "version=\"7\"><Accepted>2</Accepted><Duplicate>1</Duplicate>"
	    "</Receipt>"), ANSWER_RECEIPT);
	CU_ASSERT_STRING_EQUAL(answer.accepted, "2");
	CU_ASSERT_STRING_EQUAL(answer.duplicate, "1");
	CU_ASSERT_EQUAL(answer.order_count, 0);
	CU_ASSERT_EQUAL(read_answer("<problem xmlns=\"urn:ietf:rfc:7807\">"
	    "<type>urn:tallystick:problem:gone</type>"
	    "<detail>register again</detail></problem>"), ANSWER_PROBLEM);
	CU_ASSERT_STRING_EQUAL(answer.detail, "register again");
}

static void
answer_unreadable(void)
{
	static const char *const bad[] = { "", "x", "<html></html>",
		"<Registration version=\"1\"><Token>secret</Token>",
		"<Registration/><Registration/>",
		"<!DOCTYPE Registration><Registration version=\"1\"/>",
		"<!DOCTYPE a [<!ENTITY e \"x\">]><Receipt>&e;</Receipt>",
		"<Registration version=\"1\" state=\"far-too-long-a-state\"/>",
		"<a:Registration version=\"1\"/>",
		"<Receipt><Accepted>1234567890123</Accepted></Receipt>" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(read_answer(bad[i]), ANSWER_UNREADABLE);
		CU_ASSERT_STRING_EQUAL(answer.token, "");
		CU_ASSERT_EQUAL(answer.version, 0);
	}
}

static void
supply_add(ipp_t *ipp, ipp_attribute_t **list, const char *value)
{
	if (*list == NULL)
		*list = ippAddOctetString(ipp, IPP_TAG_PRINTER,
		    "printer-supply", value, (int)strlen(value));
	else
		ippSetOctetString(ipp, list, ippGetCount(*list), value,
		    (int)strlen(value));
}

static void
supplies_from_printer_supply(void)
{
	ipp_t *ipp = ippNew();
	ipp_attribute_t *list = NULL;

	supply_add(ipp, &list, "index=7;class=supplyThatIsConsumed;"
	    "type=tonerCartridge;unit=percent;maxcapacity=100;level=18;"
	    "colorantname=cyan;");
	supply_add(ipp, &list, "type=WASTE-TONER;class=receptacleThatIsFilled;"
	    "unit=furlongs;maxcapacity=0;level=-9;colorantname=unknown");
	supply_add(ipp, &list, "index=7;class=supplyThatIsConsumed;type=ink;");
	supply_add(ipp, &list, "index=9;class=other;type=ink;");
	supply_add(ipp, &list, "");
	supply_add(ipp, &list, ";;=;index=;class");
	supply_add(ipp, &list, "index=70000;class=supplyThatIsConsumed;");
	ipp_supplies_read(ipp, &look);
	ippDelete(ipp);
	CU_ASSERT_EQUAL_FATAL(look.supply_count, 2);
	CU_ASSERT_EQUAL(look.supplies[0].index, 7);
	CU_ASSERT_EQUAL(look.supplies[0].level, 18);
	CU_ASSERT_EQUAL(look.supplies[0].capacity, 100);
	CU_ASSERT_STRING_EQUAL(look.supplies[0].type, "tonerCartridge");
	CU_ASSERT_STRING_EQUAL(look.supplies[0].colorant, "cyan");
	CU_ASSERT_EQUAL(look.supplies[1].index, 2);
	CU_ASSERT_STRING_EQUAL(look.supplies[1].type, "wasteToner");
	CU_ASSERT_STRING_EQUAL(look.supplies[1].unit, "other");
	CU_ASSERT_STRING_EQUAL(look.supplies[1].colorant, "");
	CU_ASSERT_EQUAL(look.supplies[1].capacity, -2);
	CU_ASSERT_EQUAL(look.supplies[1].level, -2);
}

static void
supplies_from_markers(void)
{
	static const char *const types[] = { "toner-cartridge", "waste-toner",
		"moon-dust" };
	static const char *const colors[] = { "#00ffff", "none",
		"#000000#00FFFF" };
	static const int levels[] = { 55, -1, -3 };
	ipp_t *ipp = ippNew();

	ippAddStrings(ipp, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "marker-types",
	    3, NULL, types);
	ippAddStrings(ipp, IPP_TAG_PRINTER, IPP_TAG_NAME, "marker-colors", 3,
	    NULL, colors);
	ippAddIntegers(ipp, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "marker-levels",
	    3, levels);
	ipp_supplies_read(ipp, &look);
	ippDelete(ipp);
	CU_ASSERT_EQUAL_FATAL(look.supply_count, 3);
	CU_ASSERT_STRING_EQUAL(look.supplies[0].type, "tonerCartridge");
	CU_ASSERT_STRING_EQUAL(look.supplies[0].colorant, "cyan");
	CU_ASSERT_EQUAL(look.supplies[0].level, 55);
	CU_ASSERT_STRING_EQUAL(look.supplies[1].class,
	    "receptacleThatIsFilled");
	CU_ASSERT_EQUAL(look.supplies[1].level, -1);
	CU_ASSERT_STRING_EQUAL(look.supplies[2].type, "other");
	CU_ASSERT_STRING_EQUAL(look.supplies[2].colorant, "");
}

static void
supplies_none(void)
{
	ipp_t *ipp = ippNew();

	ipp_supplies_read(ipp, &look);
	CU_ASSERT_EQUAL(look.supply_count, 0);
	ippDelete(ipp);
}

static void
job_add(ipp_t *ipp, int id, const char *uuid, int state, int impressions)
{
	ippAddSeparator(ipp);
	ippAddInteger(ipp, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", id);
	ippAddString(ipp, IPP_TAG_JOB, IPP_TAG_URI, "job-uuid", NULL, uuid);
	ippAddInteger(ipp, IPP_TAG_JOB, IPP_TAG_ENUM, "job-state", state);
	ippAddInteger(ipp, IPP_TAG_JOB, IPP_TAG_INTEGER, "time-at-completed",
	    id * 10);
	ippAddInteger(ipp, IPP_TAG_JOB, IPP_TAG_INTEGER,
	    "job-printer-up-time", id * 10 + 60);
	if (impressions < 0)
		ippAddOutOfBand(ipp, IPP_TAG_JOB, IPP_TAG_NOVALUE,
		    "job-impressions-completed");
	else
		ippAddInteger(ipp, IPP_TAG_JOB, IPP_TAG_INTEGER,
		    "job-impressions-completed", impressions);
	ippAddInteger(ipp, IPP_TAG_JOB, IPP_TAG_INTEGER,
	    "job-media-sheets-completed", 4);
}

static void
jobs_finished(void)
{
	ipp_t *ipp = ippNew();

	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_CHARSET,
	    "attributes-charset", NULL, "utf-8");
	job_add(ipp, 4, UUID_A, IPP_JSTATE_COMPLETED, 12);
	job_add(ipp, 3, UUID_B, IPP_JSTATE_PROCESSING, 1);
	job_add(ipp, 2, "urn:uuid:nonsense", IPP_JSTATE_CANCELED, -1);
	job_add(ipp, 1, UUID_B, IPP_JSTATE_ABORTED, 0);
	ipp_jobs_read(ipp, &look);
	ippDelete(ipp);
	CU_ASSERT_EQUAL_FATAL(look.job_count, 3);
	CU_ASSERT_STRING_EQUAL(look.jobs[0].uuid, UUID_A);
	CU_ASSERT_STRING_EQUAL(look.jobs[0].state, "completed");
	CU_ASSERT_EQUAL(look.jobs[0].impressions, 12);
	CU_ASSERT_EQUAL(look.jobs[0].full_color, -1);
	/* Its clock stands a minute after the end of the job. */
	CU_ASSERT(labs(time(NULL) - 60 - look.jobs[0].completed_at) <= 2);
	CU_ASSERT_STRING_EQUAL(look.jobs[1].uuid, "");
	CU_ASSERT_STRING_EQUAL(look.jobs[1].state, "canceled");
	CU_ASSERT_EQUAL(look.jobs[1].impressions, 4);
	CU_ASSERT_EQUAL(look.jobs[1].up_time, 20);
	CU_ASSERT_STRING_EQUAL(look.jobs[2].state, "aborted");
	CU_ASSERT_EQUAL(look.jobs[2].impressions, 0);
}

static struct printer_look *
look_at(const char *uuid, int id, int up_time)
{
	memset(&look, 0, sizeof(look));
	text_copy(look.jobs[0].uuid, sizeof(look.jobs[0].uuid), uuid);
	look.jobs[0].id = id;
	look.jobs[0].up_time = up_time;
	look.job_count = 1;
	return &look;
}

static void
jobs_known(void)
{
	struct device_state state;

	state_open(&state, "none");
	state_learn(&state, look_at(UUID_A, 1, 5));
	state_learn(&state, look_at("", 2, 50));
	CU_ASSERT(state_knows(&state, look_at(UUID_A, 9, 9)->jobs));
	CU_ASSERT_FALSE(state_knows(&state, look_at(UUID_B, 1, 5)->jobs));
	CU_ASSERT(state_knows(&state, look_at("", 2, 50)->jobs));
	/* The printer counts anew after it was switched on. */
	CU_ASSERT_FALSE(state_knows(&state, look_at("", 2, 7)->jobs));
	/* Ended before it was switched on: the id must do. */
	CU_ASSERT(state_knows(&state, look_at("", 2, 0)->jobs));
	CU_ASSERT(state_knows(&state, look_at("", 2, -30)->jobs));
	CU_ASSERT_FALSE(state_knows(&state, look_at("", 22, 0)->jobs));
	state_free(&state);
}

static void
jobs_known_are_bounded(void)
{
	struct device_state state;
	int id;

	state_open(&state, "none");
	for (id = 1; id <= STATE_KNOWN_MAX + 3; id++)
		state_learn(&state, look_at("", id, id));
	CU_ASSERT_EQUAL(state.known.count, STATE_KNOWN_MAX);
	CU_ASSERT_FALSE(state_knows(&state, look_at("", 3, 3)->jobs));
	CU_ASSERT(state_knows(&state, look_at("", 4, 4)->jobs));
	state_free(&state);
}

static void
state_survives(void)
{
	char path[] = "/tmp/test_device.XXXXXX";
	struct device_state state;
	char leftover[64];
	struct stat status;
	int fd = mkstemp(path);

	/* Whatever lies in the way is readable by all. */
	CU_ASSERT_FATAL(fd >= 0 && fchmod(fd, 0644) == 0);
	snprintf(leftover, sizeof(leftover), "%s.new", path);
	CU_ASSERT_FATAL(link(path, leftover) == 0);
	close(fd);
	state_open(&state, path);
	strcpy(state.token, "token");
	strcpy(state.code, "7KQ4 M2XW");
	state.sequence = 1234567890123456789LL;
	state.watching = true;
	state.levels[0] = 0;
	state_learn(&state, look_at(UUID_A, 1, 5));
	state_list_add(&state.jobs, "<Job>1</Job>");
	state_list_add(&state.jobs, "<Job>2</Job>");
	state.report = strdup("<JobReport/>");
	state.report_jobs = 1;
	CU_ASSERT(state_save(&state));
	state_free(&state);

	state_open(&state, path);
	CU_ASSERT_FATAL(state_load(&state));
	CU_ASSERT_STRING_EQUAL(state.token, "token");
	CU_ASSERT_STRING_EQUAL(state.code, "7KQ4 M2XW");
	CU_ASSERT_EQUAL(state.sequence, 1234567890123456789LL);
	CU_ASSERT(state.watching);
	CU_ASSERT_EQUAL(state.levels[0], 0);
	CU_ASSERT_EQUAL(state.levels[1], -1);
	CU_ASSERT(state_knows(&state, look_at(UUID_A, 1, 5)->jobs));
	CU_ASSERT_EQUAL(state.jobs.count, 2);
	CU_ASSERT_STRING_EQUAL(state.jobs.items[1], "<Job>2</Job>");
	CU_ASSERT_STRING_EQUAL(state.report, "<JobReport/>");
	CU_ASSERT_EQUAL(state.report_jobs, 1);
	state_free(&state);
	CU_ASSERT(stat(path, &status) == 0 &&
	    (status.st_mode & 0777) == 0600);
	unlink(path);
}

static void
state_refuses(void)
{
	static const char *const bad[] = { "", "other 1\n",
		"tallystick-device-state 1\nserver x\nbogus y\n",
		"tallystick-device-state 1\nsequence\n",
		"tallystick-device-state 1\nsequence 1x\n",
		"tallystick-device-state 1\nsequence -1\n",
		"tallystick-device-state 1\nreport a\nreport b\n",
		"tallystick-device-state 1\nreport-jobs 2\njob x\n" };
	char path[] = "/tmp/test_device.XXXXXX";
	struct device_state state;
	size_t i;
	int fd = mkstemp(path);

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FATAL(ftruncate(fd, 0) == 0 &&
		    pwrite(fd, bad[i], strlen(bad[i]), 0) ==
		    (ssize_t)strlen(bad[i]));
		state_open(&state, path);
		CU_ASSERT_FALSE(state_load(&state));
		state_free(&state);
	}
	close(fd);
	unlink(path);
	/* None at all is a device's first day. */
	state_open(&state, path);
	CU_ASSERT(state_load(&state));
	state_free(&state);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(answer_registration), TEST(answer_receipt_and_problem),
		TEST(answer_unreadable), TEST(supplies_from_printer_supply),
		TEST(supplies_from_markers), TEST(supplies_none),
		TEST(jobs_finished), TEST(jobs_known),
		TEST(jobs_known_are_bounded), TEST(state_survives),
		TEST(state_refuses), { NULL, NULL }
	};

	return test_run("device", tests);
}
