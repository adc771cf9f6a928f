#include "lib/markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define NAMES	LOWER "0123456789-"
#define SPACES	" \t\n"

static const char *const void_elements[] = { "area", "base", "br", "col",
	"embed", "hr", "img", "input", "link", "meta", "source", "track",
	"wbr", NULL };

bool
span_is(struct span span, const char *word)
{
	return span.length == strlen(word) &&
	    memcmp(span.at, word, span.length) == 0;
}

bool
span_begins(struct span span, const char *word)
{
	return span.length >= strlen(word) &&
	    memcmp(span.at, word, strlen(word)) == 0;
}

bool
span_is_name(struct span span)
{
	size_t i;

	if (span.length == 0 || span.length > MARKUP_NAME_MAX ||
	    span.at[0] < 'a' || span.at[0] > 'z')
		return false;
	for (i = 0; i < span.length; i++)
		if (strchr(NAMES, span.at[i]) == NULL)
			return false;
	return true;
}

bool
markup_fail(struct markup *markup, const char *at, const char *format, ...)
{
	const char *c = markup->text;
	unsigned line = 1;
	va_list arguments;
	int length;

	for (; c < at; c++)
		line += *c == '\n';
	length = snprintf(markup->problem, markup->size, "%s:%u: ",
	    markup->path, line);
	if (length < 0 || (size_t)length >= markup->size)
		return false;
	va_start(arguments, format);
	vsnprintf(markup->problem + length, markup->size - (size_t)length,
	    format, arguments);
	va_end(arguments);
	return false;
}

const struct attribute *
element_attribute(const struct element *element, const char *name)
{
	size_t i;

	for (i = 0; i < element->attribute_count; i++)
		if (span_is(element->attributes[i].name, name))
			return &element->attributes[i];
	return NULL;
}

bool
element_is_void(const struct element *element)
{
	size_t i;

	for (i = 0; void_elements[i] != NULL; i++)
		if (span_is(element->name, void_elements[i]))
			return true;
	return false;
}

/* ="VALUE", if it comes next. out: at behind it. */
static bool
read_value(struct markup *markup, struct attribute *attribute)
{
	const char *at = markup->at;

	if (*at != '=')
		return true;
	if (*++at != '"')
		return markup_fail(markup, at,
		    "%.*s needs its value in double quotes",
		    (int)attribute->name.length, attribute->name.at);
	attribute->value.at = ++at;
	attribute->value.length = strcspn(at, "\"<>");
	at += attribute->value.length;
	if (*at != '"')
		return markup_fail(markup, at, "%.*s lacks its closing quote",
		    (int)attribute->name.length, attribute->name.at);
	markup->at = at + 1;
	return true;
}

static bool
read_attribute(struct markup *markup, struct element *element)
{
	const char *start = markup->at, *at = start + strspn(start, SPACES);
	struct attribute *attribute;
	struct span name = { at, strspn(at, NAMES) };
	size_t i;

	if (at == start || !span_is_name(name))
		return markup_fail(markup, at,
		    "what stands in <%.*s> is no attribute",
		    (int)element->name.length, element->name.at);
	for (i = 0; i < element->attribute_count; i++)
		if (element->attributes[i].name.length == name.length &&
		    memcmp(element->attributes[i].name.at, name.at,
			name.length) == 0)
			return markup_fail(markup, at, "%.*s stands here twice",
			    (int)name.length, name.at);
	if (element->attribute_count == MARKUP_ATTRIBUTES_MAX)
		return markup_fail(markup, at, "more than %d attributes",
		    MARKUP_ATTRIBUTES_MAX);
	attribute = &element->attributes[element->attribute_count++];
	*attribute = (struct attribute){ .name = name };
	markup->at = at + name.length;
	if (!read_value(markup, attribute))
		return false;
	attribute->all = (struct span){ start, (size_t)(markup->at - start) };
	return true;
}

/* What the Content-Security-Policy would stop stops us first. */
static bool
refuse_inline(struct markup *markup, const struct element *element)
{
	struct span name = element->name;
	size_t i;

	if (span_is(name, "style") || span_is(name, "base"))
		return markup_fail(markup, element->start,
		    "<%.*s> is not allowed", (int)name.length, name.at);
	if (span_is(name, "script") && (*markup->at != '<' ||
	    element_attribute(element, "src") == NULL ||
	    element_attribute(element, "data-text") != NULL))
		return markup_fail(markup, element->start,
		    "a script must be a file of its own");
	for (i = 0; i < element->attribute_count; i++) {
		name = element->attributes[i].name;
		if (span_is(name, "style") || span_begins(name, "on"))
			return markup_fail(markup, name.at,
			    "%.*s is not allowed", (int)name.length, name.at);
	}
	return true;
}

bool
markup_read_tag(struct markup *markup, struct element *element)
{
	const char *start = markup->at, *end;

	*element = (struct element){ .start = start,
		.name = { start + 1, strspn(start + 1, NAMES) } };
	if (!span_is_name(element->name))
		return markup_fail(markup, start, "< begins no element");
	markup->at = start + 1 + element->name.length;
	for (;;) {
		end = markup->at + strspn(markup->at, SPACES);
		if (*end == '>')
			break;
		if (!read_attribute(markup, element))
			return false;
	}
	markup->at = end + 1;
	return refuse_inline(markup, element);
}

bool
markup_read_end_tag(struct markup *markup, struct span *name)
{
	const char *start = markup->at + strlen("</");
	struct span found = { start, strspn(start, NAMES) };

	if (!span_is_name(found) || start[found.length] != '>')
		return markup_fail(markup, markup->at,
		    "the end tag is not whole");
	*name = found;
	markup->at = start + found.length + 1;
	return true;
}
