/* The table leads. Children stand in its order; what is foreign is counted
 * and skipped; values are gathered, trimmed and handed to their readers. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/document.h"

#define QUOTED_MAX	32
#define SPACE		" \t\r\n"

static void __attribute__((format(printf, 3, 4)))
invalid(struct document *d, int line, const char *format, ...)
{
	va_list values;
	size_t used;

	if (d->problem[0] != '\0')
		return;
	snprintf(d->problem, DOCUMENT_PROBLEM_SIZE, "line %d: ", line);
	used = strlen(d->problem);
	va_start(values, format);
	vsnprintf(d->problem + used, DOCUMENT_PROBLEM_SIZE - used, format,
	    values);
	va_end(values);
}

static struct document_frame *
top(struct document *d)
{
	return d->depth > 0 ? &d->frames[d->depth - 1] : NULL;
}

/* What a sender wrote may be shown when it is short, printable ASCII. */
static bool
is_quotable(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > QUOTED_MAX)
		return false;
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* Values. */

static void
wrong_value(struct document *d, const struct document_value *value,
    const char *text)
{
	const struct document_frame *frame = top(d);
	const char *wanted = value->wanted;
	char range[64], place[96], sent[QUOTED_MAX + 16] = "";

	if (wanted == NULL) {
		snprintf(range, sizeof(range), "a whole number from %lld to "
		    "%lld", (long long)value->min, (long long)value->max);
		wanted = range;
	}
	if (value->quoted && is_quotable(text))
		snprintf(sent, sizeof(sent), ", not \"%s\"", text);
	if (value->name != NULL)
		snprintf(place, sizeof(place), "%s of <%s>", value->name,
		    frame->element->name);
	else
		snprintf(place, sizeof(place), "<%s>", frame->element->name);
	invalid(d, frame->line, "%s must be %s%s", place, wanted, sent);
}

