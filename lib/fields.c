#include "lib/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY_MAX	256	/* of what fields_addf makes */

struct copy {
	struct copy	*next;
	char		 bytes[];
};

struct fields {
	struct screen_field	*list;
	size_t			 count;		/* without the end */
	size_t			 space;
	struct copy		*copies;
	/* Rows, the newest first; each knows its place among the fields. */
	struct fields		*rows;
	struct fields		*next;
	size_t			 place;
};

struct fields *
fields_new(void)
{
	return memory_new(1, sizeof(struct fields));
}

void
fields_free(struct fields *fields)
{
	struct fields *row;
	struct copy *copy;

	if (fields == NULL)
		return;
	while ((row = fields->rows) != NULL) {
		fields->rows = row->next;
		fields_free(row);
	}
	while ((copy = fields->copies) != NULL) {
		fields->copies = copy->next;
		free(copy);
	}
	free(fields->list);
	free(fields);
}

void
fields_add(struct fields *fields, const char *name, const char *value)
{
	struct screen_field *list;

	/* One place is always left for the end. */
	if (fields->count + 1 >= fields->space) {
		fields->space = fields->space > 0 ? 2 * fields->space : 16;
		list = memory_new(fields->space, sizeof(*list));
		if (fields->count > 0)
			memcpy(list, fields->list,
			    fields->count * sizeof(*list));
		free(fields->list);
		fields->list = list;
	}
	fields->list[fields->count++]
	    = (struct screen_field){ name, value, NULL };
}

void
fields_addf(struct fields *fields, const char *name, const char *format, ...)
{
	char bytes[COPY_MAX];
	struct copy *copy;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(bytes, sizeof(bytes), format, arguments);
	va_end(arguments);
	copy = memory_new(1, sizeof(*copy) + strlen(bytes) + 1);
	strcpy(copy->bytes, bytes);
	copy->next = fields->copies;
	fields->copies = copy;
	fields_add(fields, name, copy->bytes);
}

void
fields_flag(struct fields *fields, const char *name)
{
	fields_add(fields, name, "");
}

struct fields *
fields_row(struct fields *fields, const char *list)
{
	struct fields *row = fields_new();

	row->place = fields->count;
	row->next = fields->rows;
	fields->rows = row;
	fields_add(fields, list, NULL);
	return row;
}

const struct screen_field *
fields_list(struct fields *fields)
{
	static const struct screen_field none;

	for (struct fields *row = fields->rows; row != NULL; row = row->next)
		fields->list[row->place].row = fields_list(row);
	return fields->list != NULL ? fields->list : &none;
}
