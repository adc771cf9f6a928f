/*
 * The straightforward program, which Tallystick is measured against: what one
 * writes first in C, and well. It takes the same RegistrationRequest, reads
 * three of its elements, hashes device and code under a key, stores one row
 * under one unique key and answers; and nothing of what else a registration
 * needs.
 *
 * One process serves one request at a time on one connection to the database:
 * FastCGI when standard input is a listening socket, else plain CGI.
 * BENCH_DATABASE: MariaDB option file with a group [bench].
 * Answers: 200; 400 malformed, 409 known already, 503 unavailable.
 */
#include <fcgiapp.h>
#include <libxml/xmlreader.h>
#include <mysql.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX	(16 * 1024)
#define HASH_SIZE	32
#define TEXT_SIZE	65
#define PENDING_S	900
#define DUPLICATE_KEY	1062

static const char insert[] =
	"INSERT INTO registration (code_hash, device, model, state, created, "
	"expires) VALUES (?, ?, ?, 0, ?, ?)";
static const char answer[] =
	"Content-Type: application/xml\r\n\r\n"
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<Registered expires=\"900\" interval=\"5\"/>\n";

struct field {
	char		text[TEXT_SIZE];
	unsigned long	length;
};

/* One row; the statement reads its values from here. */
struct row {
	unsigned char	code_hash[HASH_SIZE];
	struct field	device;
	struct field	model;
	long long	created;
	long long	expires;
};

struct store {
	MYSQL		*connection;
	MYSQL_STMT	*statement;
	struct row	 row;
};

static bool
store_bind(struct store *store)
{
	static unsigned long hash_length = HASH_SIZE;
	struct row *row = &store->row;
	MYSQL_BIND values[] = {
		{ .buffer_type = MYSQL_TYPE_BLOB, .buffer = row->code_hash,
		    .buffer_length = HASH_SIZE, .length = &hash_length },
		{ .buffer_type = MYSQL_TYPE_STRING,
		    .buffer = row->device.text, .buffer_length = TEXT_SIZE,
		    .length = &row->device.length },
		{ .buffer_type = MYSQL_TYPE_STRING,
		    .buffer = row->model.text, .buffer_length = TEXT_SIZE,
		    .length = &row->model.length },
		{ .buffer_type = MYSQL_TYPE_LONGLONG,
		    .buffer = &row->created },
		{ .buffer_type = MYSQL_TYPE_LONGLONG,
		    .buffer = &row->expires },
	};

	return mysql_stmt_bind_param(store->statement, values) == 0;
}

static bool
store_open(struct store *store)
{
	MYSQL *connection = mysql_init(NULL);

	store->connection = connection;
	mysql_options(connection, MYSQL_READ_DEFAULT_FILE,
	    getenv("BENCH_DATABASE"));
	mysql_options(connection, MYSQL_READ_DEFAULT_GROUP, "bench");
	if (mysql_real_connect(connection, NULL, NULL, NULL, NULL, 0, NULL, 0)
	    == NULL || mysql_autocommit(connection, 0) != 0) {
		fprintf(stderr, "reference: %s\n", mysql_error(connection));
		return false;
	}
	store->statement = mysql_stmt_init(connection);
	if (mysql_stmt_prepare(store->statement, insert, sizeof(insert) - 1)
	    != 0 || !store_bind(store)) {
		fprintf(stderr, "reference: %s\n",
		    mysql_stmt_error(store->statement));
		return false;
	}
	return true;
}

/* out: 200, or the status of what went wrong. */
static int
store_insert(struct store *store)
{
	unsigned int problem;

	if (mysql_stmt_execute(store->statement) != 0) {
		problem = mysql_stmt_errno(store->statement);
		mysql_rollback(store->connection);
		return problem == DUPLICATE_KEY ? 409 : 503;
	}
	return mysql_commit(store->connection) == 0 ? 200 : 503;
}

