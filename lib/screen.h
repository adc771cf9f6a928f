/* Static HTML screens with places that are filled in by name.
 *
 * In a screen's file:
 *   <p data-text="model">any</p>   its content becomes the field's text
 *   <body data-state="">           an attribute data-NAME with an empty value
 *                                  takes the field NAME
 *   <input name="code" value="" data-value="code">
 *                                  its value="" takes the field
 *   <time datetime="" data-datetime="seen-at">   likewise
 *   <a href="" data-href="link">   its href="" takes the field
 *   <rect width="0" data-width="percent">   its width="0" takes the field, if
 *                                  that is a number; so do x, y and height
 *   <input aria-invalid="false" data-invalid="wrong">
 *                                  its aria-invalid takes the field
 *   <div data-if="NAME">...</div>  dropped whole when the field is missing
 *   <div data-unless="NAME">       dropped whole when the field is there
 *   <li data-each="supply">...</li> once for each row of that name; fields
 *                                  inside are looked up in the row first
 * One of data-if, data-unless and data-each an element; data-text and those
 * that fill an attribute may stand beside it, and then look in the row too.
 * A missing field leaves the file's own text (data-text) or value.
 * All is escaped by construction; an href takes only what stays on this site
 * or leads to http or https, a number only digits with one point, else they
 * keep the file's own.
 *
 * A file lies in LANGUAGE/ and is sent as it is from there, but filled it is
 * sent one level higher. So its own links (href, src, action) begin with
 * "../", which goes when it is filled, and hold below any base path. What a
 * field gives an href is sent as it is.
 *
 * LANGUAGE/NAME/VARIANT.html, if a host has put it there, takes the place of
 * LANGUAGE/NAME.html for that variant, and is written just as that, with the
 * same links. VARIANT is made of text by screen_variant.
 *
 * Our own files are made by po/merge from those in www/screens/, which are XML
 * as well but for void elements and attributes without a value: of the named
 * entities they know only amp, lt, gt and quot.
 *
 * A file is UTF-8, 64 KiB at most, with every element closed in order, every
 * attribute in double quotes, and nothing inline that the
 * Content-Security-Policy would stop. data-screen="NAME" is its own name. */
#ifndef LIB_SCREEN_H
#define LIB_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

#define SCREEN_LANGUAGE_SIZE	36
#define SCREEN_VARIANT_SIZE	128

struct screen;		/* a file, read and cut into pieces at the start */

/* A field; a row of a list points to its own fields. */
struct screen_field {
	const char			*name;
	const char			*value;	/* NULL: a row of list name */
	const struct screen_field	*row;	/* ended by a NULL name */
};

/* Read LANGUAGE/NAME.html in every language folder below the given one that
 * holds it.
 * err: NULL and a sentence (file, line) in problem: a file that cannot be
 * read or breaks the rules above, or none for "en". */
struct screen *screen_load(const char *folder, const char *name,
	    char *problem, size_t size);
/* Read its variants in each of its languages, too: every file of a folder
 * LANGUAGE/NAME that ends in .html.
 * err: false and a sentence: a file that cannot be read or breaks the rules,
 * or whose name screen_variant would never give. */
bool	screen_load_variants(struct screen *, const char *folder,
	    char *problem, size_t size);
/* Takes NULL. */
void	screen_free(struct screen *);

/* The variant that a text asks for: in lower case, each run of anything but
 * a-z and 0-9 one dash, none at the ends: "Example MFC-9340 (A4)" gives
 * "example-mfc-9340-a4". out: "" when nothing is left. */
void	screen_variant(const char *text,
	    char variant[static SCREEN_VARIANT_SIZE]);

/* Add the page to a text. in: a language that screen_language chose (one that
 * is not there gives "en"); fields ended by a NULL name. */
void	screen_fill(const struct screen *, const char *language,
	    const struct screen_field *, struct text *);
/* The same in that variant, where that language has it. No file is opened:
 * what was not read at the start is not there. */
void	screen_fill_variant(const struct screen *, const char *language,
	    const char *variant, const struct screen_field *, struct text *);

/* The best of the screen's languages for an Accept-Language header, which may
 * be NULL, else "en". src: RFC 4647 section 3.4, RFC 9110 section 12.5.4. */
void	screen_language(const struct screen *, const char *accept_language,
	    char language[static SCREEN_LANGUAGE_SIZE]);

#endif
