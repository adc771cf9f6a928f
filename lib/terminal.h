/* What a browser brings and takes away: whose form it is, its name, its
 * session, and what was typed, sealed. */
#ifndef LIB_TERMINAL_H
#define LIB_TERMINAL_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/reply.h"
#include "lib/request.h"
#include "lib/screen.h"
#include "lib/token.h"

#define TERMINAL_TYPED_MAX	256	/* bytes of a field kept */

enum terminal_cookie { TERMINAL_NAME, TERMINAL_SESSION };

/* Whether a form may have been sent by our own page: Sec-Fetch-Site
 * same-origin or none; lacking that, Origin the configured one; neither
 * header: accepted. src: doc/protocol.md section 4. */
bool	terminal_is_ours(const struct conf *, const struct request *);

/* A cookie's hash under KEY_SESSION. out: false: not sent. */
bool	terminal_cookie_hash(const struct conf *, const struct request *,
	    enum terminal_cookie, unsigned char hash[static KEY_HASH_SIZE]);

/* Set a cookie to a fresh 256-bit value. out: the value's hash. */
void	terminal_cookie_set(const struct conf *, struct reply *,
	    enum terminal_cookie, unsigned char hash[static KEY_HASH_SIZE]);

/* What was typed, cut to what a cookie can keep. */
struct terminal_typed {
	char	code[TERMINAL_TYPED_MAX + 1];
	char	device[TERMINAL_TYPED_MAX + 1];
};

/* Seal what was typed into a cookie for /pair alone, for 10 minutes; NULL
 * takes the cookie away. in: KEY_COOKIE loaded. */
void	terminal_typed_set(const struct conf *, struct reply *,
	    const struct terminal_typed *);
/* What such a cookie holds. out: false: none, not ours, or too old. */
bool	terminal_typed_get(const struct conf *, const struct request *,
	    struct terminal_typed *);

/* Put the language that was chosen, by ?language= or else the cookie, before
 * those that the browser asks for; a new choice is remembered in the cookie.
 * in: a screen that is there in every language; an empty list. out: where
 * one was chosen the request's accept_language is the list. */
void	terminal_language(const struct conf *, struct request *,
	    const struct screen *, struct reply *, struct text *list);

#endif
