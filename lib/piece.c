#include "lib/piece.h"

#include <stdlib.h>
#include <string.h>

#include "lib/directive.h"
#include "lib/markup.h"
#include "lib/text.h"
#include "lib/utf8.h"

#define DEPTH_MAX	48

#define NO_BLOCK	((size_t)-1)

/* An element that is still open. */
struct open {
	struct element	 element;
	size_t		 block;		/* its piece, or NO_BLOCK */
};

struct cutter {
	const struct piece_source *source;
	struct pieces	*pieces;
	struct markup	 markup;
	const char	*literal;	/* what is not in a piece yet */
	struct open	 open[DEPTH_MAX];
	size_t		 depth;
	bool		 named;		/* data-screen was seen */
};

static struct piece *
add_piece(struct pieces *pieces, enum piece_kind kind)
{
	struct piece *list, *piece;

	if (pieces->count == pieces->space) {
		pieces->space = pieces->space > 0 ? 2 * pieces->space : 64;
		list = memory_new(pieces->space, sizeof(*list));
		if (pieces->count > 0)
			memcpy(list, pieces->list,
			    pieces->count * sizeof(*list));
		free(pieces->list);
		pieces->list = list;
	}
	piece = &pieces->list[pieces->count++];
	*piece = (struct piece){ .kind = kind };
	return piece;
}

/* What was kept up to here becomes a piece; go on keeping at another place. */
static void
flush(struct cutter *cutter, const char *upto, const char *from)
{
	struct piece *piece;

	if (upto > cutter->literal) {
		piece = add_piece(cutter->pieces, PIECE_LITERAL);
		piece->bytes = cutter->literal;
		piece->length = (size_t)(upto - cutter->literal);
	}
	cutter->literal = from;
}

/* Put a field where something stands in the file. */
static void
put_field(struct cutter *cutter, enum piece_kind kind, struct span name,
    struct span place)
{
	struct piece *piece;

	flush(cutter, place.at, place.at + place.length);
	piece = add_piece(cutter->pieces, kind);
	piece->bytes = place.at;
	piece->length = place.length;
	piece->name = memory_new(name.length + 1, 1);
	memcpy(piece->name, name.at, name.length);
}

/* The file says which screen it is, and in which language. */
static bool
check_identity(struct cutter *cutter, const struct element *element)
{
	const struct piece_source *source = cutter->source;
	const struct attribute *said;

	if (span_is(element->name, "html")) {
		said = element_attribute(element, "lang");
		if (said == NULL || said->value.at == NULL ||
		    !span_is(said->value, source->language))
			return markup_fail(&cutter->markup, element->start,
			    "<html> needs lang=\"%s\"", source->language);
	}
	said = element_attribute(element, "data-screen");
	if (said == NULL)
		return true;
	if (said->value.at == NULL || !span_is(said->value, source->screen))
		return markup_fail(&cutter->markup, said->name.at,
		    "data-screen must say \"%s\"", source->screen);
	cutter->named = true;
	return true;
}

static bool
begin_block(struct cutter *cutter, struct open *open)
{
	static const struct {
		const char	*name;
		enum piece_kind	 kind;
	} blocks[] = { { "data-if", PIECE_IF }, { "data-unless", PIECE_UNLESS },
		{ "data-each", PIECE_EACH } };
	const struct attribute *found;
	struct span nothing = { open->element.start, 0 };
	size_t i;

	open->block = NO_BLOCK;
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		found = element_attribute(&open->element, blocks[i].name);
		if (found == NULL)
			continue;
		if (open->block != NO_BLOCK)
			return markup_fail(&cutter->markup, found->name.at,
			    "only one of data-if, data-unless, data-each may "
			    "stand on an element");
		put_field(cutter, blocks[i].kind, found->value, nothing);
		open->block = cutter->pieces->count - 1;
	}
	return true;
}

static void
end_block(struct cutter *cutter, const struct open *open)
{
	if (open->block == NO_BLOCK)
		return;
	flush(cutter, cutter->markup.at, cutter->markup.at);
	cutter->pieces->list[open->block].next = cutter->pieces->count;
}

/* A link: one folder less, for the filled screen is sent one level higher.
 * in: the attribute that names its field, or NULL. */
static bool
cut_link(struct cutter *cutter, const struct attribute *link,
    const struct attribute *field)
{
	struct span own = link->value;

	if (field != NULL && own.length == 0) {
		put_field(cutter, PIECE_LINK, field->value, own);
		return true;
	}
	if (own.at == NULL || !span_begins(own, "../") ||
	    span_begins(own, "../../"))
		return markup_fail(&cutter->markup, link->name.at,
		    "%.*s must begin with ../, for the screen is sent from "
		    "two places", (int)link->name.length, link->name.at);
	flush(cutter, own.at, own.at + strlen("../"));
	own.at += strlen("../");
	own.length -= strlen("../");
	if (field != NULL)
		put_field(cutter, PIECE_LINK, field->value, own);
	return true;
}

static bool
cut_attribute(struct cutter *cutter, const struct element *element,
    const struct attribute *attribute)
{
	const struct attribute *field;
	const struct directive_place *place;
	struct span name = attribute->name, value = attribute->value;

	if (directive_is(name)) {
		flush(cutter, attribute->all.at,
		    attribute->all.at + attribute->all.length);
		return true;
	}
	if (span_is(name, "href"))
		return cut_link(cutter, attribute,
		    element_attribute(element, "data-href"));
	place = directive_place(name);
	field = place != NULL
	    ? element_attribute(element, place->directive) : NULL;
	if (field != NULL) {
		put_field(cutter, place->kind, field->value, value);
		return true;
	}
	if (span_is(name, "src") || span_is(name, "action"))
		return cut_link(cutter, attribute, NULL);
	if (!span_begins(name, "data-") || span_is(name, "data-screen"))
		return true;
	if (value.at == NULL || value.length > 0)
		return markup_fail(&cutter->markup, name.at,
		    "%.*s is unknown; a field's place has an empty value",
		    (int)name.length, name.at);
	name.at += strlen("data-");
	name.length -= strlen("data-");
	put_field(cutter, PIECE_FIELD, name, value);
	return true;
}

