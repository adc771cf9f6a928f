/* Success is our own conjunction of all that could have gone wrong, never
 * libxml2's word alone: under a failed allocation it has called documents
 * well-formed that it had read in part. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "lib/encoding.h"
#include "lib/heap.h"
#include "lib/tag.h"
#include "lib/xml.h"

#define OPTIONS		(XML_PARSE_NONET | XML_PARSE_NOERROR | \
			    XML_PARSE_NOWARNING)
#define MEMORY_MAX	(8 * 1024 * 1024)

/* What SAX2 hands over for an attribute. */
enum { NAME, PREFIX, URI, VALUE, VALUE_END, ATTRIBUTE__MAX };

struct reader {
	xmlParserCtxtPtr context;
	struct document	*document;
	bool		 bounded;	/* a bound stopped the parse */
	const char	*refused;	/* what stopped it unread */
	int		 refused_line;
	int		 error;		/* libxml2's first, by its number */
	int		 error_line;
	char		 attribute[DOCUMENT_TEXT_MAX + 1];
};

static bool is_set_up;
static unsigned loads;

/* Why a document is malformed, in our words: libxml2's may repeat what was
 * sent, a code among it. */
static const struct {
	int		 error;
	const char	*text;
} reasons[] = {
	{ XML_ERR_DOCUMENT_EMPTY, "no document, which begins with a <" },
	{ XML_ERR_RESERVED_XML_NAME, "an XML declaration must come first" },
	{ XML_ERR_DOCUMENT_END, "something follows the root element" },
	{ XML_ERR_TAG_NAME_MISMATCH, "an end tag matches no start tag" },
	{ XML_ERR_TAG_NOT_FINISHED, "the document ends too early" },
	{ XML_ERR_GT_REQUIRED, "a tag is not finished" },
	{ XML_ERR_NAME_REQUIRED, "a < or & begins no name; as signs they "
	    "are &lt; and &amp;" },
	{ XML_ERR_ATTRIBUTE_REDEFINED, "an attribute stands twice" },
	{ XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute lacks its quotes" },
	{ XML_ERR_ATTRIBUTE_WITHOUT_VALUE, "an attribute has no value" },
	{ XML_ERR_LT_IN_ATTRIBUTE, "a < stands in an attribute" },
	{ XML_ERR_INVALID_CHAR, "a character that XML forbids" },
	{ XML_ERR_INVALID_CHARREF, "a character that XML forbids" },
	{ XML_ERR_MISPLACED_CDATA_END, "a ]]> stands in text" },
	{ XML_NS_ERR_UNDEFINED_NAMESPACE, "a prefix without a namespace" },
	{ XML_NS_ERR_XML_NAMESPACE, "a namespace that cannot be declared so" },
	{ XML_NS_ERR_QNAME, "a name with a colon at no place for it" },
	{ XML_NS_ERR_COLON, "a name with a colon at no place for it" },
	{ XML_NS_ERR_ATTRIBUTE_REDEFINED, "an attribute stands twice" },
	{ XML_WAR_NS_URI, "a namespace whose name is no URI" },
};

static int
line_of(const struct reader *r)
{
	return r->context->input != NULL ? r->context->input->line : 1;
}

static void
refuse(struct reader *r, const char *what)
{
	if (r->refused == NULL) {
		r->refused = what;
		r->refused_line = line_of(r);
	}
	xmlStopParser(r->context);
}

/* Past a bound nothing more is read: it protects us. */
static bool
go_on(struct reader *r, bool within)
{
	if (!within) {
		r->bounded = true;
		xmlStopParser(r->context);
	}
	return within;
}

/* With entities left alone, SAX2 gives each ampersand of an attribute as the
 * five bytes "&#38;", and no other reference at all. out: how long the
 * attribute is, as far as it fits and one more. */
static size_t
copy_attribute(struct reader *r, const char *from, const char *end)
{
	static const char coded[5] = "&#38;";
	size_t length = 0;

	while (from < end && length < sizeof(r->attribute)) {
		r->attribute[length++] = *from;
		from += end - from >= 5 && memcmp(from, coded, 5) == 0 ?
		    5 : 1;
	}
	return length;
}

/* As it is written, declarations of namespaces too; these without a prefix
 * have no name. */
static bool
name_fits(struct reader *r, const xmlChar *prefix, const xmlChar *name)
{
	size_t length = name != NULL ? strlen((const char *)name) : 0;

	if (prefix != NULL)
		length += strlen((const char *)prefix) + 1;
	return go_on(r, document_name(r->document, length, line_of(r)));
}

/* After an error libxml2 still hands over text, without its elements. */
static bool
is_over(const struct reader *r)
{
	return r->error != XML_ERR_OK || r->context->disableSAX;
}

static void
on_element(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
    int count, int defaulted, const xmlChar **attributes)
{
	struct reader *r = arg;

	(void)defaulted;
	if (is_over(r) || !name_fits(r, prefix, name))
		return;
	for (int i = 0; i < namespace_count; i++)
		if (!name_fits(r, (const xmlChar *)"xmlns", namespaces[2 * i]))
			return;
	if (!go_on(r, document_open(r->document,
	    (const char *)name, (const char *)uri,
	    (unsigned)(namespace_count + count), line_of(r))))
		return;
	for (int i = 0; i < count; i++, attributes += ATTRIBUTE__MAX) {
		size_t length = copy_attribute(r,
		    (const char *)attributes[VALUE],
		    (const char *)attributes[VALUE_END]);

		if (!name_fits(r, attributes[PREFIX], attributes[NAME])
		    || !go_on(r, document_attribute(r->document,
		    (const char *)attributes[NAME],
		    (const char *)attributes[URI], r->attribute, length)))
			return;
	}
	document_opened(r->document);
}

static void
on_element_end(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct reader *r = arg;

	(void)name;
	(void)prefix;
	(void)uri;
	if (!is_over(r))
		document_close(r->document, line_of(r));
}

static void
on_text(void *arg, const xmlChar *text, int length)
{
	struct reader *r = arg;

	if (!is_over(r))
		go_on(r, document_text(r->document, (const char *)text,
		    (size_t)length, line_of(r)));
}

static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id,
    const xmlChar *system_id)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	refuse(arg, "a document type declaration is refused");
}

