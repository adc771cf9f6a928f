#include "lib/device.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/form.h"
#include "lib/message.h"
#include "lib/xml.h"

const char *const device_content_types[] = { "application/xml", "text/xml",
	"application/x-www-form-urlencoded", "multipart/form-data", NULL };

bool
device_prepare(struct context *context, char *problem, size_t size)
{
	(void)context;
	if (!xml_setup()) {
		snprintf(problem, size, "no memory for libxml2");
		return false;
	}
	return true;
}

/* The form's field message. out: *owned, NULL when this is no form. */
static enum error
field_take(const struct request *request, char **owned, size_t *length)
{
	const char *type = request->content_type;
	enum error error;

	if (strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
		error = form_field(request->body, request->length, "message",
		    owned, length);
	else if (strncasecmp(type, "multipart/form-data", 19) == 0)
		error = form_part(request->body, request->length, type,
		    "message", owned, length);
	else
		return ERROR_NONE;
	return error == ERROR_NONE && *owned == NULL ? ERROR_MALFORMED : error;
}

enum error
device_message(const struct request *request, device_reader *reader, void *to,
    struct reply *reply)
{
	char problem[MESSAGE_PROBLEM_SIZE] = "";
	size_t length = request->length;
	char *owned = NULL;
	enum error error;

	if ((error = field_take(request, &owned, &length)) != ERROR_NONE) {
		text_copy(reply->detail, sizeof(reply->detail),
		    "The form is cut short or has no field named message: "
		    "send the XML document as the field message.");
		goto out;
	}
	error = reader(owned != NULL ? owned : request->body, length, to,
	    problem);
	text_copy(reply->detail, sizeof(reply->detail), problem);
	reply->end_worker = error == ERROR_UNAVAILABLE;
out:
	if (owned != NULL)
		sodium_memzero(owned, length);
	free(owned);
	return error;
}
