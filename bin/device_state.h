/* What the device must not forget, in one file that only its owner can
 * read. A device that forgot its token would be a stranger to the server;
 * one that forgot a job would never report it. */
#ifndef BIN_DEVICE_STATE_H
#define BIN_DEVICE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "bin/device_printer.h"

#define STATE_TONERS 4		/* of the simulated printer */
#define STATE_KNOWN_MAX (2 * PRINTER_JOBS_MAX)

struct state_list {
	char	**items;
	size_t	  count;
	size_t	  space;
};

struct device_state {
	const char		*path;
	int			 lock;		/* held while we run; -1 */
	char			 server[512];	/* whom the token is for */
	char			 device_id[129];
	char			 code[129];	/* as on the label */
	char			 token[129];	/* "" = not registered */
	long long		 sequence;	/* of the newest report */
	bool			 watching;	/* jobs count from `known` on */
	struct state_list	 known;		/* jobs once listed */
	struct state_list	 jobs;		/* <Job>s not yet in a report */
	char			*report;	/* sent, receipt not yet seen */
	size_t			 report_jobs;	/* how many of `jobs` it has */
	int			 levels[STATE_TONERS];	/* simulated; -1 */
};

/* Begin with an empty state; in: path outlives it. */
void	state_open(struct device_state *, const char *path);
/* Keep other processes from this file until state_free; before state_load.
 * err: false, the reason was printed. */
bool	state_lock(struct device_state *);
/* Read the file; where there is none the state stays empty.
 * err: false, the reason (with file and line) was printed. */
bool	state_load(struct device_state *);
/* Replace the file: it holds the old state or the new, never half of one,
 * and the new one is on the disk before this returns.
 * err: false, the reason was printed; the old file stands. */
bool	state_save(const struct device_state *);
void	state_free(struct device_state *);

/* The name a job has for ever: its UUID, else its id and the printer's
 * clock at its end. */
void	state_job_name(const struct printer_job *, char name[static 64]);
/* Whether the job was listed at an earlier look. */
bool	state_knows(const struct device_state *, const struct printer_job *);
/* Make the jobs of this look known. The oldest known ones are forgotten,
 * but never one that a printer can still list. */
void	state_learn(struct device_state *, const struct printer_look *);

void	state_list_add(struct state_list *, const char *);
/* Drop the first so many. */
void	state_list_drop(struct state_list *, size_t);

#endif