/* data-text: what stands between the tags gives way to the field. */
static bool
cut_text(struct cutter *cutter, const struct element *element)
{
	const struct attribute *text = element_attribute(element, "data-text");
	const char *at = cutter->markup.at;
	struct span content = { at, strcspn(at, "<") };

	if (text == NULL)
		return true;
	if (strncmp(at + content.length, "</", 2) != 0)
		return markup_fail(&cutter->markup, text->name.at,
		    "an element with data-text holds text alone");
	put_field(cutter, PIECE_FIELD, text->value, content);
	cutter->markup.at += content.length;
	return true;
}

static bool
cut_element(struct cutter *cutter)
{
	struct markup *markup = &cutter->markup;
	struct open *open = &cutter->open[cutter->depth];
	struct element *element = &open->element;
	size_t i;

	if (cutter->depth == DEPTH_MAX)
		return markup_fail(markup, markup->at,
		    "more than %d elements deep", DEPTH_MAX);
	if (!markup_read_tag(markup, element) ||
	    !check_identity(cutter, element) ||
	    !directive_check(markup, element) || !begin_block(cutter, open))
		return false;
	for (i = 0; i < element->attribute_count; i++)
		if (!cut_attribute(cutter, element, &element->attributes[i]))
			return false;
	if (element_is_void(element)) {
		if (element_attribute(element, "data-text") != NULL)
			return markup_fail(markup, element->start,
			    "an element without content has no data-text");
		end_block(cutter, open);
		return true;
	}
	cutter->depth++;
	return cut_text(cutter, element);
}

static bool
cut_end_tag(struct cutter *cutter)
{
	struct markup *markup = &cutter->markup;
	const char *start = markup->at;
	struct span name, wanted;

	if (!markup_read_end_tag(markup, &name))
		return false;
	if (cutter->depth == 0)
		return markup_fail(markup, start, "</%.*s> closes nothing",
		    (int)name.length, name.at);
	wanted = cutter->open[--cutter->depth].element.name;
	if (wanted.length != name.length ||
	    memcmp(wanted.at, name.at, name.length) != 0)
		return markup_fail(markup, start,
		    "</%.*s> stands where </%.*s> belongs", (int)name.length,
		    name.at, (int)wanted.length, wanted.at);
	end_block(cutter, &cutter->open[cutter->depth]);
	return true;
}

/* Comments are for those who edit the file: they are not sent. */
static bool
cut_declaration(struct cutter *cutter)
{
	static const char doctype[] = "<!DOCTYPE html>";
	struct markup *markup = &cutter->markup;
	const char *start = markup->at, *end;

	if (strncmp(start, "<!--", 4) != 0) {
		if (strncmp(start, doctype, strlen(doctype)) != 0)
			return markup_fail(markup, start, "write %s", doctype);
		markup->at = start + strlen(doctype);
		return true;
	}
	if ((end = strstr(start + 4, "-->")) == NULL)
		return markup_fail(markup, start, "the comment has no end");
	markup->at = end + 3;
	flush(cutter, start, markup->at);
	return true;
}

static bool
cut_next(struct cutter *cutter)
{
	switch (cutter->markup.at[1]) {
	case '/':
		return cut_end_tag(cutter);
	case '!':
		return cut_declaration(cutter);
	default:
		return cut_element(cutter);
	}
}

static bool
cut_all(struct cutter *cutter)
{
	struct markup *markup = &cutter->markup;
	const struct element *last;

	for (;;) {
		markup->at += strcspn(markup->at, "<");
		if (*markup->at == '\0')
			break;
		if (!cut_next(cutter))
			return false;
	}
	if (cutter->depth > 0) {
		last = &cutter->open[cutter->depth - 1].element;
		return markup_fail(markup, last->start, "<%.*s> is not closed",
		    (int)last->name.length, last->name.at);
	}
	if (!cutter->named)
		return markup_fail(markup, markup->at,
		    "<body> needs data-screen=\"%s\"", cutter->source->screen);
	flush(cutter, markup->at, markup->at);
	return true;
}

bool
piece_cut(struct pieces *pieces, const struct piece_source *source,
    char *problem, size_t size)
{
	struct cutter *cutter = memory_new(1, sizeof(*cutter));
	size_t good = utf8_valid(source->text, source->length);
	bool fine;

	*cutter = (struct cutter){ .source = source, .pieces = pieces,
		.literal = source->text,
		.markup = { .path = source->path, .text = source->text,
		    .at = source->text, .problem = problem, .size = size } };
	if (strlen(source->text) < good)
		good = strlen(source->text);
	if (good < source->length)
		fine = markup_fail(&cutter->markup, source->text + good,
		    "a byte here is not UTF-8 text");
	else
		fine = cut_all(cutter);
	free(cutter);
	return fine;
}

void
piece_free(struct pieces *pieces)
{
	size_t i;

	for (i = 0; i < pieces->count; i++)
		free(pieces->list[i].name);
	free(pieces->list);
	*pieces = (struct pieces){ 0 };
}
