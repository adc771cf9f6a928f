#include "bin/tallystick_schema.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
name_fits(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && entry->d_name[0] != '.'
	    && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

bool
schema_list(struct schema_folder *folder, const char *schema,
    const char *name)
{
	struct dirent **entries = NULL;
	int count;

	memset(folder, 0, sizeof(*folder));
	snprintf(folder->path, sizeof(folder->path), "%s/%s", schema, name);
	if ((count = scandir(folder->path, &entries, name_fits, alphasort))
	    == -1) {
		fprintf(stderr, "tallystick: schema folder %s: %s\n",
		    folder->path, strerror(errno));
		return false;
	}
	folder->names = memory_new((size_t)count, sizeof(folder->names[0]));
	for (int i = 0; i < count; i++) {
		folder->names[i] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	folder->count = (size_t)count;
	free(entries);
	return true;
}

void
schema_free(struct schema_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		free(folder->names[i]);
	free(folder->names);
	memset(folder, 0, sizeof(*folder));
}

unsigned
schema_number(const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	return *end == '-' && number <= 65535 ? (unsigned)number : 0;
}

static bool
file_read(struct text *text, const char *path, char *problem, size_t size)
{
	char bytes[8192];
	size_t length;
	FILE *file = fopen(path, "re");

	problem[0] = '\0';
	if (file == NULL) {
		snprintf(problem, size, "%s", strerror(errno));
		return false;
	}
	while ((length = fread(bytes, 1, sizeof(bytes), file)) > 0)
		text_add_bytes(text, bytes, length);
	if (ferror(file))
		snprintf(problem, size, "%s", strerror(errno));
	else if (text->length == 0)
		snprintf(problem, size, "the file is empty");
	fclose(file);
	return problem[0] == '\0';
}

/* The end of what begins here and hides semicolons, or NULL: nothing does. */
static const char *
skip_hidden(const char *at)
{
	const char *end = NULL;

	if (at[0] == '\'' || at[0] == '"' || at[0] == '`')
		end = strchr(at + 1, at[0]);
	else if (at[0] == '#' || (at[0] == '-' && at[1] == '-'))
		end = strchr(at, '\n');
	else if (at[0] == '/' && at[1] == '*')
		end = strstr(at + 2, "*/");
	else
		return NULL;
	return end != NULL ? end : at + strlen(at) - 1;
}

/* The line on which the nth statement (from 0) begins. */
static unsigned
statement_line(const char *sql, unsigned nth)
{
	const char *start = NULL, *at, *end;
	unsigned line = 1;

	for (at = sql; *at != '\0'; at++) {
		end = skip_hidden(at);
		if (start == NULL && strchr(" \t\r\n#-/", *at) == NULL)
			start = at;
		if (end != NULL)
			at = end;
		else if (*at == ';' && nth-- == 0)
			break;
		else if (*at == ';')
			start = NULL;
	}
	for (at = sql; start != NULL && at < start; at++)
		line += *at == '\n';
	return line;
}

/* Each statement has its result; only the last one's end is success. */
static unsigned
statements_run(MYSQL *mysql, const struct text *sql, unsigned *line)
{
	MYSQL_RES *result;
	unsigned nth = 0;
	int more = mysql_real_query(mysql, sql->bytes, sql->length);

	for (; more == 0; more = mysql_next_result(mysql), nth++) {
		if ((result = mysql_store_result(mysql)) != NULL)
			mysql_free_result(result);
		else if (mysql_field_count(mysql) > 0)
			break;
	}
	if (more == -1)
		return 0;
	*line = statement_line(sql->bytes, nth);
	return mysql_errno(mysql);
}

unsigned
schema_run(MYSQL *mysql, const struct schema_folder *folder, size_t index,
    unsigned *line, char *problem, size_t size)
{
	char path[1400];
	struct text sql = { 0 };
	unsigned error = SCHEMA_UNREADABLE;

	*line = 0;
	snprintf(path, sizeof(path), "%s/%s", folder->path,
	    folder->names[index]);
	if (!file_read(&sql, path, problem, size))
		goto out;
	error = statements_run(mysql, &sql, line);
	if (error != 0)
		snprintf(problem, size, "%u %s", error, mysql_error(mysql));
out:
	text_free(&sql);
	return error;
}
