/* The attributes of a screen's file that are written for us alone, as
 * lib/screen.h tells them: they are not sent. */
#ifndef LIB_DIRECTIVE_H
#define LIB_DIRECTIVE_H

#include "lib/markup.h"
#include "lib/piece.h"

/* An attribute that takes the field which data-NAME beside it names. */
struct directive_place {
	const char	*directive;
	const char	*attribute;
	enum piece_kind	 kind;
};

/* Whether it is one: data-if, data-text, data-width ... */
bool	directive_is(struct span name);
/* What may fill that attribute, or NULL. */
const struct directive_place *directive_place(struct span attribute);
/* Whether each of an element's names a field and stands where it can work.
 * err: false, and the sentence. */
bool	directive_check(struct markup *, const struct element *);

#endif
