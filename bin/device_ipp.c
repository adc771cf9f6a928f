/* A real printer, asked over IPP (RFC 8011) through libcups. It needs no
 * change and no account: what is read here any client may read. */
#include <cups/cups.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bin/device_event.h"
#include "bin/device_ipp.h"
#include "lib/text.h"

#define IPP_WAIT_S 5	/* a sleeping printer answers within this */

static const char *const who_attributes[] = {
	"printer-make-and-model", "printer-device-id", "printer-uuid",
	"printer-firmware-string-version"
};

/* No job-name and no user: what was printed, and by whom, is not our
 * business, and what was not asked for cannot leak. */
static const char *const job_attributes[] = {
	"job-id", "job-uuid", "job-state", "job-impressions-completed",
	"job-impressions-completed-col", "job-media-sheets-completed",
	"time-at-completed", "date-time-at-completed", "job-printer-up-time"
};

static const char *const supply_attributes[] = {
	"printer-uuid", "printer-supply", "marker-types", "marker-levels",
	"marker-colors"
};

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

static int
time_out(http_t *http, void *user)
{
	(void)http, (void)user;
	return 0;	/* give up rather than wait again */
}

/* libcups would ask for a password on the terminal. */
static const char *
no_password(const char *prompt, http_t *http, const char *method,
    const char *resource, void *user)
{
	(void)prompt, (void)http, (void)method, (void)resource, (void)user;
	return NULL;
}

static bool
printer_reach(struct ipp_printer *ipp)
{
	if (ipp->http != NULL)
		return true;
	ipp->http = httpConnect2(ipp->host, ipp->port, NULL, AF_UNSPEC,
	    ipp->tls ? HTTP_ENCRYPTION_ALWAYS : HTTP_ENCRYPTION_IF_REQUESTED,
	    1, IPP_WAIT_S * 1000, NULL);
	if (ipp->http == NULL)
		return false;
	httpSetTimeout(ipp->http, IPP_WAIT_S, time_out, NULL);
	return true;
}

/* One silence is one line, however often the printer is asked meanwhile. */
static void
printer_lost(struct ipp_printer *ipp)
{
	if (!ipp->silent)
		event_error("the printer at %s does not answer: %s", ipp->uri,
		    cupsLastErrorString());
	ipp->silent = true;
	if (ipp->http != NULL)
		httpClose(ipp->http);
	ipp->http = NULL;
}

ipp_t *
ipp_begin(const struct ipp_printer *ipp, ipp_op_t operation)
{
	ipp_t *request = ippNewRequest(operation);

	ippSetVersion(request, 2, 0);
	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri",
	    NULL, ipp->uri);
	ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME,
	    "requesting-user-name", NULL, "tallystick");
	return request;
}

void
ipp_want(ipp_t *request, const char *const *attributes, int count)
{
	ippAddStrings(request, IPP_TAG_OPERATION,
	    IPP_CONST_TAG(IPP_TAG_KEYWORD), "requested-attributes", count,
	    NULL, attributes);
}

/* out: what cupsDoRequest gives. The request is used up. */
static ipp_t *
document_send(struct ipp_printer *ipp, ipp_t *request,
    const struct text *document)
{
	http_status_t status = cupsSendRequest(ipp->http, request,
	    ipp->resource, ippLength(request) + document->length);

	if (status == HTTP_STATUS_CONTINUE)
		status = cupsWriteRequestData(ipp->http, document->bytes,
		    document->length);
	ippDelete(request);
	/* The answer says best why the printer would not hear more. */
	return cupsGetResponse(ipp->http, ipp->resource);
}

ipp_t *
ipp_ask(struct ipp_printer *ipp, ipp_t *request, const struct text *document)
{
	ipp_t *answer = NULL;

	if (!printer_reach(ipp)) {
		ippDelete(request);
		printer_lost(ipp);
		return NULL;
	}
	answer = document == NULL ?
	    cupsDoRequest(ipp->http, request, ipp->resource) :
	    document_send(ipp, request, document);
	if (answer != NULL && ippGetStatusCode(answer) <=
	    IPP_STATUS_OK_EVENTS_COMPLETE) {
		ipp->silent = false;
		return answer;
	}
	ippDelete(answer);
	printer_lost(ipp);
	return NULL;
}

const char *
ipp_text(ipp_t *answer, const char *name)
{
	ipp_attribute_t *found = ippFindAttribute(answer, name, IPP_TAG_ZERO);
	const char *value = NULL;

	if (found != NULL)
		value = ippGetString(found, 0, NULL);
	return value != NULL ? value : "";
}

/* A printer's text as one of ours: what the protocol does not take (control
 * characters, more than fits) is left out. */
static void
text_clean(char *to, size_t size, const char *from)
{
	size_t length = 0;

	for (; *from != '\0' && length + 1 < size; from++)
		if ((unsigned char)*from >= ' ' && *from != 0x7f)
			to[length++] = *from;
	/* Not half of a character of UTF-8 at the end. */
	if (*from != '\0')
		while (length > 0 && ((unsigned char)to[length - 1] & 0x80))
			length--;
	while (length > 0 && to[length - 1] == ' ')
		length--;
	to[length] = '\0';
}

static void
id_clean(char *to, size_t size, const char *from)
{
	size_t length = 0;

	for (; *from != '\0' && length + 1 < size; from++)
		if (isalnum((unsigned char)*from) ||
		    strchr("._:-", *from) != NULL)
			to[length++] = *from;
	to[length] = '\0';
}

