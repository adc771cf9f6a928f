#include "lib/submission.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/form.h"

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

/* out: NULL, or the screen that says what is wrong with it. */
static const char *
normalize(const struct request *request, struct submission *submission)
{
	const char *typed = submission->typed;

	if (!is_blank(submission->device)) {
		if (is_blank(typed)
		    && terminal_typed_get(request, submission->kept))
			typed = submission->kept;
		if (!code_ending(submission->device, submission->ending))
			return "name-device";
	}
	if (typed == NULL || !code_normalize(typed, submission->normal))
		return "code-invalid";
	return NULL;
}

enum error
submission_read(const struct request *request, struct submission *submission,
    const char **screen)
{
	enum error error;

	if ((error = field_take(request, "code", &submission->typed))
	    != ERROR_NONE)
		return error;
	if ((error = field_take(request, "device", &submission->device))
	    != ERROR_NONE)
		return error;
	*screen = normalize(request, submission);
	return ERROR_NONE;
}

const char *
submission_typed(const struct submission *submission)
{
	return submission->kept[0] != '\0' ? submission->kept
					   : submission->typed;
}

void
submission_free(struct submission *submission)
{
	if (submission->typed != NULL)
		sodium_memzero(submission->typed, strlen(submission->typed));
	free(submission->typed);
	free(submission->device);
	sodium_memzero(submission, sizeof(*submission));
}
