/* See device_answer.h. libxml2's SAX2 interface, from memory: no tree, no
 * network, no document type. A small firmware may read as little as this. */
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "bin/device_answer.h"
#include "lib/text.h"

struct reading {
	xmlParserCtxtPtr	 context;
	struct answer		*answer;
	int			 depth;
	char			*value;		/* of the element now read */
	size_t			 space;
	bool			 bad;
};

static void
attribute_take(struct reading *reading, char *to, size_t size,
    const xmlChar **attribute)
{
	size_t length = (size_t)(attribute[4] - attribute[3]);

	if (length >= size) {
		reading->bad = true;
		return;
	}
	memcpy(to, attribute[3], length);
	to[length] = '\0';
}

static void
root_start(struct reading *reading, const char *name)
{
	const struct {
		const char		*name;
		enum answer_kind	 kind;
	} roots[] = {
		{ "Registration", ANSWER_REGISTRATION },
		{ "Receipt", ANSWER_RECEIPT },
		{ "problem", ANSWER_PROBLEM },
	};
	size_t i;

	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strcmp(name, roots[i].name) == 0)
			reading->answer->kind = roots[i].kind;
}

/* Where an attribute of the root or of an order belongs; NULL: nowhere. */
static char *
attribute_place(struct answer *answer, struct answer_order *order,
    const char *name, size_t *size)
{
	if (order != NULL) {
		*size = sizeof(order->id);
		if (strcmp(name, "id") == 0)
			return order->id;
		*size = sizeof(order->state);
		if (strcmp(name, "state") == 0)
			return order->state;
		*size = sizeof(order->supply);
		return strcmp(name, "supply") == 0 ? order->supply : NULL;
	}
	*size = sizeof(answer->state);
	if (strcmp(name, "state") == 0)
		return answer->state;
	*size = sizeof(answer->service);
	if (strcmp(name, "service") == 0)
		return answer->service;
	*size = sizeof(answer->started);
	return strcmp(name, "started") == 0 ? answer->started : NULL;
}

static void
attributes_read(struct reading *reading, struct answer_order *order,
    int count, const xmlChar **attributes)
{
	char number[24] = "";
	char *place;
	size_t size;
	int i;

	/* libxml2 gives five pointers an attribute: its name, prefix and
	 * namespace, then where its value begins and ends. */
	for (i = 0; i < count; i++, attributes += 5) {
		place = attribute_place(reading->answer, order,
		    (const char *)attributes[0], &size);
		if (strcmp((const char *)attributes[0], "version") == 0)
			attribute_take(reading, number, sizeof(number),
			    attributes);
		else if (place != NULL)
			attribute_take(reading, place, size, attributes);
	}
	if (number[0] != '\0')
		reading->answer->version = strtoll(number, NULL, 10);
}

/* The element whose text is wanted; others are passed over: the protocol
 * may only grow, and an old device must live with a newer server. */
static void
value_place(struct reading *reading, const char *name)
{
	struct answer *answer = reading->answer;
	const struct {
		const char	*name;
		char		*to;
		size_t		 size;
	} values[] = {
		{ "Token", answer->token, sizeof(answer->token) },
		{ "PairingPage", answer->page, sizeof(answer->page) },
		{ "ExpiresAt", answer->expires, sizeof(answer->expires) },
		{ "Accepted", answer->accepted, sizeof(answer->accepted) },
		{ "Duplicate", answer->duplicate, sizeof(answer->duplicate) },
		{ "type", answer->problem, sizeof(answer->problem) },
		{ "detail", answer->detail, sizeof(answer->detail) },
	};
	size_t i;

	reading->value = NULL;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(name, values[i].name) == 0) {
			reading->value = values[i].to;
			reading->value[0] = '\0';
			reading->space = values[i].size;
		}
}

static void
element_start(void *user, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
    int count, int defaulted, const xmlChar **attributes)
{
	struct reading *reading = user;
	struct answer *answer = reading->answer;
	const char *element = (const char *)name;

	(void)prefix, (void)uri, (void)namespace_count, (void)namespaces;
	(void)defaulted;
	reading->value = NULL;
	reading->depth++;
	if (reading->depth == 1) {
		root_start(reading, element);
		attributes_read(reading, NULL, count, attributes);
	} else if (reading->depth > 2) {
		return;
	} else if (strcmp(element, "Service") == 0) {
		attributes_read(reading, NULL, count, attributes);
	} else if (strcmp(element, "Order") == 0) {
		if (answer->order_count < ANSWER_ORDERS_MAX)
			attributes_read(reading,
			    &answer->orders[answer->order_count++], count,
			    attributes);
	} else {
		value_place(reading, element);
	}
}

static void
element_end(void *user, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct reading *reading = user;

	(void)name, (void)prefix, (void)uri;
	reading->depth--;
	reading->value = NULL;
}

static void
characters(void *user, const xmlChar *bytes, int length)
{
	struct reading *reading = user;
	size_t count = (size_t)length;

	if (reading->value == NULL)
		return;
	if (count >= reading->space) {
		reading->bad = true;
		return;
	}
	/* One text may come in several pieces. */
	memcpy(reading->value, bytes, count);
	reading->value += count;
	reading->space -= count;
	*reading->value = '\0';
}

static void
document_type(void *user, const xmlChar *name, const xmlChar *external,
    const xmlChar *system)
{
	struct reading *reading = user;

	(void)name, (void)external, (void)system;
	reading->bad = true;
	xmlStopParser(reading->context);
}

void
answer_read(struct answer *answer, const char *bytes, size_t length)
{
	struct reading reading = { .answer = answer };
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = element_start,
		.endElementNs = element_end,
		.characters = characters,
		.cdataBlock = characters,
		.internalSubset = document_type,
	};

	memset(answer, 0, sizeof(*answer));
	if (length == 0)
		return;
	reading.context = xmlCreatePushParserCtxt(&handler, &reading, NULL, 0,
	    NULL);
	if (reading.context == NULL)
		return;
	xmlCtxtUseOptions(reading.context,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (xmlParseChunk(reading.context, bytes, (int)length, 1) != 0 ||
	    !reading.context->wellFormed || !reading.context->nsWellFormed)
		reading.bad = true;
	xmlFreeParserCtxt(reading.context);
	if (reading.bad) {
		explicit_bzero(answer, sizeof(*answer));
		answer->kind = ANSWER_UNREADABLE;
	}
}
