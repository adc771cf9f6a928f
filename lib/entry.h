/* The screens on which a code is typed, filled with what was typed before. */
#ifndef LIB_ENTRY_H
#define LIB_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

struct entry {
	const char	*after;		/* what came of it, NULL: nothing yet */
	const char	*code;		/* as typed, NULL: not kept */
	const char	*device;	/* as typed, NULL: not kept */
	bool		 linked;	/* the code came with a link */
	bool		 checked;	/* codes end with a check character */
};

struct entry_screens;	/* enter-code code-invalid name-device too-many-tries */

/* out: NULL and a sentence in problem when a screen is missing or bad. */
struct entry_screens *entry_load(const char *folder, char *problem,
	    size_t size);
void	entry_unload(struct entry_screens *);

/* The screen that after names, else enter-code, which tells after code-unknown
 * that no device has called with the code. What is wrong with a code is judged
 * here anew, from what was typed. Fields: after code device grouped linked
 * unmatched ending-short ending-vague, and told with one of empty sign short
 * long typo. */
void	entry_fill(const struct entry *, const struct entry_screens *,
	    const char *accept_language, struct text *page);

#endif
