/* Where the reader refuses what the RELAX NG schemas let pass, by what it
 * says: all of it, each for its reason. The other way there is nothing. */
#ifndef T_STRICTER_H
#define T_STRICTER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct stricter {
	const char	*problem;	/* a part of the sentence */
	const char	*reason;
} stricter[] = {
	{ "a document type declaration is refused", "XML allows one" },
	{ "an entity that XML does not know", "one that a document type "
	    "declaration might declare" },
	{ "elements stand more than 16 deep", "a bound of memory" },
	{ "an element has more than 32 attributes", "a bound of time" },
	{ "the document has more than 16000 elements", "a bound of time" },
	{ "an element holds more than 8192 bytes", "a bound of memory" },
	{ "holds more than 8192 bytes", "a bound of memory" },
	{ "<JobReport> holds more than 1000 <Job>", "no schema counts so "
	    "far" },
	{ "<JobReport> holds more than 32 <Supply>", "no schema counts so "
	    "far" },
	{ "<Supply> has the index of an earlier one", "no schema compares" },
	{ "a byte that is no UTF-8", "other encodings are XML too" },
	{ "the document must be in UTF-8", "other encodings are XML too" },
	{ "no document", "a second byte order mark" },
	{ "a prefix without a namespace", "a rule of namespaces" },
	{ "a namespace that cannot be declared so", "a rule of namespaces" },
	{ "a name with a colon at no place for it", "a rule of namespaces" },
	{ "a namespace whose name is no URI", "a rule of namespaces" },
	{ "an attribute stands twice", "a rule of namespaces" },
	{ "as 2026-11-22T12:00:00Z", "24:00:00 at the end of the year "
	    "9999" },
};
#define STRICTER__MAX	(sizeof(stricter) / sizeof(stricter[0]))

static inline bool
is_stricter(const char *problem)
{
	for (size_t i = 0; i < STRICTER__MAX; i++)
		if (strstr(problem, stricter[i].problem) != NULL)
			return true;
	return false;
}

#endif
