/* What was typed at /pair: a code, and the device where the form asks. */
#ifndef LIB_SUBMISSION_H
#define LIB_SUBMISSION_H

#include "lib/code.h"
#include "lib/error.h"
#include "lib/request.h"
#include "lib/terminal.h"

struct submission {
	char	*typed;				/* code as sent, or NULL */
	char	*device;			/* as sent, or NULL */
	char	 kept[TERMINAL_TYPED_MAX + 1];	/* from the sealed cookie */
	char	 normal[CODE_MAX + 1];
	char	 ending[CODE_MAX + 1];		/* "": no device named */
};

/* The fields code and device of a form. in: zeroed. With device an empty code
 * stands for the one in the sealed cookie. out: *screen: NULL, or the name of
 * the screen that says what is wrong; free it whatever comes.
 * err: ERROR_MALFORMED. src: doc/protocol.md section 4. */
enum error submission_read(const struct request *, struct submission *,
	    const char **screen);

/* What was typed, for the sealed cookie. out: NULL: nothing. */
const char *submission_typed(const struct submission *);

/* Wipe and release. */
void	submission_free(struct submission *);

#endif
