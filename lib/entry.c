#include "lib/entry.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/code.h"
#include "lib/screen.h"

#define FIELDS_MAX	9
#define UNMATCHED	"code-unknown"

enum entry_screen {
	SCREEN_ENTER_CODE,
	SCREEN_CODE_INVALID,
	SCREEN_NAME_DEVICE,
	SCREEN_TOO_MANY_TRIES,
	SCREEN__MAX
};

struct entry_screens {
	struct screen	*screens[SCREEN__MAX];
};

/* What goes into a screen; the last field stays empty and ends the list. */
struct filling {
	struct screen_field	fields[FIELDS_MAX + 1];
	size_t			count;
	char			grouped[CODE_GROUPED_SIZE];
};

static const char *const names[SCREEN__MAX] = {
	[SCREEN_ENTER_CODE] = "enter-code",
	[SCREEN_CODE_INVALID] = "code-invalid",
	[SCREEN_NAME_DEVICE] = "name-device",
	[SCREEN_TOO_MANY_TRIES] = "too-many-tries",
};

/* The sentence of code-invalid, by its field. */
static const char *const faults[] = {
	[CODE_FINE] = NULL,
	[CODE_EMPTY] = "empty",
	[CODE_SIGN] = "sign",
	[CODE_SHORT] = "short",
	[CODE_LONG] = "long",
	[CODE_TYPO] = "typo",
};

void
entry_unload(struct entry_screens *screens)
{
	if (screens == NULL)
		return;
	for (unsigned i = 0; i < SCREEN__MAX; i++)
		screen_free(screens->screens[i]);
	free(screens);
}

struct entry_screens *
entry_load(const char *folder, char *problem, size_t size)
{
	struct entry_screens *screens = memory_new(1, sizeof(*screens));

	for (unsigned i = 0; i < SCREEN__MAX; i++) {
		screens->screens[i] = screen_load(folder, names[i], problem,
		    size);
		if (screens->screens[i] == NULL)
			goto out;
	}
	return screens;
out:
	entry_unload(screens);
	return NULL;
}

static enum entry_screen
choose(const char *after)
{
	for (unsigned i = 0; after != NULL && i < SCREEN__MAX; i++)
		if (strcmp(after, names[i]) == 0)
			return i;
	return SCREEN_ENTER_CODE;
}

static void
add(struct filling *filling, const char *name, const char *value)
{
	filling->fields[filling->count++]
	    = (struct screen_field){ name, value, NULL };
}

static void
add_code(struct filling *filling, const struct entry *entry,
    enum entry_screen screen)
{
	char normal[CODE_MAX + 1];
	enum code_fault fault = code_judge(entry->code, entry->checked, normal);

	add(filling, "code", entry->code);
	if (screen == SCREEN_CODE_INVALID && faults[fault] != NULL) {
		add(filling, "told", "");
		add(filling, faults[fault], "");
	}
	if (!code_normalize(entry->code, normal))
		return;
	code_group(normal, filling->grouped);
	if (strcmp(filling->grouped, entry->code) != 0)
		add(filling, "grouped", filling->grouped);
	sodium_memzero(normal, sizeof(normal));
}

static void
add_device(struct filling *filling, const struct entry *entry)
{
	char ending[CODE_MAX + 1];

	add(filling, "device", entry->device);
	if (!code_ending(entry->device, ending))
		add(filling, "ending-short", "true");
	else if (strlen(ending) < CODE_ENDING_LONG)
		add(filling, "ending-vague", "");
}

void
entry_fill(const struct entry *entry, const struct entry_screens *screens,
    const char *accept_language, struct text *page)
{
	enum entry_screen screen = choose(entry->after);
	struct filling filling = { .count = 0 };
	char language[SCREEN_LANGUAGE_SIZE];

	if (entry->code != NULL)
		add_code(&filling, entry, screen);
	if (entry->linked)
		add(&filling, "linked", "");
	if (screen != SCREEN_ENTER_CODE)
		add(&filling, "after", names[screen]);
	else if (entry->after != NULL
	    && strcmp(entry->after, UNMATCHED) == 0) {
		add(&filling, "after", UNMATCHED);
		if (entry->code != NULL)
			add(&filling, "unmatched", "");
	}
	if (screen == SCREEN_NAME_DEVICE && entry->device != NULL
	    && entry->device[0] != '\0')
		add_device(&filling, entry);
	screen_language(screens->screens[screen], accept_language, language);
	screen_fill(screens->screens[screen], language, filling.fields, page);
	sodium_memzero(&filling, sizeof(filling));
}
