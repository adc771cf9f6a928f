/* One signed POST of an order, by libcurl; many of them at a time. */
#ifndef BIN_TALLYSTICK_POST_H
#define BIN_TALLYSTICK_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "lib/conf.h"
#include "lib/text.h"
#include "lib/webhook.h"

#define POST_ANSWER_SIZE	200

/* Where orders go, and with what they are signed. */
struct post_target {
	const char		*url;
	const char		*ca;		/* NULL: the system's */
	bool			 any_address;	/* webhook-allow names it */
	struct webhook_secret	 secrets[CONF_LIST_MAX];
	size_t			 secret_count;
};

/* One attempt. */
struct post {
	const struct post_target *target;
	CURL			*easy;
	struct curl_slist	*headers;
	char			 error[CURL_ERROR_SIZE];
	bool			 refused;	/* not a public address */
	bool			 full;		/* answer over its bound */
	bool			 begun;		/* an answer's head has begun */
	int			 status;	/* what it says, 0: none */
	size_t			 received;
};

/* What came of it. */
struct post_answer {
	bool	 delivered;
	bool	 gone;			/* 410: never again */
	int64_t	 retry_after_s;		/* 0: not asked for */
	char	 words[POST_ANSWER_SIZE];
};

/* Read target and secrets from the configuration. in: a webhook-url that is
 * set. err: false and a sentence: not a URL of a form that is allowed, http
 * or a port that webhook-allow does not name, no secret, a bad secret, a
 * webhook-ca that cannot be read. */
bool	post_target_read(struct post_target *, const struct conf *,
	    char *problem, size_t size);
void	post_target_wipe(struct post_target *);

/* Connect as an attempt would, TLS included, and send nothing. err: false and
 * why not. */
bool	post_target_reach(const struct post_target *, char *words, size_t size);

/* Begin an attempt. in: a body that outlives it; private is given back by
 * curl. err: false: no memory; nothing began. */
bool	post_start(struct post *, CURLM *, const struct post_target *,
	    const char *id, const struct text *body, void *private);
/* What came of it. in: curl's verdict of a transfer that ended. */
void	post_judge(struct post *, CURLcode, struct post_answer *);
/* Release it, whether it ended or not. */
void	post_end(struct post *, CURLM *);

#endif
