#include "lib/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

#define FILE_MAX	(64 * 1024)

/* in: memory for FILE_MAX + 2. out: whether it was read; if not, and problem
 * is empty, it is not there. */
static bool
file_read(const char *path, char *bytes, size_t *length, char *problem,
    size_t size)
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
	*length = fread(bytes, 1, FILE_MAX + 1, stream);
	if (ferror(stream))
		snprintf(problem, size, "%s: cannot be read: %s", path,
		    strerror(errno));
	else if (*length > FILE_MAX)
		snprintf(problem, size, "%s: is longer than %d bytes", path,
		    FILE_MAX);
	else
		fine = true;
	fclose(stream);
	return fine;
}

enum page_outcome
page_read(struct page *page, const char *path, const char *screen,
    const char *language, const char *variant, char *problem, size_t size)
{
	struct piece_source source = { .path = path, .screen = screen,
		.language = language };
	char *bytes = memory_new(FILE_MAX + 2, 1);
	enum page_outcome outcome = PAGE_MISSING;

	if (file_read(path, bytes, &source.length, problem, size)) {
		/* No more than it needs: there may be many. */
		page->file = memory_new(source.length + 1, 1);
		memcpy(page->file, bytes, source.length);
		source.text = page->file;
		text_copy(page->language, sizeof(page->language), language);
		text_copy(page->variant, sizeof(page->variant), variant);
		outcome = piece_cut(&page->pieces, &source, problem, size)
		    ? PAGE_READ : PAGE_BAD;
	} else if (problem[0] != '\0')
		outcome = PAGE_BAD;
	free(bytes);
	return outcome;
}

void
page_free(struct page *page)
{
	piece_free(&page->pieces);
	free(page->file);
	*page = (struct page){ 0 };
}
