/* What an HTTP answer says to the devices of held. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/held.h"

#define HEAD_MAX	8192

/* in: end: of the head. out: the header's value, or NULL. */
static const char *
header_find(const char *head, const char *end, const char *name)
{
	size_t length = strlen(name);

	while ((head = memchr(head, '\n', (size_t)(end - head))) != NULL) {
		head++;
		if (strncasecmp(head, name, length) == 0)
			return head + length + strspn(head + length, " ");
	}
	return NULL;
}

static unsigned
header_number(const char *head, const char *end, const char *name)
{
	const char *value = header_find(head, end, name);

	return value == NULL ? 0 : (unsigned)strtoul(value, NULL, 10);
}

static bool
header_is(const char *head, const char *end, const char *name,
    const char *value)
{
	const char *found = header_find(head, end, name);

	return found != NULL && strncasecmp(found, value, strlen(value)) == 0;
}

static unsigned
version_find(const char *body)
{
	const char *at = strstr(body, "<Registration ");

	if (at == NULL || (at = strstr(at, " version=\"")) == NULL)
		return 0;
	return (unsigned)strtoul(at + strlen(" version=\""), NULL, 10);
}

enum answer_state
answer_parse(const struct text *came, struct answer *answer)
{
	const char *head = came->bytes, *end, *body;
	size_t length;
	unsigned status;

	if ((end = strstr(head, "\r\n\r\n")) == NULL)
		return came->length > HEAD_MAX ? ANSWER_BROKEN : ANSWER_SHORT;
	if (strncmp(head, "HTTP/1.1 ", 9) != 0)
		return ANSWER_BROKEN;
	status = (unsigned)strtoul(head + 9, NULL, 10);
	body = end + 4;
	length = came->length - (size_t)(body - head);
	if (header_is(head, end, "transfer-encoding:", "chunked")) {
		if (length < 5 || memcmp(body + length - 5, "0\r\n\r\n", 5) != 0)
			return ANSWER_SHORT;
	} else if (length < header_number(head, end, "content-length:")) {
		return ANSWER_SHORT;
	}
	answer->status = status;
	answer->retry_after_s = header_number(head, end, "retry-after:");
	answer->version = version_find(body);
	answer->problem = strstr(body, "urn:tallystick:problem:") != NULL;
	answer->close = header_is(head, end, "connection:", "close");
	return ANSWER_WHOLE;
}
