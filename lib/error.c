#include "lib/error.h"

static const struct error_public publics[ERROR__MAX] = {
	[ERROR_NONE] = { 200, "none", "OK", "Nothing is wrong.", 0 },
	[ERROR_MALFORMED] = { 400, "malformed", "Malformed message",
	    "The body is not well-formed XML in UTF-8, or was cut short.", 0 },
	[ERROR_UNAUTHORIZED] = { 401, "unauthorized", "Token wanted",
	    "Send Authorization: Bearer with the Token that register answered; "
	    "if it is not known here, register again.", 0 },
	[ERROR_NOT_ADMITTED] = { 403, "not-admitted", "Not on the list",
	    "This server takes listed devices only and this DeviceId is not "
	    "on its list: ask its operator.", 0 },
	[ERROR_CROSS_SITE] = { 403, "cross-site", "Form from another site",
	    "This form was sent from another site; open our own page.", 0 },
	[ERROR_METHOD] = { 405, "method", "Method not allowed",
	    "Use a method that the Allow header names.", 0 },
	[ERROR_NOT_PAIRED] = { 409, "not-paired", "Not paired yet",
	    "The registration is still pending and nothing was stored: wait "
	    "at connect until its state is paired.", 0 },
	[ERROR_GONE] = { 410, "gone", "Registration ended",
	    "This token is no longer in force: register again.", 0 },
	[ERROR_TOO_LARGE] = { 413, "too-large", "Message too large",
	    "The body is over the bound: 64 KiB, 512 KiB for a report.", 0 },
	[ERROR_CONTENT_TYPE] = { 415, "content-type", "Content-Type not known",
	    "Send application/xml or text/xml, or a form with the document in "
	    "its field message.", 0 },
	[ERROR_INVALID] = { 422, "invalid", "Invalid message",
	    "The message breaks its schema or a bound.", 0 },
	[ERROR_THROTTLED] = { 429, "throttled", "Too many",
	    "Too many registrations pend from this address: pair or let "
	    "expire some, then repeat.", 60 },
	[ERROR_UNAVAILABLE] = { 503, "unavailable", "Try again",
	    "The request could not be completed or its outcome is uncertain: "
	    "repeat it after Retry-After seconds; that is safe.", 5 },
};

const struct error_public *
error_public(enum error error)
{
	return &publics[error];
}
