/* What was typed at /pair: a code, and the device where the form asks. */
#ifndef LIB_SUBMISSION_H
#define LIB_SUBMISSION_H

#include "lib/code.h"
#include "lib/error.h"
#include "lib/request.h"
#include "lib/terminal.h"

struct submission {
	char	*code;				/* as sent, or NULL */
	char	*device;			/* as sent, or NULL */
	struct terminal_typed typed;		/* for the sealed cookie */
	char	 normal[CODE_MAX + 1];
	char	 ending[CODE_MAX + 1];		/* "": no device named */
};

/* The fields code and device of a form. in: a zeroed submission. With device
 * an empty code stands for the one in the sealed cookie. out: *screen: NULL,
 * or the name of the screen that says what is wrong; free it whatever comes.
 * err: ERROR_MALFORMED. src: doc/protocol.md section 4. */
enum error submission_read(const struct conf *, const struct request *,
	    struct submission *, const char **screen);

/* Wipe and release. */
void	submission_free(struct submission *);

#endif
