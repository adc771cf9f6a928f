/* tallystick.conf: key = value, # starts a comment line. Unknown, doubled
 * or out of range keys stop the start with file and line. */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_PATH_SIZE		512
#define CONF_LIST_MAX		8

struct conf {
	char	 base_url[CONF_PATH_SIZE];	/* no slash at its end */
	char	 base_path[CONF_PATH_SIZE];	/* its path: "" or "/x/y" */
	char	 origin[CONF_PATH_SIZE];	/* as browsers send it */
	bool	 tls;				/* base_url is https */
	char	 database[CONF_PATH_SIZE];	/* MariaDB option file */
	char	 keys[CONF_PATH_SIZE];		/* folder of key files */
	char	 screens[CONF_PATH_SIZE];	/* folder of www/ */
	char	 schema[CONF_PATH_SIZE];	/* folder of schema/ */
	char	 wake_socket[CONF_PATH_SIZE];	/* nginx's publisher; "": no nchan */
	unsigned poll_s;			/* Retry-After without nchan, 1-3600 */
	unsigned requests_max;			/* a worker's life, 1-1000000 */
	bool	 system_call_filter;		/* workers lock themselves in */
	unsigned code_bits;			/* least strength, 20-256 */
	bool	 code_check;			/* codes end with a check character */
	bool	 early_codes;			/* terminals may come first */
	bool	 enrolment_open;		/* false: listed devices only */
	unsigned pending_per_address;		/* 0: no limit */
	unsigned misses_per_address;		/* in ten minutes, 1-1000 */
	unsigned order_at_percent;		/* 0-99 */
	unsigned refilled_at_percent;		/* order_at_percent+1 - 100 */
	unsigned keep_jobs_days;		/* 1-36500 */
	char	 webhook_url[CONF_PATH_SIZE];	/* "": orders stay queued */
	char	 webhook_secrets[CONF_LIST_MAX][CONF_PATH_SIZE];  /* files */
	size_t	 webhook_secret_count;
	char	 webhook_allow[CONF_LIST_MAX][CONF_PATH_SIZE];  /* host:port */
	size_t	 webhook_allow_count;
	char	 webhook_ca[CONF_PATH_SIZE];	/* "": the system's */
};

/* Read the configuration. in: path, or NULL for $TALLYSTICK_CONF, else the
 * compiled default. out: all fields set. A bad file ends the process with
 * status 78 (EX_CONFIG) after one line "FILE:LINE: what and how to mend". */
void	conf_load(struct conf *, const char *path);

/* The same for tests: out: true, or false and the sentence in problem. */
bool	conf_read(struct conf *, const char *path, char *problem, size_t size);

#endif
