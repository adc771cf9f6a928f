/* A web server's FastCGI parameters and the request that is made of them:
 * each line is one, NAME=VALUE, found as libfcgi finds it. */
#include <arpa/inet.h>
#include <fcgiapp.h>

#include "lib/request.h"
#include "t/fuzz/fuzz.h"

#define PARAMETERS_MAX	64

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static const char *
find(void *source, const char *name)
{
	return FCGX_GetParam(name, source);
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* Against the digits themselves, however many there are. */
static void
judge_length(char **parameters)
{
	const char *text = or_empty(find(parameters, "CONTENT_LENGTH"));
	bool digits = text[strspn(text, "0123456789")] == '\0';
	char written[32];
	size_t length = 1;

	MUST(request_length(find, parameters, &length) == digits);
	if (!digits || text[0] == '\0') {
		MUST(length == 0);
		return;
	}
	text += strspn(text, "0");
	snprintf(written, sizeof(written), "%zu", length);
	if (length < REQUEST_LENGTH_MAX)
		MUST(strcmp(written, text[0] != '\0' ? text : "0") == 0);
	else
		MUST(strlen(text) > strlen(written) ||
		    (strlen(text) == strlen(written) &&
		    strcmp(text, written) >= 0));
}

/* An address with the same first bytes, told as text, gives them again. */
static void
judge_address(const struct request *request)
{
	struct request again;
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16] = { 0 };
	char parameter[96], *parameters[] = { parameter, NULL };
	bool v4 = request->address_length == 4;

	/* The text goes into a line of the log, so only an address may. */
	MUST(strcmp(request->address_text, "-") == 0 ||
	    request->address_text[strspn(request->address_text,
	    "0123456789abcdefABCDEF:.")] == '\0');
	MUST(v4 || request->address_length == 8);
	for (size_t i = request->address_length;
	    i < sizeof(request->address); i++)
		MUST(request->address[i] == 0);
	memcpy(bytes, request->address, request->address_length);
	bytes[15] = v4 ? 0 : 0xfe;
	MUST(inet_ntop(v4 ? AF_INET : AF_INET6, bytes, text, sizeof(text)) !=
	    NULL);
	snprintf(parameter, sizeof(parameter), "REMOTE_ADDR=%s", text);
	request_read(&again, find, parameters);
	MUST(again.address_length == request->address_length);
	MUST(memcmp(again.address, request->address, sizeof(bytes)) == 0);
	if (!v4)
		return;
	snprintf(parameter, sizeof(parameter), "REMOTE_ADDR=::ffff:%s", text);
	request_read(&again, find, parameters);
	MUST(again.address_length == 4);
	MUST(memcmp(again.address, request->address, sizeof(bytes)) == 0);
}

static void
judge_token(const struct request *request, char **parameters)
{
	const char *header = or_empty(find(parameters, "HTTP_AUTHORIZATION"));

	if (request->token == NULL) {
		MUST(strncmp(header, "Bearer x", 8) != 0);
		return;
	}
	MUST(strncasecmp(header, "Bearer ", 7) == 0);
	MUST(request->token > header + 6);
	MUST(request->token <= header + strlen(header));
	MUST(request->token[0] != '\0' && request->token[0] != ' ');
}

static void
judge_type(const struct request *request)
{
	static const char *const types[] = { "text/xml", "application/xml",
	    NULL };
	const char *type = request->content_type;
	bool is = request_type_is(request, types);

	MUST(!is || strncasecmp(type, "text/xml", 8) == 0 ||
	    strncasecmp(type, "application/xml", 15) == 0);
	MUST(is || strcasecmp(type, "text/xml") != 0);
	MUST(!request_accepts(request, "text/event-stream") ||
	    strcasestr(request->accept, "text/event-stream") != NULL);
}

static void
judge_texts(const struct request *request, char **parameters)
{
	const struct {
		const char	*given, *name;
	} texts[] = { { request->method, "REQUEST_METHOD" },
		{ request->query, "QUERY_STRING" },
		{ request->content_type, "CONTENT_TYPE" },
		{ request->cookie, "HTTP_COOKIE" },
		{ request->accept, "HTTP_ACCEPT" },
		{ request->accept_language, "HTTP_ACCEPT_LANGUAGE" },
		{ request->last_event_id, "HTTP_LAST_EVENT_ID" },
		{ or_empty(request->origin), "HTTP_ORIGIN" },
		{ or_empty(request->fetch_site), "HTTP_SEC_FETCH_SITE" } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		MUST(strcmp(texts[i].given, or_empty(find(parameters,
		    texts[i].name))) == 0);
	MUST(request->origin == NULL || request->origin[0] != '\0');
	MUST(request->fetch_site == NULL || request->fetch_site[0] != '\0');
	MUST(request->body == NULL && request->length == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t *at = bytes, *end = bytes + length;
	char *parameters[PARAMETERS_MAX + 1] = { NULL };
	struct request request;

	for (size_t i = 0; at < end && i < PARAMETERS_MAX; i++)
		parameters[i] = fuzz_line(&at, end);
	memset(&request, 0xa5, sizeof(request));
	request_read(&request, find, parameters);
	judge_texts(&request, parameters);
	judge_length(parameters);
	judge_address(&request);
	judge_token(&request, parameters);
	judge_type(&request);
	for (size_t i = 0; parameters[i] != NULL; i++)
		free(parameters[i]);
	return 0;
}
