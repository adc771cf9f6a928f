#include "lib/language.h"

#include <string.h>
#include <strings.h>

#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

#define WEIGHT_BAD	(-1)

bool
language_is_tag(const char *word)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz");

	if (length < 2 || length > 3 || strlen(word) >= LANGUAGE_SIZE)
		return false;
	for (word += length; *word == '-'; word += length) {
		word++;
		length = strspn(word, LETTERS DIGITS);
		if (length < 2 || length > 8)
			return false;
	}
	return *word == '\0';
}

/* The weight of what follows a range ("", ";q=0.5"), in thousandths. */
static int
weight_of(const char *at, const char *end)
{
	int weight, place;

	at += strspn(at, " \t");
	if (at >= end)
		return 1000;
	if (*at++ != ';')
		return WEIGHT_BAD;
	at += strspn(at, " \t");
	if (strncasecmp(at, "q=", 2) != 0 || (at[2] != '0' && at[2] != '1'))
		return WEIGHT_BAD;
	weight = (at[2] - '0') * 1000;
	at += 3;
	if (*at == '.')
		for (at++, place = 100; place > 0 && *at >= '0' && *at <= '9';
		    place /= 10)
			weight += (*at++ - '0') * place;
	at += strspn(at, " \t");
	return at < end || weight > 1000 ? WEIGHT_BAD : weight;
}

static size_t
tag_find(const char *range, size_t length, const char *const *tags,
    size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strlen(tags[i]) == length &&
		    strncasecmp(tags[i], range, length) == 0)
			return i;
	return count;
}

/* The range itself, or the longest beginning of it that is a tag. */
static size_t
range_look_up(const char *range, size_t length, const char *const *tags,
    size_t count)
{
	size_t found;

	while ((found = tag_find(range, length, tags, count)) == count) {
		while (length > 0 && range[--length] != '-')
			;
		/* A single letter or digit only introduces what followed. */
		if (length >= 2 && range[length - 2] == '-')
			length -= 2;
		if (length == 0)
			break;
	}
	return found;
}

size_t
language_best(const char *accept_language, const char *const *tags,
    size_t count)
{
	const char *at = accept_language, *end;
	size_t length, found, best = count;
	int weight, best_weight = 0;

	if (at == NULL)
		return count;
	for (; *at != '\0'; at = *end == ',' ? end + 1 : end) {
		at += strspn(at, " \t");
		end = at + strcspn(at, ",");
		length = strspn(at, LETTERS DIGITS "-");
		weight = weight_of(at + length, end);
		if (length == 0 || weight <= best_weight)
			continue;
		found = range_look_up(at, length, tags, count);
		if (found < count) {
			best = found;
			best_weight = weight;
		}
	}
	return best;
}
