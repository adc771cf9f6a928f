/* The loop that every program runs, and what a program tells it. */
#ifndef LIB_PROGRAM_H
#define LIB_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf.h"
#include "lib/db.h"
#include "lib/key.h"
#include "lib/reply.h"
#include "lib/request.h"

/* What a handler may use besides request and reply. */
struct context {
	struct conf	 conf;
	struct db	*db;
	void		*own;		/* what the program's prepare returned */
};

enum program_audience {
	PROGRAM_DEVICE,		/* failures are problem documents */
	PROGRAM_TERMINAL	/* failures are screens */
};

struct program {
	const char	*name;		/* "register" */
	enum program_audience audience;
	const char	*methods;	/* "POST", "GET, HEAD, POST": the Allow */
	const char	*const *content_types; /* of a POST, NULL-ended */
	size_t		 body_max;	/* bytes */
	bool		 token_wanted;	/* 401 without one */
	unsigned	 keys;		/* 1u << KEY_CODE | ... */
	const struct db_statement *statements;
	size_t		 statement_count;
	/* Once, before the first request; NULL: nothing. out: context->own;
	 * false and a sentence ends the program with status 78. */
	bool		(*prepare)(struct context *, char *problem, size_t);
	/* Once, at the end; NULL: nothing. */
	void		(*release)(struct context *);
	enum error	(*handle)(struct context *, const struct request *,
			    struct reply *);
};

/* Run it: as FastCGI while standard input is a listening socket, else for one
 * CGI request. out: the process's exit status. */
int	program_run(const struct program *);

#endif