/* The serial number in an IEEE 1284 device id, such as
 * MFG:Example;MDL:MFC-9340;SN:E78283;. */
static void
serial_find(const char *device_id, char *to, size_t size)
{
	static const char *const keys[] = { "SN:", "SERN:", "SERIALNUMBER:" };
	char value[256];
	size_t i, length;

	to[0] = '\0';
	for (; *device_id != '\0'; device_id += length) {
		device_id += strspn(device_id, "; ");
		length = strcspn(device_id, ";");
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncasecmp(device_id, keys[i],
			    strlen(keys[i])) == 0) {
				snprintf(value, sizeof(value), "%.*s",
				    (int)(length - strlen(keys[i])),
				    device_id + strlen(keys[i]));
				text_clean(to, size, value);
				return;
			}
	}
}

static bool
ipp_identify(struct printer *printer, struct printer_identity *who)
{
	struct ipp_printer *ipp = (struct ipp_printer *)printer;
	ipp_t *request = ipp_begin(ipp, IPP_OP_GET_PRINTER_ATTRIBUTES);
	ipp_t *answer;
	const char *uuid;

	ipp_want(request, who_attributes, COUNT(who_attributes));
	answer = ipp_ask(ipp, request, NULL);
	if (answer == NULL)
		return false;
	memset(who, 0, sizeof(*who));
	text_clean(who->make_and_model, sizeof(who->make_and_model),
	    ipp_text(answer, "printer-make-and-model"));
	if (who->make_and_model[0] == '\0')
		text_copy(who->make_and_model, sizeof(who->make_and_model),
		    "IPP printer");
	text_clean(who->firmware_version, sizeof(who->firmware_version),
	    ipp_text(answer, "printer-firmware-string-version"));
	serial_find(ipp_text(answer, "printer-device-id"),
	    who->serial_number, sizeof(who->serial_number));
	uuid = ipp_text(answer, "printer-uuid");
	text_copy(ipp->uuid, sizeof(ipp->uuid), uuid);
	if (strncasecmp(uuid, "urn:uuid:", 9) == 0)
		uuid += 9;
	id_clean(who->device_id, sizeof(who->device_id),
	    who->serial_number[0] != '\0' ? who->serial_number : uuid);
	ippDelete(answer);
	if (who->device_id[0] == '\0')
		event_error("the printer at %s tells neither a serial number "
		    "nor a UUID: name it with --device-id", ipp->uri);
	return true;
}

/* Addresses change hands: what another printer did is not ours to tell. */
static bool
printer_same(struct ipp_printer *ipp, const char *uuid)
{
	if (strcmp(ipp->uuid, uuid) == 0) {
		ipp->strange = false;
		return true;
	}
	if (!ipp->strange)
		event_error("another printer answers at %s", ipp->uri);
	ipp->strange = true;
	return false;
}

static bool
ipp_look(struct printer *printer, bool started, struct printer_look *look)
{
	struct ipp_printer *ipp = (struct ipp_printer *)printer;
	ipp_t *request, *answer;
	bool same;

	/* It prints whether we are started or not. */
	(void)started;
	request = ipp_begin(ipp, IPP_OP_GET_JOBS);
	ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit",
	    PRINTER_JOBS_MAX);
	ippAddString(request, IPP_TAG_OPERATION,
	    IPP_CONST_TAG(IPP_TAG_KEYWORD), "which-jobs", NULL, "completed");
	ipp_want(request, job_attributes, COUNT(job_attributes));
	answer = ipp_ask(ipp, request, NULL);
	if (answer == NULL)
		return false;
	ipp_jobs_read(answer, look);
	ippDelete(answer);

	/* After the jobs, so that no job is told without its toner. */
	request = ipp_begin(ipp, IPP_OP_GET_PRINTER_ATTRIBUTES);
	ipp_want(request, supply_attributes, COUNT(supply_attributes));
	answer = ipp_ask(ipp, request, NULL);
	if (answer == NULL)
		return false;
	same = printer_same(ipp, ipp_text(answer, "printer-uuid"));
	if (same)
		ipp_supplies_read(answer, look);
	ippDelete(answer);
	return same;
}

static void
ipp_close(struct printer *printer)
{
	struct ipp_printer *ipp = (struct ipp_printer *)printer;

	if (ipp->http != NULL)
		httpClose(ipp->http);
	free(ipp);
}

struct printer *
ipp_open(const char *uri)
{
	struct ipp_printer *ipp = memory_new(1, sizeof(*ipp));
	char scheme[16], user[256];

	*ipp = (struct ipp_printer) {
		.printer = {
			.identify = ipp_identify,
			.look = ipp_look,
			.print_sheet = ipp_print_sheet,
			.close = ipp_close
		},
		.uri = uri
	};
	if (httpSeparateURI(HTTP_URI_CODING_ALL, uri, scheme, sizeof(scheme),
	    user, sizeof(user), ipp->host, sizeof(ipp->host), &ipp->port,
	    ipp->resource, sizeof(ipp->resource)) < HTTP_URI_STATUS_OK ||
	    (strcmp(scheme, "ipp") != 0 && strcmp(scheme, "ipps") != 0)) {
		event_error("%s is not the address of an IPP printer, such "
		    "as ipp://192.0.2.7/ipp/print", uri);
		free(ipp);
		return NULL;
	}
	ipp->tls = strcmp(scheme, "ipps") == 0;
	cupsSetPasswordCB2(no_password, NULL);
	return &ipp->printer;
}
