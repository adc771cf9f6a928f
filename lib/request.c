#include "lib/request.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The rows by which an address is counted: an IPv4 address, or the /64 that
 * one customer of an IPv6 network has. What is no address counts as a row, and
 * its text, which could forge the end of a line in the log, is not kept. */
static void
address_read(struct request *request)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char v6[16];

	request->address_length = 4;
	if (inet_pton(AF_INET, request->address_text, request->address) == 1)
		return;
	memset(request->address, 0, sizeof(request->address));
	if (inet_pton(AF_INET6, request->address_text, v6) != 1) {
		request->address_text = "-";
		return;
	}
	if (memcmp(v6, mapped, sizeof(mapped)) == 0) {
		memcpy(request->address, v6 + 12, 4);
		return;
	}
	memcpy(request->address, v6, 8);
	request->address_length = 8;
}

/* RFC 6750: the scheme in any case, one or more spaces, the token. */
static const char *
bearer(const char *authorization)
{
	if (authorization == NULL
	    || strncasecmp(authorization, "Bearer", 6) != 0
	    || authorization[6] != ' ')
		return NULL;
	authorization += 6 + strspn(authorization + 6, " ");
	return authorization[0] != '\0' ? authorization : NULL;
}

static const char *
or_empty(const char *value)
{
	return value != NULL ? value : "";
}

void
request_read(struct request *request, request_parameter *parameter,
    void *source)
{
	memset(request, 0, sizeof(*request));
#define TAKE(name)	or_empty(parameter(source, name))
	request->method = TAKE("REQUEST_METHOD");
	request->query = TAKE("QUERY_STRING");
	request->content_type = TAKE("CONTENT_TYPE");
	request->cookie = TAKE("HTTP_COOKIE");
	request->accept = TAKE("HTTP_ACCEPT");
	request->accept_language = TAKE("HTTP_ACCEPT_LANGUAGE");
	request->last_event_id = TAKE("HTTP_LAST_EVENT_ID");
	request->address_text = TAKE("REMOTE_ADDR");
#undef TAKE
	request->token = bearer(parameter(source, "HTTP_AUTHORIZATION"));
	request->origin = parameter(source, "HTTP_ORIGIN");
	if (request->origin != NULL && request->origin[0] == '\0')
		request->origin = NULL;
	request->fetch_site = parameter(source, "HTTP_SEC_FETCH_SITE");
	if (request->fetch_site != NULL && request->fetch_site[0] == '\0')
		request->fetch_site = NULL;
	address_read(request);
}

bool
request_length(request_parameter *parameter, void *source, size_t *length)
{
	const char *value = parameter(source, "CONTENT_LENGTH");
	unsigned long long parsed;

	*length = 0;
	if (value == NULL || value[0] == '\0')
		return true;
	if (value[strspn(value, "0123456789")] != '\0')
		return false;
	/* What it cannot count is over every bound all the same. */
	parsed = strtoull(value, NULL, 10);
	*length = parsed < REQUEST_LENGTH_MAX ? (size_t)parsed
					      : REQUEST_LENGTH_MAX;
	return true;
}

bool
request_type_is(const struct request *request, const char *const *types)
{
	size_t length = strcspn(request->content_type, "; \t");

	for (; *types != NULL; types++) {
		if (strlen(*types) == length
		    && strncasecmp(*types, request->content_type, length) == 0)
			return true;
	}
	return false;
}

bool
request_accepts(const struct request *request, const char *type)
{
	const char *at = request->accept;
	size_t length = strlen(type);

	for (; *at != '\0'; at += strcspn(at, ",")) {
		at += strspn(at, ", \t");
		if (strncasecmp(at, type, length) == 0
		    && strchr("; \t,", at[length]) != NULL)
			return true;
	}
	return false;
}
