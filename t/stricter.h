/* Where the reader refuses what the RELAX NG schemas let pass, by what it
 * says: all of it, each for its reason. The other way there is nothing. */
#ifndef T_STRICTER_H
#define T_STRICTER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct stricter {
	bool		 large;		/* no fixture could hold it */
	const char	*problem;	/* a part of the sentence */
	const char	*reason;
} stricter[] = {
	{ false, "a document type declaration is refused", "XML allows one" },
	{ false, "elements stand more than 16 deep", "a bound of memory" },
	{ false, "an element has more than 32 attributes",
	    "a bound of time" },
	{ false, "a name has more than 64 bytes",
	    "no schema measures names" },
	{ true, "the document has more than 16000 elements",
	    "a bound of time" },
	{ false, "an element holds more than 8192 bytes",
	    "a bound of memory" },
	{ false, "holds more than 8192 bytes", "a bound of memory" },
	{ true, "<JobReport> holds more than 1000 <Job>",
	    "no schema counts so far" },
	{ false, "<JobReport> holds more than 32 <Supply>",
	    "no schema counts so far" },
	{ false, "<Supply> has the index of an earlier one",
	    "no schema compares" },
	{ false, "a byte that is no UTF-8", "other encodings are XML too" },
	{ false, "the document must be in UTF-8",
	    "other encodings are XML too" },
	{ false, "a prefix without a namespace", "a rule of namespaces" },
	{ false, "a namespace that cannot be declared so",
	    "a rule of namespaces" },
	{ false, "a name with a colon at no place for it",
	    "a rule of namespaces" },
	{ false, "a namespace whose name is no URI",
	    "a rule of namespaces" },
	{ false, "an attribute stands twice", "a rule of namespaces" },
	{ false, "as 2026-11-22T12:00:00Z",
	    "24:00:00 at the end of the year 9999" },
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
