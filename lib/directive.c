#include "lib/directive.h"

#include <string.h>

static const struct directive_place places[] = {
	{ "data-value", "value", PIECE_FIELD },
	{ "data-datetime", "datetime", PIECE_FIELD },
	{ "data-invalid", "aria-invalid", PIECE_FIELD },
	{ "data-href", "href", PIECE_LINK },
	{ "data-x", "x", PIECE_NUMBER },
	{ "data-y", "y", PIECE_NUMBER },
	{ "data-width", "width", PIECE_NUMBER },
	{ "data-height", "height", PIECE_NUMBER },
	{ NULL, NULL, PIECE_LITERAL }
};

const struct directive_place *
directive_place(struct span attribute)
{
	const struct directive_place *place;

	for (place = places; place->attribute != NULL; place++)
		if (span_is(attribute, place->attribute))
			return place;
	return NULL;
}

/* out: what it fills, or NULL. */
static const struct directive_place *
filled_by(struct span directive)
{
	const struct directive_place *place;

	for (place = places; place->directive != NULL; place++)
		if (span_is(directive, place->directive))
			return place;
	return NULL;
}

bool
directive_is(struct span name)
{
	return span_is(name, "data-text") || span_is(name, "data-if") ||
	    span_is(name, "data-unless") || span_is(name, "data-each") ||
	    filled_by(name) != NULL;
}

bool
directive_check(struct markup *markup, const struct element *element)
{
	size_t i;

	for (i = 0; i < element->attribute_count; i++) {
		const struct attribute *found = &element->attributes[i], *beside;
		const struct directive_place *place = filled_by(found->name);

		if (!directive_is(found->name))
			continue;
		if (found->value.at == NULL || !span_is_name(found->value))
			return markup_fail(markup, found->name.at,
			    "%.*s needs a field's name",
			    (int)found->name.length, found->name.at);
		if (place == NULL)
			continue;
		beside = element_attribute(element, place->attribute);
		if (beside == NULL || beside->value.at == NULL)
			return markup_fail(markup, found->name.at,
			    "%s needs %s=\"\" beside it", place->directive,
			    place->attribute);
	}
	return true;
}
