/* Forms as browsers and small HTTP stacks send them, and cookies. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/form.h"
#include "lib/text.h"

#define BOUNDARY_MAX	70	/* RFC 2046, 5.1.1 */

/* Bytes that are looked at, from the first to before the last. */
struct span {
	const char	*first;
	const char	*last;
};

static size_t
span_length(struct span span)
{
	return (size_t)(span.last - span.first);
}

static bool
span_is(struct span span, const char *text)
{
	return span_length(span) == strlen(text) &&
	    memcmp(span.first, text, span_length(span)) == 0;
}

static bool
span_begins(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span_length(span) >= length &&
	    memcmp(span.first, text, length) == 0;
}

/* Up to the byte, which is left out; all when there is none. */
static struct span
span_until(struct span span, char byte)
{
	const char *found = memchr(span.first, byte, span_length(span));

	return (struct span) { span.first, found ? found : span.last };
}

static struct span
span_trim(struct span span)
{
	while (span.first < span.last && strchr(" \t", *span.first) != NULL)
		span.first++;
	while (span.first < span.last && strchr(" \t", span.last[-1]) != NULL)
		span.last--;
	return span;
}

static char *
span_copy(struct span span, size_t *length)
{
	char *copy = memory_new(span_length(span) + 1, 1);

	memcpy(copy, span.first, span_length(span));
	*length = span_length(span);
	return copy;
}

static void
bytes_free(char *bytes, size_t length)
{
	if (bytes != NULL)
		explicit_bzero(bytes, length);
	free(bytes);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* out: the decoded bytes, or NULL for ERROR_MALFORMED. */
static char *
decode(struct span coded, size_t *length)
{
	char *bytes = memory_new(span_length(coded) + 1, 1);
	size_t count = 0;

	for (const char *p = coded.first; p < coded.last; p++) {
		int high = -1, low = -1;

		bytes[count] = *p == '+' ? ' ' : *p;
		if (*p == '%') {
			high = coded.last - p > 2 ? hex_digit(p[1]) : -1;
			low = high >= 0 ? hex_digit(p[2]) : -1;
			if (low < 0)
				goto malformed;
			bytes[count] = (char)(high << 4 | low);
			p += 2;
		}
		if (bytes[count++] == '\0')
			goto malformed;
	}
	*length = count;
	return bytes;
malformed:
	bytes_free(bytes, count);
	return NULL;
}

/* Decode one NAME=VALUE; take the value if it is the wanted one's first. */
static enum error
take_pair(struct span pair, const char *wanted, char **value, size_t *length)
{
	struct span coded = span_until(pair, '=');
	size_t name_length = 0, bytes_length = 0;
	char *name, *bytes;
	enum error error = ERROR_MALFORMED;

	name = decode(coded, &name_length);
	if (coded.last < pair.last)
		coded.last++;
	coded = (struct span) { coded.last, pair.last };
	bytes = decode(coded, &bytes_length);
	if (name == NULL || bytes == NULL)
		goto out;
	if (*value == NULL && strcmp(name, wanted) == 0) {
		*value = bytes;
		*length = bytes_length;
		bytes = NULL;
	}
	error = ERROR_NONE;
out:
	bytes_free(name, name_length);
	bytes_free(bytes, bytes_length);
	return error;
}

enum error
form_field(const char *form, size_t form_length, const char *name,
    char **value, size_t *length)
{
	struct span rest = { form, form + form_length };
	char *found = NULL;
	size_t found_length = 0;

	/* All of it is decoded: a form is well-formed or it is not. */
	while (rest.first < rest.last) {
		struct span pair = span_until(rest, '&');

		if (pair.first < pair.last && take_pair(pair, name, &found,
		    &found_length) != ERROR_NONE) {
			bytes_free(found, found_length);
			return ERROR_MALFORMED;
		}
		rest.first = pair.last < rest.last ? pair.last + 1 :
		    rest.last;
	}
	*value = found;
	*length = found_length;
	return ERROR_NONE;
}

/* From a quotation mark to behind its partner; empty without a partner. */
static struct span
quoted_string(struct span rest)
{
	for (const char *p = rest.first + 1; p < rest.last; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '"')
			return (struct span) { rest.first, p + 1 };
	}
	return (struct span) { rest.last, rest.last };
}

/* A header's parameter, ; NAME=token or ; NAME="quoted", as it stands.
 * out: the first of that name, empty when there is none. */
static struct span
parameter(struct span header, const char *wanted)
{
	const char *at = span_until(header, ';').last;

	while (at < header.last) {
		struct span part = { at + 1, header.last };
		struct span name = span_until(part, ';');
		struct span value;

		at = name.last;
		name = span_until(name, '=');
		if (name.last == at)
			continue;
		value = (struct span) { name.last + 1, header.last };
		while (value.first < value.last
		    && (*value.first == ' ' || *value.first == '\t'))
			value.first++;
		if (span_begins(value, "\""))
			value = quoted_string(value);
		else
			value = span_trim(span_until(value, ';'));
		name = span_trim(name);
		if (span_length(name) == strlen(wanted) &&
		    strncasecmp(name.first, wanted, strlen(wanted)) == 0)
			return value;
		part.first = value.last;
		at = span_until(part, ';').last;
	}
	return (struct span) { header.last, header.last };
}

