#include "lib/screen.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/language.h"
#include "lib/markup.h"
#include "lib/page.h"

#define LANGUAGES_MAX	64
/* So that VARIANT.html still has room behind it. */
#define PATH_MOST	(PAGE_PATH_SIZE - 256)
#define HTML		".html"
#define DIGITS		"0123456789"

_Static_assert(SCREEN_LANGUAGE_SIZE == LANGUAGE_SIZE, "one size of a tag");
_Static_assert(SCREEN_VARIANT_SIZE == PAGE_VARIANT_SIZE, "and of a variant");

struct screen {
	char		 name[MARKUP_NAME_MAX + 1];
	struct page	*pages;
	size_t		 count;
	size_t		 space;
	char		 languages[LANGUAGES_MAX][LANGUAGE_SIZE];
	const char	*tags[LANGUAGES_MAX];	/* these */
	size_t		 tag_count;
};

/* Fields, and those around them that they hide. */
struct scope {
	const struct screen_field	*fields;
	const struct scope		*outer;
};

/* --- load ---------------------------------------------------------------- */

/* One file joins the screen, if it is there. in: variant: "", or which. */
static bool
page_load(struct screen *screen, const char *path, const char *language,
    const char *variant, char *problem, size_t size)
{
	struct page *pages;
	enum page_outcome outcome;

	if (screen->count == screen->space) {
		screen->space = screen->space > 0 ? 2 * screen->space : 8;
		pages = memory_new(screen->space, sizeof(*pages));
		if (screen->count > 0)
			memcpy(pages, screen->pages,
			    screen->count * sizeof(*pages));
		free(screen->pages);
		screen->pages = pages;
	}
	outcome = page_read(&screen->pages[screen->count], path, screen->name,
	    language, variant, problem, size);
	if (outcome == PAGE_READ)
		screen->count++;
	else
		page_free(&screen->pages[screen->count]);
	return outcome != PAGE_BAD;
}

/* One language's file joins the screen, if it is there. */
static bool
language_load(struct screen *screen, const char *folder, const char *language,
    char *problem, size_t size)
{
	char path[PAGE_PATH_SIZE];
	size_t before = screen->count;

	if (snprintf(path, sizeof(path), "%s/%s/%s.html", folder, language,
	    screen->name) >= PATH_MOST) {
		snprintf(problem, size, "%s: the path is too long", folder);
		return false;
	}
	if (screen->tag_count == LANGUAGES_MAX) {
		snprintf(problem, size, "%s: more than %d languages", folder,
		    LANGUAGES_MAX);
		return false;
	}
	if (!page_load(screen, path, language, "", problem, size))
		return false;
	if (screen->count > before) {
		char *tag = screen->languages[screen->tag_count];

		text_copy(tag, LANGUAGE_SIZE, language);
		screen->tags[screen->tag_count++] = tag;
	}
	return true;
}

static bool
screen_has(const struct screen *screen, const char *language)
{
	for (size_t i = 0; i < screen->tag_count; i++)
		if (strcmp(screen->tags[i], language) == 0)
			return true;
	return false;
}

struct screen *
screen_load(const char *folder, const char *name, char *problem, size_t size)
{
	struct screen *screen = memory_new(1, sizeof(*screen));
	DIR *languages = opendir(folder);
	struct dirent *entry;
	bool fine = languages != NULL;

	text_copy(screen->name, sizeof(screen->name), name);
	if (!fine)
		snprintf(problem, size, "%s: cannot be opened: %s", folder,
		    strerror(errno));
	while (fine && (entry = readdir(languages)) != NULL)
		if (language_is_tag(entry->d_name))
			fine = language_load(screen, folder, entry->d_name,
			    problem, size);
	if (fine && !screen_has(screen, "en")) {
		snprintf(problem, size, "%s/en/%s.html: is missing", folder,
		    name);
		fine = false;
	}
	if (languages != NULL)
		closedir(languages);
	if (fine)
		return screen;
	screen_free(screen);
	return NULL;
}