static void
store_close(struct store *store)
{
	mysql_stmt_close(store->statement);
	mysql_close(store->connection);
}

static void
field_set(struct field *field, const xmlChar *text)
{
	size_t length = strlen((const char *)text);

	if (length > TEXT_SIZE - 1)
		length = TEXT_SIZE - 1;
	memcpy(field->text, text, length);
	field->text[length] = '\0';
	field->length = length;
}

/* Which field an element's text belongs to; NULL: none that is kept. */
static struct field *
field_find(struct row *row, struct field *code, const xmlChar *element)
{
	if (xmlStrEqual(element, BAD_CAST "DeviceId"))
		return &row->device;
	if (xmlStrEqual(element, BAD_CAST "Code"))
		return code;
	if (xmlStrEqual(element, BAD_CAST "MakeAndModel"))
		return &row->model;
	return NULL;
}

static bool
row_parse(struct row *row, struct field *code, const char *body, int length)
{
	xmlTextReaderPtr reader = xmlReaderForMemory(body, length, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
	    | XML_PARSE_COMPACT);
	struct field *field = NULL;
	int more;

	if (reader == NULL)
		return false;
	while ((more = xmlTextReaderRead(reader)) == 1) {
		switch (xmlTextReaderNodeType(reader)) {
		case XML_READER_TYPE_ELEMENT:
			field = field_find(row, code,
			    xmlTextReaderConstLocalName(reader));
			break;
		case XML_READER_TYPE_TEXT:
			if (field != NULL)
				field_set(field,
				    xmlTextReaderConstValue(reader));
			break;
		case XML_READER_TYPE_END_ELEMENT:
			field = NULL;
			break;
		}
	}
	xmlFreeTextReader(reader);
	return more == 0;
}

/* out: the status to answer with. */
static int
handle(struct store *store, const char *body, int length)
{
	static const unsigned char key[crypto_generichash_KEYBYTES] =
	    "a key that no one else knows ...";
	struct row *row = &store->row;
	struct field code = { .length = 0 };
	char named[2 * TEXT_SIZE];
	int named_length;

	row->device.length = row->model.length = 0;
	if (!row_parse(row, &code, body, length) || row->device.length == 0
	    || code.length == 0)
		return 400;
	named_length = snprintf(named, sizeof(named), "%s|%s",
	    row->device.text, code.text);
	crypto_generichash(row->code_hash, HASH_SIZE,
	    (const unsigned char *)named, (unsigned long long)named_length,
	    key, sizeof(key));
	row->created = time(NULL);
	row->expires = row->created + PENDING_S;
	return store_insert(store);
}

static void
serve_fastcgi(struct store *store)
{
	static char body[BODY_MAX];
	FCGX_Request request;
	int length, more, status;

	FCGX_Init();
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		length = 0;
		while (length < BODY_MAX && (more = FCGX_GetStr(body + length,
		    BODY_MAX - length, request.in)) > 0)
			length += more;
		status = handle(store, body, length);
		if (status == 200)
			FCGX_PutS(answer, request.out);
		else
			FCGX_FPrintF(request.out, "Status: %d\r\n"
			    "Content-Type: text/plain\r\n\r\n%d\n", status,
			    status);
		FCGX_Finish_r(&request);
	}
}

static void
serve_cgi(struct store *store)
{
	static char body[BODY_MAX];
	int status;

	status = handle(store, body, (int)fread(body, 1, BODY_MAX, stdin));
	if (status == 200)
		fputs(answer, stdout);
	else
		printf("Status: %d\r\nContent-Type: text/plain\r\n\r\n%d\n",
		    status, status);
}

int
main(void)
{
	static struct store store;

	xmlInitParser();
	if (sodium_init() < 0 || !store_open(&store))
		return EXIT_FAILURE;
	if (FCGX_IsCGI())
		serve_cgi(&store);
	else
		serve_fastcgi(&store);
	store_close(&store);
	return EXIT_SUCCESS;
}
