#include "lib/screen.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/language.h"
#include "lib/piece.h"

#define FILE_MAX	(64 * 1024)
#define LANGUAGES_MAX	64
#define PATH_SIZE	1024

_Static_assert(SCREEN_LANGUAGE_SIZE == LANGUAGE_SIZE, "one size of a tag");

/* The screen in one language. */
struct page {
	char		 language[LANGUAGE_SIZE];
	char		*file;
	struct pieces	 pieces;
};

struct screen {
	struct page	 pages[LANGUAGES_MAX];
	const char	*tags[LANGUAGES_MAX];	/* of the pages */
	size_t		 count;
};

/* Fields, and those around them that they hide. */
struct scope {
	const struct screen_field	*fields;
	const struct scope		*outer;
};

/* --- load ---------------------------------------------------------------- */

/* out: whether it was read; if not, and problem is empty, it is not there. */
static bool
file_read(const char *path, struct piece_source *source, char **file,
    char *problem, size_t size)
{
	FILE *stream = fopen(path, "re");
	bool fine = false;

	problem[0] = '\0';
	if (stream == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			snprintf(problem, size, "%s: cannot be opened: %s",
			    path, strerror(errno));
		return false;
	}
	*file = memory_new(FILE_MAX + 2, 1);
	source->length = fread(*file, 1, FILE_MAX + 1, stream);
	if (ferror(stream))
		snprintf(problem, size, "%s: cannot be read: %s", path,
		    strerror(errno));
	else if (source->length > FILE_MAX)
		snprintf(problem, size, "%s: is longer than %d bytes", path,
		    FILE_MAX);
	else
		fine = true;
	fclose(stream);
	source->text = *file;
	return fine;
}

/* One language's file joins the screen, if it is there. */
static bool
page_load(struct screen *screen, const char *folder, const char *language,
    const char *name, char *problem, size_t size)
{
	char path[PATH_SIZE];
	struct piece_source source = { .path = path, .screen = name,
		.language = language };
	struct page *page = &screen->pages[screen->count];
	int length = snprintf(path, sizeof(path), "%s/%s/%s.html", folder,
	    language, name);

	if (length < 0 || (size_t)length >= sizeof(path)) {
		snprintf(problem, size, "%s: the path is too long", folder);
		return false;
	}
	if (screen->count == LANGUAGES_MAX) {
		snprintf(problem, size, "%s: more than %d languages", folder,
		    LANGUAGES_MAX);
		return false;
	}
	if (!file_read(path, &source, &page->file, problem, size)) {
		free(page->file);
		page->file = NULL;
		return problem[0] == '\0';
	}
	text_copy(page->language, sizeof(page->language), language);
	screen->tags[screen->count++] = page->language;
	return piece_cut(&page->pieces, &source, problem, size);
}

static bool
screen_has(const struct screen *screen, const char *language)
{
	size_t i;

	for (i = 0; i < screen->count; i++)
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

	if (!fine)
		snprintf(problem, size, "%s: cannot be opened: %s", folder,
		    strerror(errno));
	while (fine && (entry = readdir(languages)) != NULL)
		if (language_is_tag(entry->d_name))
			fine = page_load(screen, folder, entry->d_name, name,
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
screen_free(struct screen *screen)
{
	size_t i;

	if (screen == NULL)
		return;
	for (i = 0; i < screen->count; i++) {
		piece_free(&screen->pages[i].pieces);
		free(screen->pages[i].file);
	}
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

static void
add_field(const struct piece *piece, const struct scope *scope,
    struct text *text)
{
	const struct screen_field *field = field_find(scope, piece->name);

	if (field == NULL || field->value == NULL ||
	    (piece->kind == PIECE_LINK && !address_is_safe(field->value)))
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
	bool enter;

	while (from < to) {
		piece = &list[from];
		enter = true;
		switch (piece->kind) {
		case PIECE_LITERAL:
			text_add_bytes(text, piece->bytes, piece->length);
			break;
		case PIECE_FIELD:
		case PIECE_LINK:
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

static const struct page *
page_find(const struct screen *screen, const char *language)
{
	const struct page *fallback = NULL;
	size_t i;

	for (i = 0; i < screen->count; i++) {
		if (strcmp(screen->tags[i], language) == 0)
			return &screen->pages[i];
		if (strcmp(screen->tags[i], "en") == 0)
			fallback = &screen->pages[i];
	}
	return fallback;
}

void
screen_fill(const struct screen *screen, const char *language,
    const struct screen_field *fields, struct text *text)
{
	const struct page *page = page_find(screen, language);
	struct scope scope = { fields, NULL };

	fill(page->pieces.list, 0, page->pieces.count, &scope, text);
}

void
screen_language(const struct screen *screen, const char *accept_language,
    char language[static SCREEN_LANGUAGE_SIZE])
{
	size_t best = language_best(accept_language, screen->tags,
	    screen->count);

	text_copy(language, SCREEN_LANGUAGE_SIZE,
	    best < screen->count ? screen->tags[best] : "en");
}