void
screen_variant(const char *text, char variant[static SCREEN_VARIANT_SIZE])
{
	size_t length = 0;

	for (; *text != '\0' && length + 2 < SCREEN_VARIANT_SIZE; text++) {
		char c = *text >= 'A' && *text <= 'Z'
		    ? (char)(*text - 'A' + 'a') : *text;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			variant[length++] = c;
		else if (length > 0 && variant[length - 1] != '-')
			variant[length++] = '-';
	}
	if (length > 0 && variant[length - 1] == '-')
		length--;
	variant[length] = '\0';
}

/* in: the path of a file LANGUAGE/NAME/VARIANT.html, its last part. */
static bool
variant_load(struct screen *screen, const char *path, const char *file,
    const char *language, char *problem, size_t size)
{
	char plain[PAGE_PATH_SIZE], variant[SCREEN_VARIANT_SIZE];

	text_copy(plain, sizeof(plain), file);
	plain[strlen(plain) - strlen(HTML)] = '\0';
	screen_variant(plain, variant);
	if (variant[0] == '\0' || strcmp(plain, variant) != 0) {
		snprintf(problem, size, "%s: no %s has this name; it would be "
		    "%s.html", path, screen->name, variant);
		return false;
	}
	return page_load(screen, path, language, variant, problem, size);
}