static xmlEntityPtr
on_entity(void *arg, const xmlChar *name)
{
	(void)name;
	refuse(arg, "an entity that XML does not know is refused");
	return NULL;
}

/* One is enough: half a MiB of them took 87 ms. xmlStopParser would free what
 * libxml2 goes on to point at from here. */
static void
on_error(void *arg, xmlErrorPtr error)
{
	struct reader *r = arg;

	if (error->level < XML_ERR_ERROR || r->error != XML_ERR_OK)
		return;
	r->error = error->code;
	r->error_line = error->line > 0 ? error->line : line_of(r);
	r->context->instate = XML_PARSER_EOF;
}

/* What libxml2 says outside a document is said by heap_refused already. */
static void
on_error_outside(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

static void
on_words_outside(void *arg, const char *words, ...)
{
	(void)arg;
	(void)words;
}

static xmlParserInputPtr
load_nothing(const char *url, const char *id, xmlParserCtxtPtr context)
{
	(void)url;
	(void)id;
	(void)context;
	loads++;
	return NULL;
}

static const xmlSAXHandler handlers = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = on_doctype,
	.externalSubset = on_doctype,
	.getEntity = on_entity,
	.getParameterEntity = on_entity,
	.startElementNs = on_element,
	.endElementNs = on_element_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.serror = (xmlStructuredErrorFunc)on_error,
};

static bool
is_well_formed(const struct reader *r)
{
	const xmlParserCtxt *c = r->context;
	const xmlError *last = xmlGetLastError();

	return r->refused == NULL && r->error == XML_ERR_OK &&
	    c->errNo == XML_ERR_OK && c->wellFormed && c->nsWellFormed &&
	    !c->disableSAX && (last == NULL || last->level < XML_ERR_ERROR) &&
	    r->document->closed;
}

static void
tell_malformed(const struct reader *r, char *problem)
{
	const char *text = "the XML is not well-formed";
	int line = r->error_line > 0 ? r->error_line : line_of(r);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == r->error)
			text = reasons[i].text;
	if (r->refused != NULL) {
		text = r->refused;
		line = r->refused_line;
	}
	snprintf(problem, DOCUMENT_PROBLEM_SIZE, "line %d: %s", line, text);
}

/* A bound that stopped the parse counts as invalid: whether the rest would
 * have been well-formed is not known. */
static enum error
judge(const struct reader *r, int status)
{
	if (heap_refused() > 0)
		return ERROR_UNAVAILABLE;
	if (r->bounded)
		return ERROR_INVALID;
	if (status != 0 || !is_well_formed(r)) {
		tell_malformed(r, r->document->problem);
		return ERROR_MALFORMED;
	}
	return r->document->problem[0] != '\0' ? ERROR_INVALID : ERROR_NONE;
}

static enum error
parse(struct reader *r, const char *bytes, size_t length)
{
	enum error error = ERROR_UNAVAILABLE;

	heap_bound(MEMORY_MAX);
	xmlResetLastError();
	r->context = xmlCreateMemoryParserCtxt(bytes, (int)length);
	if (r->context == NULL || r->context->sax == NULL)
		goto out;
	*r->context->sax = handlers;
	r->context->userData = r;
	xmlCtxtUseOptions(r->context, OPTIONS);

	/* By its number: by name libxml2 2.9.14 would copy all of it, and
	 * follow a null pointer when there is no memory for that. */
	if (xmlSwitchEncoding(r->context, XML_CHAR_ENCODING_UTF8) == 0)
		error = judge(r, xmlParseDocument(r->context));
out:
	xmlFreeParserCtxt(r->context);
	xmlResetLastError();
	return heap_refused() > 0 ? ERROR_UNAVAILABLE : error;
}

bool
xml_setup(void)
{
	heap_bound(MEMORY_MAX);
	xmlMemSetup(heap_free, heap_new, heap_resize, heap_copy);
	xmlSetStructuredErrorFunc(NULL,
	    (xmlStructuredErrorFunc)on_error_outside);
	xmlSetGenericErrorFunc(NULL, on_words_outside);
	xmlInitParser();
	xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE);
	xmlSetExternalEntityLoader(load_nothing);
	is_set_up = heap_refused() == 0;
	return is_set_up;
}

enum error
xml_read(const char *bytes, size_t length, struct document *document)
{
	struct reader reader = { .document = document };
	enum error error = ERROR_MALFORMED;
	size_t marked;

	document->problem[0] = '\0';
	if (!is_set_up && !xml_setup())
		return ERROR_UNAVAILABLE;
	if (length > INT_MAX)
		snprintf(document->problem, DOCUMENT_PROBLEM_SIZE,
		    "line 1: no document");
	else if (encoding_judge(bytes, length, document->problem,
	    DOCUMENT_PROBLEM_SIZE)) {
		marked = encoding_mark(bytes, length);
		error = tag_judge(bytes, length, document->problem,
		    DOCUMENT_PROBLEM_SIZE);
		if (error == ERROR_NONE)
			error = parse(&reader, bytes + marked,
			    length - marked);
	}
	explicit_bzero(document->text, sizeof(document->text));
	explicit_bzero(reader.attribute, sizeof(reader.attribute));
	return error;
}

unsigned
xml_loads(void)
{
	return loads;
}