/* A parameter's text without quotation marks and backslashes.
 * out: whether it is not empty and fits. */
static bool
unquote(struct span value, char *text, size_t size)
{
	size_t length = 0;

	if (span_begins(value, "\"")) {
		value.first++;
		value.last--;
	}
	for (; value.first < value.last; value.first++) {
		if (*value.first == '\\' && span_length(value) > 1)
			value.first++;
		if (*value.first == '\0' || length + 1 == size)
			return false;
		text[length++] = *value.first;
	}
	text[length] = '\0';
	return length > 0;
}

static const char *
find(struct span in, const char *what, size_t length)
{
	return memmem(in.first, span_length(in), what, length);
}

/* Whether a part's headers, each ended by CR LF, give it this name. */
static bool
part_is(struct span headers, const char *wanted)
{
	static const char field[] = "Content-Disposition:";
	char name[256];

	while (headers.first < headers.last) {
		const char *end = find(headers, "\r\n", 2);
		struct span line = { headers.first, end };

		if (span_length(line) >= strlen(field) &&
		    strncasecmp(line.first, field, strlen(field)) == 0)
			return unquote(parameter(line, "name"), name,
			    sizeof(name)) && strcmp(name, wanted) == 0;
		headers.first = end + 2;
	}
	return false;
}

/* Behind a boundary: go on to the next part's headers. out: whether there is
 * one; *closed when this boundary was the last. Neither: malformed. */
static bool
next_part(struct span *rest, bool *closed)
{
	const char *end;

	*closed = span_begins(*rest, "--");
	if (*closed)
		return false;
	end = find(*rest, "\r\n", 2);
	if (end == NULL ||
	    span_length(span_trim((struct span) { rest->first, end })) > 0)
		return false;
	rest->first = end + 2;
	return true;
}

/* Go through the parts to the last boundary. in: delimiter: CR LF, two
 * hyphens, boundary; rest behind the first of them. out: content of the part
 * that is wanted. */
static enum error
walk_parts(struct span rest, const char *delimiter, const char *wanted,
    struct span *content)
{
	bool closed;

	while (next_part(&rest, &closed)) {
		struct span part = rest;
		const char *blank;

		part.last = find(rest, delimiter, strlen(delimiter));
		if (part.last == NULL)
			return ERROR_MALFORMED;
		rest.first = part.last + strlen(delimiter);

		/* Without a blank line the part is headers alone, or, with
		 * one at its start, content alone, so without a name. */
		blank = find(part, "\r\n\r\n", 4);
		if (blank == NULL)
			blank = part.last;
		if (content->first != NULL || span_begins(part, "\r\n") ||
		    !part_is((struct span) { part.first, blank + 2 }, wanted))
			continue;
		*content = part;
		content->first = blank == part.last ? blank : blank + 4;
	}
	return closed ? ERROR_NONE : ERROR_MALFORMED;
}

enum error
form_part(const char *body, size_t body_length, const char *content_type,
    const char *name, char **value, size_t *length)
{
	struct span type = { content_type,
	    content_type + strlen(content_type) };
	struct span rest = { body, body + body_length };
	struct span content = { NULL, NULL };
	char boundary[BOUNDARY_MAX + 1];
	char delimiter[4 + BOUNDARY_MAX + 1] = "\r\n--";
	const char *first;

	if (!unquote(parameter(type, "boundary"), boundary,
	    sizeof(boundary)))
		return ERROR_MALFORMED;
	strcat(delimiter, boundary);

	/* The first boundary may open the body or follow a preamble. */
	if (span_begins(rest, delimiter + 2))
		rest.first += strlen(delimiter) - 2;
	else {
		first = find(rest, delimiter, strlen(delimiter));
		if (first == NULL)
			return ERROR_MALFORMED;
		rest.first = first + strlen(delimiter);
	}
	if (walk_parts(rest, delimiter, name, &content) != ERROR_NONE)
		return ERROR_MALFORMED;
	*value = content.first == NULL ? NULL : span_copy(content, length);
	return ERROR_NONE;
}

_Bool
form_cookie(const char *header, const char *name, char *value, size_t size)
{
	struct span rest = { header, header + strlen(header) };

	while (rest.first < rest.last) {
		struct span pair = span_trim(span_until(rest, ';'));
		struct span key = span_until(pair, '=');
		struct span text = { key.last + 1, pair.last };

		if (key.last < pair.last && span_is(span_trim(key), name)) {
			text = span_trim(text);
			if (span_length(text) >= size)
				return false;
			memcpy(value, text.first, span_length(text));
			value[span_length(text)] = '\0';
			return true;
		}
		rest.first = span_until(rest, ';').last;
		if (rest.first < rest.last)
			rest.first++;
	}
	return false;
}
