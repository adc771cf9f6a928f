/* Forms, url-encoded and multipart: the first line is the Content-Type, the
 * rest the body. Read by the fields alone, and as devices' and terminals'
 * forms are. */
#include <ctype.h>
#include <sodium.h>

#include "lib/device.h"
#include "lib/form.h"
#include "lib/submission.h"
#include "t/fuzz/fuzz.h"

#define BOUNDARY	"a-boundary-that-no-value-holds"

static const char *const names[] = { "code", "device", "message", "" };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	MUST(sodium_init() >= 0);
	return 0;
}

/* What makes an url-encoded text malformed, told another way: a NUL, or a
 * percent sign that two hex digits other than 00 do not follow. */
static bool
is_malformed(const char *form, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (form[i] == '\0')
			return true;
		if (form[i] != '%')
			continue;
		if (length - i < 3 || !isxdigit((unsigned char)form[i + 1]) ||
		    !isxdigit((unsigned char)form[i + 2]) ||
		    memcmp(form + i, "%00", 3) == 0)
			return true;
	}
	return false;
}

/* Coded anew, behind another field, the value is what it was. */
static void
code_again(const char *name, const char *value, size_t length)
{
	size_t size = 3 * length + 64, got_length;
	char *form = malloc(size), *at = form, *got = NULL;

	MUST(form != NULL);
	at += sprintf(at, "&x%%31=%%%s&&%s=", "41", name);
	for (size_t i = 0; i < length; i++)
		at += sprintf(at, "%%%02x", (unsigned char)value[i]);
	at += sprintf(at, "&%s=other", name);
	MUST(form_field(form, (size_t)(at - form), name, &got, &got_length)
	    == ERROR_NONE);
	MUST(got != NULL && got_length == length);
	MUST(memcmp(got, value, length) == 0);
	free(got);
	free(form);
}

static void
judge_field(const char *form, size_t form_length, const char *name)
{
	char *value = NULL, *again = NULL;
	size_t length = 0, again_length = 0;
	enum error error = form_field(form, form_length, name, &value,
	    &length);

	MUST(error == (is_malformed(form, form_length) ? ERROR_MALFORMED
	    : ERROR_NONE));
	MUST(form_field(form, form_length, name, &again, &again_length)
	    == error);
	if (error != ERROR_NONE) {
		MUST(value == NULL && again == NULL);
		return;
	}
	MUST((value == NULL) == (again == NULL));
	if (value != NULL) {
		MUST(strlen(value) == length && again_length == length);
		MUST(memcmp(value, again, length) == 0);
		code_again(name, value, length);
	}
	free(value);
	free(again);
}

/* Sent anew as a part, the content is what it was. */
static void
part_again(const char *name, const char *content, size_t length)
{
	static const char after[] = "\r\n--" BOUNDARY "--\r\n";
	size_t size = length + 512, body_length, got_length;
	char *body = malloc(size), *got = NULL;

	MUST(body != NULL);
	body_length = (size_t)snprintf(body, size, "a preamble\r\n--" BOUNDARY
	    "\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--"
	    BOUNDARY " \r\nX: y\r\ncontent-disposition: form-data; "
	    "NAME=\"%s\"\r\n\r\n", name);
	memcpy(body + body_length, content, length);
	body_length += length;
	memcpy(body + body_length, after, sizeof(after) - 1);
	body_length += sizeof(after) - 1;
	MUST(form_part(body, body_length, "multipart/form-data; boundary="
	    BOUNDARY, name, &got, &got_length) == ERROR_NONE);
	MUST(got != NULL && got_length == length);
	MUST(memcmp(got, content, length) == 0 && got[length] == '\0');
	free(got);
	free(body);
}

static void
judge_part(const char *type, const char *body, size_t body_length,
    const char *name)
{
	char *value = NULL, *again = NULL;
	size_t length = 0, again_length = 0;
	enum error error = form_part(body, body_length, type, name, &value,
	    &length);

	MUST(error == ERROR_NONE || error == ERROR_MALFORMED);
	MUST(form_part(body, body_length, type, name, &again, &again_length)
	    == error);
	MUST(error == ERROR_NONE || value == NULL);
	MUST((value == NULL) == (again == NULL));
	if (value != NULL) {
		MUST(length == again_length && value[length] == '\0');
		MUST(memcmp(value, again, length) == 0);
		MUST(length <= body_length);
		MUST(memmem(body, body_length, value, length) != NULL);
		if (name[0] != '\0' && memmem(value, length, BOUNDARY,
		    strlen(BOUNDARY)) == NULL)
			part_again(name, value, length);
	}
	free(value);
	free(again);
}

static void
judge_submission(const struct request *request)
{
	struct submission submission = { 0 };
	const char *screen = "none";
	char normal[CODE_MAX + 1];
	static const struct conf conf = { .code_check = false };
	enum error error = submission_read(&conf, request, &submission,
	    &screen);

	MUST(error == ERROR_NONE || error == ERROR_MALFORMED);
	if (error == ERROR_NONE && screen == NULL) {
		MUST(submission.code != NULL);
		MUST(code_normalize(submission.code, normal));
		MUST(strcmp(normal, submission.normal) == 0);
		MUST(submission.ending[0] == '\0' ||
		    strlen(submission.ending) >= CODE_ENDING_MIN);
		MUST(strncmp(submission.typed.code, submission.code,
		    strlen(submission.typed.code)) == 0);
	} else if (error == ERROR_NONE)
		MUST(strcmp(screen, "code-invalid") == 0 ||
		    strcmp(screen, "name-device") == 0);
	submission_free(&submission);
	for (size_t i = 0; i < sizeof(submission); i++)
		MUST(((char *)&submission)[i] == '\0');
}

/* The message of a device's form: the very bytes that the fields give. */
static enum error
keep_message(const char *bytes, size_t length, void *to, char *problem)
{
	text_add_bytes(to, bytes, length);
	problem[0] = '\0';
	return ERROR_NONE;
}

static void
judge_device(const struct request *request)
{
	struct text message = { 0 };
	struct reply reply = { 0 };
	enum error error = device_message(request, keep_message, &message,
	    &reply);

	MUST(error == ERROR_NONE || error == ERROR_MALFORMED);
	MUST((error == ERROR_NONE) == (reply.detail[0] == '\0'));
	MUST(!reply.end_worker);
	text_free(&message);
	reply_free(&reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t *at = bytes, *end = bytes + length;
	char *type = fuzz_line(&at, end), *body = fuzz_rest(at, end);
	size_t body_length = (size_t)(end - at);
	struct request request = { .content_type = type, .cookie = "",
		.body = body, .length = body_length };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		judge_field(body, body_length, names[i]);
		judge_part(type, body, body_length, names[i]);
	}
	judge_submission(&request);
	judge_device(&request);
	free(type);
	free(body);
	return 0;
}
