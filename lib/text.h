/* A growing text in memory, and the escapes for where it goes. Out of
 * memory ends the process, so nothing here can fail. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stddef.h>

struct text {
	char	*bytes;		/* NUL-terminated once anything was added */
	size_t	 length;
	size_t	 space;
};

void	text_add(struct text *, const char *);
void	text_add_bytes(struct text *, const void *, size_t);
void	text_addf(struct text *, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
/* Escaped for XML or HTML content and for attributes in double quotes;
 * characters that XML forbids, and bytes that are no UTF-8, become U+FFFD. */
void	text_add_xml(struct text *, const char *);
/* Escaped and quoted as a JSON string; NULL: null. Bytes that are no UTF-8
 * become U+FFFD. */
void	text_add_json(struct text *, const char *);
/* Empty it for reuse, keeping the memory. */
void	text_clear(struct text *);
/* Wipe, release, and make empty. Takes one already empty. */
void	text_free(struct text *);

/* Allocate or end the process. */
void	*memory_new(size_t count, size_t size);

/* Copy at most size - 1 bytes, always ended; in: size >= 1.
 * out: whether all of it fitted. */
_Bool	text_copy(char *to, size_t size, const char *from);

#endif
