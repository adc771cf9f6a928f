/* One file of a screen: in one language, perhaps for one variant. */
#ifndef LIB_PAGE_H
#define LIB_PAGE_H

#include "lib/language.h"
#include "lib/piece.h"

#define PAGE_VARIANT_SIZE	128
#define PAGE_PATH_SIZE		1024

struct page {
	char		 language[LANGUAGE_SIZE];
	char		 variant[PAGE_VARIANT_SIZE];	/* "": for all */
	char		*file;
	struct pieces	 pieces;
};

enum page_outcome { PAGE_READ, PAGE_MISSING, PAGE_BAD };

/* Read a file and cut it. in: an empty page; screen: what its data-screen must
 * say; variant: which it is for, or "".
 * out: the page, to be freed in any case.
 * err: PAGE_MISSING; PAGE_BAD and a sentence (file, line) in problem: it
 * cannot be read, is too long, or breaks the rules of lib/screen.h. */
enum page_outcome page_read(struct page *, const char *path,
	    const char *screen, const char *language, const char *variant,
	    char *problem, size_t size);
/* out: empty again. */
void	page_free(struct page *);

#endif
