/* The fields of a screen, gathered one by one; lib/screen.h takes them. */
#ifndef LIB_FIELDS_H
#define LIB_FIELDS_H

#include "lib/screen.h"

struct fields;

struct fields *fields_new(void);
/* With its rows. Takes NULL. */
void	fields_free(struct fields *);

/* in: name outlives the fields; so does value in fields_add, while the other
 * keeps a copy of its own. */
void	fields_add(struct fields *, const char *name, const char *value);
void	fields_addf(struct fields *, const char *name, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));
/* A field that is there and says nothing, for data-if. */
void	fields_flag(struct fields *, const char *name);
/* A row of that list. out: its own fields, which end with the others. */
struct fields *fields_row(struct fields *, const char *list);

/* All of them, ended by a NULL name. out: until one more is added. */
const struct screen_field *fields_list(struct fields *);

#endif
