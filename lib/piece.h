/* A screen's file, cut into pieces once so that filling it only appends.
 * What may stand in the file is told in lib/screen.h. */
#ifndef LIB_PIECE_H
#define LIB_PIECE_H

#include <stdbool.h>
#include <stddef.h>

enum piece_kind {
	PIECE_LITERAL,		/* bytes as they are */
	PIECE_FIELD,		/* a field's text, or else the bytes */
	PIECE_LINK,		/* a field's address, or else the bytes */
	PIECE_NUMBER,		/* a field's number, or else the bytes */
	PIECE_IF,		/* the pieces up to next, if the field is */
	PIECE_UNLESS,		/* the pieces up to next, if it is not */
	PIECE_EACH		/* the pieces up to next, for each row */
};

struct piece {
	enum piece_kind	 kind;
	const char	*bytes;		/* in the file's own text */
	size_t		 length;
	char		*name;		/* of the field; NULL: literal */
	size_t		 next;		/* of a block: the piece after it */
};

struct pieces {
	struct piece	*list;
	size_t		 count;
	size_t		 space;
};

/* What is being cut. */
struct piece_source {
	const char	*path;		/* for the sentence */
	const char	*screen;	/* data-screen must say this */
	const char	*language;	/* lang of html must say this */
	const char	*text;		/* ended by NUL; outlives pieces */
	size_t		 length;
};

/* Cut it. in: empty pieces. out: the pieces, to be freed in any case.
 * err: false, and a sentence with file and line in problem. */
bool	piece_cut(struct pieces *, const struct piece_source *, char *problem,
	    size_t size);
void	piece_free(struct pieces *);

#endif
