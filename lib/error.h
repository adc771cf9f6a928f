/* What can go wrong, told once: each failure's HTTP status, problem name
 * and public text stand in one table. */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

enum error {
	ERROR_NONE,
	ERROR_MALFORMED,	/* 400 not well-formed, not UTF-8, cut short */
	ERROR_UNAUTHORIZED,	/* 401 no token, or one never issued */
	ERROR_NOT_ADMITTED,	/* 403 enrolment closed, device not listed */
	ERROR_CROSS_SITE,	/* 403 form sent from another site */
	ERROR_METHOD,		/* 405 */
	ERROR_NOT_PAIRED,	/* 409 instruct or report while pending */
	ERROR_GONE,		/* 410 registration ended, token replaced */
	ERROR_TOO_LARGE,	/* 413 */
	ERROR_CONTENT_TYPE,	/* 415 */
	ERROR_INVALID,		/* 422 breaks the schema or a bound */
	ERROR_THROTTLED,	/* 429 */
	ERROR_UNAVAILABLE,	/* 503 store out of reach, answer uncertain */
	ERROR__MAX
};

struct error_public {
	int		 status;	/* HTTP status */
	const char	*name;		/* urn:tallystick:problem:NAME */
	const char	*title;		/* a few words for people */
	const char	*detail;	/* default sentence, if none is better */
	int		 retry_after_s;	/* Retry-After, 0: none */
};

/* The public face of a failure. in: any but ERROR_NONE. out: static. */
const struct error_public *error_public(enum error);

#endif
