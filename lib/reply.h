/* One HTTP answer, filled in memory; the loop sends it after the handler. */
#ifndef LIB_REPLY_H
#define LIB_REPLY_H

#include "lib/error.h"
#include "lib/text.h"

#define REPLY_DETAIL_SIZE	320

struct reply {
	int		 status;	/* 0 until set */
	struct text	 headers;	/* "Name: value\r\n" lines */
	struct text	 body;
	char		 detail[REPLY_DETAIL_SIZE]; /* sentence for a failure */
	_Bool		 end_worker;	/* serve no other request after it */
};

/* Add a header. in: a value with CR, LF or other control bytes ends the
 * process: header values come from us. */
void	reply_header(struct reply *, const char *name, const char *value);
/* The reason phrase of a status that we send. src: RFC 9110 section 15. */
const char *reply_reason(int status);
/* Set status and type of an XML document that follows in body. */
void	reply_document(struct reply *, int status);
/* 303 See Other to a path below the base address's path. */
void	reply_see_other(struct reply *, const char *base_path,
	    const char *path);
/* The problem document of a failure (RFC 9457, Appendix B), replacing all
 * but reply->detail, which becomes its detail when not empty. */
void	reply_problem(struct reply *, enum error);
/* Ready for the next request; wipes what it held. */
void	reply_clear(struct reply *);
void	reply_free(struct reply *);

#endif