/* in: the value's length bytes in d->text. */
static void
take_value(struct document *d, const struct document_value *value,
    size_t length)
{
	char *text = d->text;
	size_t before;

	text[length] = '\0';
	before = strspn(text, SPACE);
	while (length > before && strchr(SPACE, text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
	if (!value->read(value, text + before, length - before,
	    (char *)top(d)->item + value->offset))
		wrong_value(d, value, text + before);
	if (value->line > 0)
		memcpy((char *)top(d)->item + value->line, &top(d)->line,
		    sizeof(top(d)->line));
}

bool
document_attribute(struct document *d, const char *name, const char *uri,
    const char *text, size_t length)
{
	struct document_frame *frame = top(d);
	const struct document_value *value;
	unsigned bit = 1;

	if (d->problem[0] != '\0' || frame->element == NULL)
		return true;
	if (uri != NULL && strcmp(uri, d->namespace) != 0)
		return true;
	if (length > DOCUMENT_TEXT_MAX) {
		invalid(d, frame->line, "an attribute of <%s> holds more than "
		    "%d bytes", frame->element->name, DOCUMENT_TEXT_MAX);
		return false;
	}
	value = frame->element->attributes;
	while (value != NULL && value->name != NULL &&
	    (uri != NULL || strcmp(value->name, name) != 0)) {
		value++;
		bit <<= 1;
	}
	if (value == NULL || value->name == NULL) {
		invalid(d, frame->line, "<%s> has no attribute %s%s",
		    frame->element->name, is_quotable(name) ? name :
		    "of that name", uri != NULL ? " with a prefix" : "");
		return true;
	}
	frame->attributes |= bit;
	memcpy(d->text, text, length);
	take_value(d, value, length);
	return true;
}

void
document_opened(struct document *d)
{
	const struct document_frame *frame = top(d);
	const struct document_value *value;
	unsigned bit = 1;

	if (d->problem[0] != '\0' || frame->element == NULL)
		return;
	value = frame->element->attributes;
	for (; value != NULL && value->name != NULL; value++, bit <<= 1)
		if (value->required && !(frame->attributes & bit))
			invalid(d, frame->line, "<%s> lacks its attribute %s",
			    frame->element->name, value->name);
}

/* The order of children. */

static bool
may_be_left_out(const struct document_frame *frame,
    const struct document_element *child, unsigned next_branch)
{
	unsigned taken = frame->branch != 0 ? frame->branch : next_branch;

	return child->min == 0 ||
	    (child->branch != 0 && taken != 0 && child->branch != taken);
}

/* The first child that had to come before the next one (NULL: before the
 * end). out: NULL when none is missing. */
static const struct document_element *
missing_child(const struct document_frame *frame,
    const struct document_element *next)
{
	const struct document_element *child = frame->element->children;
	unsigned branch = next != NULL ? next->branch : 0;

	if (frame->at != NULL)
		child = frame->at + 1;
	for (; child != NULL && child->name != NULL && child != next; child++)
		if (!may_be_left_out(frame, child, branch))
			return child;
	return NULL;
}

static const struct document_element *
find_child(const struct document_element *element, const char *name)
{
	const struct document_element *child = element->children;

	for (; child != NULL && child->name != NULL; child++)
		if (strcmp(child->name, name) == 0)
			return child;
	return NULL;
}

/* Whether a child may come now, after those that came. */
static bool
is_in_order(struct document *d, const struct document_frame *frame,
    const struct document_element *child, int line)
{
	const struct document_element *at = frame->at, *missing;
	const char *name = child->name;

	if (child == at && frame->count < child->max)
		return true;
	missing = missing_child(frame, child);
	if (child == at)
		invalid(d, line, "<%s> holds more than %u <%s>",
		    frame->element->name, child->max, name);
	else if (at != NULL && child->branch != 0 && frame->branch != 0 &&
	    child->branch != frame->branch)
		invalid(d, line, "<%s> cannot stand beside <%s>", name,
		    at->name);
	else if (at != NULL && child < at)
		invalid(d, line, "<%s> must stand before <%s>", name,
		    at->name);
	else if (missing != NULL)
		invalid(d, line, "<%s> is missing before <%s>",
		    missing->name, name);
	else
		return true;
	return false;
}

/* The child that this name opens; NULL: foreign or refused. */
static const struct document_element *
step(struct document *d, struct document_frame *frame, const char *name,
    const char *uri, int line)
{
	const struct document_element *child;
	const char *inside = frame->element->name;

	if (frame->element->value != NULL) {
		invalid(d, line, "<%s> must hold text alone, no element",
		    inside);
		return NULL;
	}
	if (uri == NULL) {
		invalid(d, line, "an element in <%s> is in no namespace; it "
		    "must be in %s", inside, d->namespace);
		return NULL;
	}
	if (strcmp(uri, d->namespace) != 0)
		return NULL;
	child = find_child(frame->element, name);
	if (child == NULL) {
		invalid(d, line, "<%s> does not belong in <%s>",
		    is_quotable(name) ? name : "...", inside);
		return NULL;
	}
	if (!is_in_order(d, frame, child, line))
		return NULL;
	frame->count = child == frame->at ? frame->count + 1 : 1;
	frame->at = child;
	if (child->branch != 0)
		frame->branch = child->branch;
	return child;
}

/* Elements. */

static bool
is_root(struct document *d, const char *name, const char *uri, int line)
{
	if (uri != NULL && strcmp(uri, d->namespace) == 0 &&
	    strcmp(name, d->root->name) == 0)
		return true;
	invalid(d, line, "the root element must be <%s xmlns=\"%s\">",
	    d->root->name, d->namespace);
	return false;
}

static bool
is_within_bounds(struct document *d, unsigned attributes, int line)
{
	if (d->depth == DOCUMENT_DEPTH_MAX)
		invalid(d, line, "elements stand more than %d deep",
		    DOCUMENT_DEPTH_MAX);
	else if (attributes > DOCUMENT_ATTRIBUTES_MAX)
		invalid(d, line, "an element has more than %d attributes",
		    DOCUMENT_ATTRIBUTES_MAX);
	else if (d->elements == DOCUMENT_ELEMENTS_MAX)
		invalid(d, line, "the document has more than %d elements",
		    DOCUMENT_ELEMENTS_MAX);
	else
		return true;
	return false;
}

bool
document_name(struct document *d, size_t length, int line)
{
	if (length > DOCUMENT_NAME_MAX)
		invalid(d, line, "a name has more than %d bytes, its prefix "
		    "counted", DOCUMENT_NAME_MAX);
	return length <= DOCUMENT_NAME_MAX;
}

bool
document_open(struct document *d, const char *name, const char *uri,
    unsigned attributes, int line)
{
	struct document_frame *around = top(d), *frame;
	void *item = around != NULL ? around->item : d->item;

	if (!is_within_bounds(d, attributes, line))
		return false;
	d->elements++;
	frame = &d->frames[d->depth++];
	*frame = (struct document_frame) { .parent = item, .item = item,
	    .line = line };
	if (d->problem[0] != '\0')
		return true;
	if (around == NULL)
		frame->element = is_root(d, name, uri, line) ? d->root : NULL;
	else if (around->element != NULL)
		frame->element = step(d, around, name, uri, line);
	if (frame->element != NULL && frame->element->begin != NULL)
		frame->item = frame->element->begin(item);
	return true;
}

bool
document_text(struct document *d, const char *text, size_t length, int line)
{
	struct document_frame *frame = top(d);

	assert(frame != NULL);
	if (frame->element != NULL && frame->element->value == NULL) {
		for (size_t i = 0; i < length; i++)
			if (strchr(SPACE, text[i]) == NULL)
				invalid(d, line, "text stands in <%s>, "
				    "outside the elements it holds",
				    frame->element->name);
		return true;
	}
	if (length > DOCUMENT_TEXT_MAX - frame->length) {
		invalid(d, line, "an element holds more than %d bytes of "
		    "text", DOCUMENT_TEXT_MAX);
		return false;
	}
	if (frame->element != NULL)
		memcpy(d->text + frame->length, text, length);
	frame->length += length;
	return true;
}

void
document_close(struct document *d, int line)
{
	struct document_frame *frame = top(d);
	const struct document_element *missing;
	const char *wrong = NULL;

	assert(frame != NULL);
	if (d->problem[0] == '\0' && frame->element != NULL) {
		missing = missing_child(frame, NULL);
		if (frame->element->value != NULL)
			take_value(d, frame->element->value, frame->length);
		else if (missing != NULL)
			invalid(d, line, "<%s> is missing before </%s>",
			    missing->name, frame->element->name);
		if (frame->element->end != NULL && d->problem[0] == '\0')
			wrong = frame->element->end(frame->parent,
			    frame->item);
		if (wrong != NULL)
			invalid(d, frame->line, "<%s> %s",
			    frame->element->name, wrong);
	}
	d->depth--;
	d->closed = d->depth == 0;
}
