#include "lib/reply.h"

#include <string.h>

#include "lib/log.h"

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	const char *c;

	for (c = value; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			log_fatal("control byte in header %s", name);
	}
	text_addf(&reply->headers, "%s: %s\r\n", name, value);
}

const char *
reply_reason(int status)
{
	static const struct {
		int		 status;
		const char	*reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 303, "See Other" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	log_fatal("no reason phrase for status %d", status);
}

void
reply_document(struct reply *reply, int status)
{
	reply->status = status;
	reply_header(reply, "Content-Type", "application/xml; charset=utf-8");
	reply_header(reply, "Cache-Control", "no-store");
}

void
reply_see_other(struct reply *reply, const char *base_path, const char *path)
{
	struct text location = { 0 };

	text_add(&location, base_path);
	text_add(&location, path);
	reply->status = 303;
	reply_header(reply, "Location", location.bytes);
	reply_header(reply, "Cache-Control", "no-store");
	text_free(&location);
}

void
reply_problem(struct reply *reply, enum error error)
{
	const struct error_public *public = error_public(error);

	text_clear(&reply->headers);
	text_clear(&reply->body);
	reply->status = public->status;
	reply_header(reply, "Content-Type", "application/problem+xml");
	reply_header(reply, "Cache-Control", "no-store");
	if (error == ERROR_UNAUTHORIZED)
		reply_header(reply, "WWW-Authenticate", "Bearer");
	if (public->retry_after_s > 0)
		text_addf(&reply->headers, "Retry-After: %d\r\n",
		    public->retry_after_s);
	text_addf(&reply->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<problem xmlns=\"urn:ietf:rfc:7807\">\n"
	    "  <type>urn:tallystick:problem:%s</type>\n"
	    "  <title>%s</title>\n  <status>%d</status>\n  <detail>",
	    public->name, public->title, public->status);
	text_add_xml(&reply->body,
	    reply->detail[0] != '\0' ? reply->detail : public->detail);
	text_add(&reply->body, "</detail>\n</problem>\n");
}

void
reply_clear(struct reply *reply)
{
	text_clear(&reply->headers);
	text_clear(&reply->body);
	memset(reply->detail, 0, sizeof(reply->detail));
	reply->status = 0;
	reply->end_worker = 0;
}

void
reply_free(struct reply *reply)
{
	text_free(&reply->headers);
	text_free(&reply->body);
}
