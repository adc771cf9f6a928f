/* lib/entry: which screen a form is, and what it is filled with. */
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/entry.h"
#include "t/scratch.h"

static struct entry_screens *screens;
static char folder[SCRATCH_SIZE];

/* Each field shows itself where it is there. */
#define PAGE	"<html lang=\"en\"><body data-screen=\"%s\">" \
	"<i data-text=\"after\">-</i><i data-text=\"code\">-</i>" \
	"<i data-text=\"device\">-</i><i data-text=\"grouped\">-</i>" \
	"<b data-if=\"linked\">linked</b><b data-if=\"unmatched\">unmatched" \
	"</b><b data-if=\"ending-short\">ending</b>" \
	"<b data-if=\"ending-vague\">vague</b><b data-if=\"told\">told</b>" \
	"<b data-if=\"empty\">empty</b><b data-if=\"sign\">sign</b>" \
	"<b data-if=\"short\">short</b><b data-if=\"long\">long</b>" \
	"<b data-if=\"typo\">typo</b></body></html>"

static const char *const names[] = { "enter-code", "code-invalid",
	"name-device", "too-many-tries" };

static void
screens_write(void)
{
	char english[SCRATCH_SIZE + 8], name[32], page[1024];

	snprintf(english, sizeof(english), "%s/en", folder);
	mkdir(english, 0700);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s.html", names[i]);
		snprintf(page, sizeof(page), PAGE, names[i]);
		scratch_write(english, name, page, strlen(page), 0600);
	}
}

/* in: wanted: the screen, then after, code, device and grouped, "-" for what
 * is not there, then what is told, in the page's order. */
static void
expect(struct entry entry, const char *wanted)
{
	struct text page = { 0 }, words = { 0 };
	const char *at;

	entry_fill(&entry, screens, "en", &page);
	at = strstr(page.bytes, "data-screen=\"") + strlen("data-screen=\"");
	text_add_bytes(&words, at, strcspn(at, "\""));
	while ((at = strchr(at, '>')) != NULL) {
		if (strcspn(++at, "<") > 0) {
			text_add(&words, " ");
			text_add_bytes(&words, at, strcspn(at, "<"));
		}
	}
	CU_ASSERT_STRING_EQUAL(words.bytes, wanted);
	text_free(&page);
	text_free(&words);
}

static void
entry_load_all(void)
{
	char problem[512] = "";

	screens_write();
	screens = entry_load(folder, problem, sizeof(problem));
	CU_ASSERT_STRING_EQUAL(problem, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(screens);
}

static void
entry_fill_plain(void)
{
	expect((struct entry){ NULL, NULL, NULL, false, false },
	    "enter-code - - - -");
	expect((struct entry){ "status", NULL, NULL, false, false },
	    "enter-code - - - -");
	expect((struct entry){ NULL, "7kq4m2", NULL, true, false },
	    "enter-code - 7kq4m2 - 7KQ4-M2 linked");
	/* It reads as it was typed: nothing to show. */
	expect((struct entry){ NULL, "7KQ4-M2", NULL, false, false },
	    "enter-code - 7KQ4-M2 - -");
}

static void
entry_fill_mistakes(void)
{
	static const char *const mistakes[][2] = {
		{ "", "empty" }, { "7KQ4,M2", "sign" }, { "7KQ4", "short" },
	};
	char wanted[96];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(wanted, sizeof(wanted),
		    "code-invalid code-invalid%s%s - - told %s",
		    mistakes[i][0][0] != '\0' ? " " : "", mistakes[i][0],
		    mistakes[i][1]);
		expect((struct entry){ "code-invalid", mistakes[i][0], "",
		    false, false }, wanted);
	}
	expect((struct entry){ "code-invalid", NULL, NULL, false, false },
	    "code-invalid code-invalid - - -");
	/* Good by now, or good without a check character. */
	expect((struct entry){ "code-invalid", "7KQ4M2X", "", false, false },
	    "code-invalid code-invalid 7KQ4M2X - 7KQ4-M2X");
	expect((struct entry){ "code-invalid", "G123489654321Z", "", false,
	    true }, "code-invalid code-invalid G123489654321Z - "
	    "G123-4896-5432-1Z told typo");
	expect((struct entry){ "code-invalid", "G123489654321Y", "", false,
	    true }, "code-invalid code-invalid G123489654321Y - "
	    "G123-4896-5432-1Y");
}

static void
entry_fill_others(void)
{
	expect((struct entry){ "code-unknown", "7KQ4-M2", "", false, false },
	    "enter-code code-unknown 7KQ4-M2 - - unmatched");
	expect((struct entry){ "code-unknown", NULL, NULL, false, false },
	    "enter-code code-unknown - - -");
	expect((struct entry){ "too-many-tries", "7KQ4-M2", "", false, false },
	    "too-many-tries too-many-tries 7KQ4-M2 - -");
	expect((struct entry){ "name-device", "7KQ4-M2", "", false, false },
	    "name-device name-device 7KQ4-M2 - -");
	expect((struct entry){ "name-device", "7KQ4-M2", "a<1", false,
	    false }, "name-device name-device 7KQ4-M2 a&lt;1 - ending");
	expect((struct entry){ "name-device", "7KQ4-M2", "a1b2", false,
	    false }, "name-device name-device 7KQ4-M2 a1b2 - vague");
	expect((struct entry){ "name-device", "7KQ4-M2", "a1b2-c3d", false,
	    false }, "name-device name-device 7KQ4-M2 a1b2-c3d - vague");
	expect((struct entry){ "name-device", "7KQ4-M2", "a1b2c3d4", false,
	    false }, "name-device name-device 7KQ4-M2 a1b2c3d4 -");
	/* A device belongs to its own screen alone. */
	expect((struct entry){ NULL, "7KQ4-M2", "a1b2", false, false },
	    "enter-code - 7KQ4-M2 - -");
}

static void
entry_load_missing(void)
{
	char problem[512] = "", path[SCRATCH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/en/too-many-tries.html", folder);
	unlink(path);
	CU_ASSERT_PTR_NULL(entry_load(folder, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "too-many-tries.html"));
}

static const struct test tests[] = {
	TEST(entry_load_all),
	TEST(entry_fill_plain),
	TEST(entry_fill_mistakes),
	TEST(entry_fill_others),
	TEST(entry_load_missing),
	{ NULL, NULL }
};

int
main(void)
{
	int status;

	scratch_make(folder);
	status = test_run("entry", tests);
	scratch_remove(folder);
	return status;
}
