/* The three messages that devices post, read into plain structs by
 * lib/xml.c. The RELAX NG of each stands in schema/messages/: a change here
 * is a change there, and the fixtures in t/messages/ hold them together. */
#ifndef LIB_MESSAGE_H
#define LIB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/document.h"
#include "lib/error.h"

#define MESSAGE_NAMESPACE	"urn:tallystick:1"
#define MESSAGE_JOBS_MAX	1000
#define MESSAGE_SUPPLIES_MAX	32
#define MESSAGE_PROBLEM_SIZE	DOCUMENT_PROBLEM_SIZE

/* Sizes hold the bound in code points, four bytes each, and a NUL. */
struct registration_request {
	char	device_id[128 + 1];
	char	code[8192 + 1];			/* as sent; wipe it */
	int	code_line;			/* where <Code> begins */
	char	make_and_model[127 * 4 + 1];
	char	serial_number[64 * 4 + 1];	/* "": none */
	char	firmware_version[64 * 4 + 1];	/* "": none */
};

enum instruction { INSTRUCTION_START, INSTRUCTION_STOP, INSTRUCTION_END };

struct job {
	unsigned char	name[16];	/* the UUID, or JobId and
					 * PrinterUpTime, 4 bytes each,
					 * big-endian */
	size_t		name_length;	/* 16 or 8; the rest is 0 */
	const char	*kind;		/* static keyword */
	const char	*state;		/* static keyword */
	char		completed_at[20]; /* "YYYY-MM-DD HH:MM:SS" UTC, or "" */
	int32_t		impressions;
	int32_t		impressions_full_color;	/* -1: not sent */
	int32_t		media_sheets;		/* -1: not sent */
};

struct supply {
	int32_t		index;			/* 1-65535 */
	const char	*class;			/* static keyword */
	const char	*type;			/* static keyword */
	char		colorant[64 * 4 + 1];	/* "": none */
	const char	*unit;			/* static keyword */
	int32_t		max_capacity;		/* > 0, -1, -2 */
	int32_t		level;			/* >= 0, -1, -2, -3 */
	char		serial_number[64 * 4 + 1]; /* "": none */
	int32_t		spares;			/* -1: not sent */
};

struct job_report {
	int64_t		sequence;		/* -1: not sent */
	struct job	*jobs;			/* owned */
	size_t		job_count;
	struct supply	supplies[MESSAGE_SUPPLIES_MAX];
	size_t		supply_count;
};

/* Read one message. in: any bytes. out: the struct, only on success.
 * err: ERROR_MALFORMED, ERROR_INVALID with one sentence that names the line,
 * what was wrong and what is wanted, never a value of <Code>;
 * ERROR_UNAVAILABLE when memory ran out (the process should end then).
 * src: doc/protocol.md sections 2 and 3; schema/messages/. */
enum error message_read_registration(const char *, size_t,
	    struct registration_request *,
	    char problem[static MESSAGE_PROBLEM_SIZE]);
enum error message_read_instruction(const char *, size_t,
	    enum instruction *, char problem[static MESSAGE_PROBLEM_SIZE]);
enum error message_read_report(const char *, size_t,
	    struct job_report *, char problem[static MESSAGE_PROBLEM_SIZE]);
/* Release what message_read_report filled; takes a zeroed one. */
void	message_free_report(struct job_report *);

#endif
