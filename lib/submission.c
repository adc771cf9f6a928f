#include "lib/submission.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/form.h"
#include "lib/text.h"

static enum error
field_take(const struct request *request, const char *name, char **value)
{
	size_t length;

	if (strncasecmp(request->content_type, "multipart/", 10) == 0)
		return form_part(request->body, request->length,
		    request->content_type, name, value, &length);
	return form_field(request->body, request->length, name, value,
	    &length);
}

static bool
is_blank(const char *value)
{
	return value == NULL || value[strspn(value, " ")] == '\0';
}

/* What a cookie cannot keep is cut off. */
static void
keep(char kept[static TERMINAL_TYPED_MAX + 1], const char *value)
{
	text_copy(kept, TERMINAL_TYPED_MAX + 1, value != NULL ? value : "");
}

/* out: NULL, or the screen that says what is wrong with it. */
static const char *
normalize(const struct conf *conf, const struct request *request,
    struct submission *submission)
{
	const char *code = submission->code;
	bool named = !is_blank(submission->device);

	if (!named || !is_blank(code)
	    || !terminal_typed_get(conf, request, &submission->typed))
		keep(submission->typed.code, code);
	else
		code = submission->typed.code;
	keep(submission->typed.device, submission->device);
	if (named && !code_ending(submission->device, submission->ending))
		return "name-device";
	if (code == NULL
	    || code_judge(code, conf->code_check, submission->normal)
		!= CODE_FINE)
		return "code-invalid";
	return NULL;
}

enum error
submission_read(const struct conf *conf, const struct request *request,
    struct submission *submission, const char **screen)
{
	enum error error;

	if ((error = field_take(request, "code", &submission->code))
	    != ERROR_NONE)
		return error;
	if ((error = field_take(request, "device", &submission->device))
	    != ERROR_NONE)
		return error;
	*screen = normalize(conf, request, submission);
	return ERROR_NONE;
}

void
submission_free(struct submission *submission)
{
	if (submission->code != NULL)
		sodium_memzero(submission->code, strlen(submission->code));
	free(submission->code);
	free(submission->device);
	sodium_memzero(submission, sizeof(*submission));
}
