/* HTTP with the server, through libcurl: short requests that are waited
 * for, and the one connection that is held open beside everything else. */
#ifndef BIN_DEVICE_HTTP_H
#define BIN_DEVICE_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>

#include "bin/device_answer.h"
#include "lib/text.h"

struct http_exchange {
	CURL		*curl;
	struct text	 body;		/* of the answer */
	char		 error[CURL_ERROR_SIZE];
};

struct http {
	char			 base[512];	/* without a / at its end */
	CURLM			*multi;
	struct curl_slist	*headers;
	struct http_exchange	 post;
	struct http_exchange	 held;
	bool			 holding;
};

struct http_result {
	long		 status;	/* 0: no answer came */
	long		 retry_after_s;	/* 0: not told */
	struct answer	 answer;
	char		 why[CURL_ERROR_SIZE];	/* status 0; "": we stop */
};

/* in: base http://… or https://…; ca_file: authorities to trust, or NULL
 * for the system's. err: false, the reason was printed. */
bool	http_open(struct http *, const char *base, const char *ca_file);
/* Post one message and wait for the answer; in: token may be "".
 * SIGTERM and SIGINT, which must be blocked, break the wait. */
void	http_post(struct http *, const char *path, const char *token,
	    const struct text *message, struct http_result *);
/* Begin to hold GET /device/connect open. */
void	http_hold(struct http *, const char *token, long long since);
/* Give it up, when its token is no longer ours. */
void	http_drop(struct http *);
/* Sleep until the held connection moved, one of the descriptors (-1: none)
 * can be read, or so many milliseconds are over.
 * out: whether the held connection was answered, or broke. */
bool	http_wait(struct http *, const int fds[static 2], int wait_ms,
	    struct http_result *);
void	http_close(struct http *);

#endif
