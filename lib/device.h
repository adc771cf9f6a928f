/* What a device posts: one XML document, as it is or in a form's field. */
#ifndef LIB_DEVICE_H
#define LIB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/reply.h"
#include "lib/request.h"

/* Types of device messages: XML itself, or a form's field "message". */
extern const char *const device_content_types[];

struct context;

/* A program's prepare: what reads XML is ready, and complete, before the first
 * request. */
bool	device_prepare(struct context *, char *problem, size_t size);

/* A reader of lib/message.h. in: to: its struct. */
typedef enum error device_reader(const char *, size_t, void *to,
    char *problem);

/* Read the message that a device posted, whichever type it came in. What held
 * it is wiped. in: a request that passed the loop's checks.
 * err: as the reader's, the sentence in reply->detail; ERROR_MALFORMED for a
 * form without it; when memory was refused the worker ends after this. */
enum error device_message(const struct request *, device_reader *, void *to,
	    struct reply *);

#endif