/* The variants in one language. */
static bool
folder_load(struct screen *screen, const char *folder, const char *language,
    char *problem, size_t size)
{
	char within[PATH_MOST], path[PAGE_PATH_SIZE];
	struct dirent *entry;
	bool fine = true;
	DIR *files;

	snprintf(within, sizeof(within), "%s/%s/%s", folder, language,
	    screen->name);
	if ((files = opendir(within)) == NULL)
		return true;
	while (fine && (entry = readdir(files)) != NULL) {
		size_t length = strlen(entry->d_name);

		if (length < strlen(HTML) || strcmp(entry->d_name + length
		    - strlen(HTML), HTML) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", within, entry->d_name);
		fine = variant_load(screen, path, entry->d_name, language,
		    problem, size);
	}
	closedir(files);
	return fine;
}

bool
screen_load_variants(struct screen *screen, const char *folder,
    char *problem, size_t size)
{
	for (size_t i = 0; i < screen->tag_count; i++)
		if (!folder_load(screen, folder, screen->tags[i], problem,
		    size))
			return false;
	return true;
}

void
screen_free(struct screen *screen)
{
	size_t i;

	if (screen == NULL)
		return;
	for (i = 0; i < screen->count; i++)
		page_free(&screen->pages[i]);
	free(screen->pages);
	free(screen);
}

/* --- fill ---------------------------------------------------------------- */

static const struct screen_field *
field_find(const struct scope *scope, const char *name)
{
	const struct screen_field *field;

	for (; scope != NULL; scope = scope->outer)
		for (field = scope->fields; field->name != NULL; field++)
			if (strcmp(field->name, name) == 0 &&
			    (field->value != NULL || field->row != NULL))
				return field;
	return NULL;
}

/* Whether an address stays here or leads to http or https, however a browser
 * may read it: no other scheme, no other host by // or a back-slash, nothing
 * that browsers drop. */
static bool
address_is_safe(const char *address)
{
	size_t plain = strcspn(address, ":/?#\\");
	const unsigned char *c = (const unsigned char *)address;

	for (; *c != '\0'; c++)
		if (*c <= ' ' || *c == 0x7f || *c == '\\')
			return false;
	if (strncasecmp(address, "http://", 7) == 0 ||
	    strncasecmp(address, "https://", 8) == 0)
		return true;
	return address[plain] != ':' && strncmp(address, "//", 2) != 0;
}

/* Whether it is digits, perhaps with one point between them. */
static bool
number_is_plain(const char *number)
{
	size_t length = strspn(number, DIGITS);

	if (length == 0 || number[length] == '\0')
		return length > 0;
	number += length + 1;
	length = strspn(number, DIGITS);
	return number[-1] == '.' && length > 0 && number[length] == '\0';
}

static void
add_field(const struct piece *piece, const struct scope *scope,
    struct text *text)
{
	const struct screen_field *field = field_find(scope, piece->name);

	if (field == NULL || field->value == NULL ||
	    (piece->kind == PIECE_LINK && !address_is_safe(field->value)) ||
	    (piece->kind == PIECE_NUMBER && !number_is_plain(field->value)))
		text_add_bytes(text, piece->bytes, piece->length);
	else
		text_add_xml(text, field->value);
}

static void	fill(const struct piece *list, size_t from, size_t to,
		    const struct scope *, struct text *);

static void
fill_rows(const struct piece *list, size_t block, const struct scope *scope,
    struct text *text)
{
	const struct screen_field *field;
	const char *name = list[block].name;

	/* The rows stand together with the first of them. */
	for (field = field_find(scope, name);
	    field != NULL && field->name != NULL; field++) {
		struct scope inner = { field->row, scope };

		if (strcmp(field->name, name) == 0 && field->row != NULL)
			fill(list, block + 1, list[block].next, &inner, text);
	}
}

static void
fill(const struct piece *list, size_t from, size_t to,
    const struct scope *scope, struct text *text)
{
	const struct piece *piece;
	bool enter = true, dropped;
	size_t skip;

	while (from < to) {
		piece = &list[from];
		dropped = !enter;
		enter = true;
		switch (piece->kind) {
		case PIECE_LITERAL:
			/* What is dropped leaves no empty line. */
			skip = dropped && piece->bytes[0] == '\n' &&
			    text->length > 0 &&
			    text->bytes[text->length - 1] == '\n';
			text_add_bytes(text, piece->bytes + skip,
			    piece->length - skip);
			break;
		case PIECE_FIELD:
		case PIECE_LINK:
		case PIECE_NUMBER:
			add_field(piece, scope, text);
			break;
		case PIECE_IF:
			enter = field_find(scope, piece->name) != NULL;
			break;
		case PIECE_UNLESS:
			enter = field_find(scope, piece->name) == NULL;
			break;
		case PIECE_EACH:
			fill_rows(list, from, scope, text);
			enter = false;
			break;
		}
		from = enter ? from + 1 : piece->next;
	}
}

/* The page in that language, else in English. in: variant: "", or which.
 * out: NULL: there is none. */
static const struct page *
page_find(const struct screen *screen, const char *language,
    const char *variant)
{
	const struct page *fallback = NULL;
	size_t i;

	for (i = 0; i < screen->count; i++) {
		if (strcmp(screen->pages[i].variant, variant) != 0)
			continue;
		if (strcmp(screen->pages[i].language, language) == 0)
			return &screen->pages[i];
		if (strcmp(screen->pages[i].language, "en") == 0)
			fallback = &screen->pages[i];
	}
	return fallback;
}

void
screen_fill_variant(const struct screen *screen, const char *language,
    const char *variant, const struct screen_field *fields,
    struct text *text)
{
	const struct page *general = page_find(screen, language, "");
	const struct page *page = page_find(screen, general->language, variant);
	struct scope scope = { fields, NULL };

	/* What people can read goes before what is made for the variant. */
	if (page == NULL || strcmp(page->language, general->language) != 0)
		page = general;
	fill(page->pieces.list, 0, page->pieces.count, &scope, text);
}

void
screen_fill(const struct screen *screen, const char *language,
    const struct screen_field *fields, struct text *text)
{
	screen_fill_variant(screen, language, "", fields, text);
}

void
screen_language(const struct screen *screen, const char *accept_language,
    char language[static SCREEN_LANGUAGE_SIZE])
{
	size_t best = language_best(accept_language, screen->tags,
	    screen->tag_count);

	text_copy(language, SCREEN_LANGUAGE_SIZE,
	    best < screen->tag_count ? screen->tags[best] : "en");
}
