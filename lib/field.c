/* Each is small: bounds stand in the table, forms in lib/value.c. */
#include <string.h>

#include "lib/field.h"
#include "lib/utf8.h"
#include "lib/value.h"

#define DIGITS_32	10
#define DIGITS_64	19

bool
field_text(const struct document_value *value, const char *text, size_t length,
    void *field)
{
	size_t points = utf8_count(text, length);

	if (points < (size_t)value->min || points > (size_t)value->max)
		return false;
	memcpy(field, text, length + 1);
	return true;
}

bool
field_id(const struct document_value *value, const char *text, size_t length,
    void *field)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._:-";

	return strspn(text, allowed) == length &&
	    field_text(value, text, length, field);
}

bool
field_keyword(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	(void)length;
	for (const char *const *word = value->keywords; *word != NULL; word++)
		if (strcmp(*word, text) == 0) {
			*(const char **)field = *word;
			return true;
		}
	return false;
}

static bool
bounded(const struct document_value *value, const char *text,
    size_t length, int64_t *integer)
{
	return value_integer(text, length, DIGITS_32, integer) &&
	    *integer >= value->min && *integer <= value->max;
}

bool
field_integer(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	int64_t integer;

	if (!bounded(value, text, length, &integer))
		return false;
	*(int32_t *)field = (int32_t)integer;
	return true;
}

bool
field_integer_not_0(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	int64_t integer;

	return bounded(value, text, length, &integer) && integer != 0 &&
	    field_integer(value, text, length, field);
}

bool
field_sequence(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	int64_t integer;

	(void)value;
	if (text[0] == '-' || !value_integer(text, length, DIGITS_64,
	    &integer))
		return false;
	*(int64_t *)field = integer;
	return true;
}

bool
field_time(const struct document_value *value, const char *text, size_t length,
    void *field)
{
	(void)value;
	(void)length;
	return value_time(text, field);
}

bool
field_uuid(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	(void)value;
	(void)length;
	return value_uuid(text, field);
}

bool
field_bytes_4(const struct document_value *value, const char *text,
    size_t length, void *field)
{
	unsigned char *bytes = field;
	int64_t integer;
	uint32_t bits;

	if (!bounded(value, text, length, &integer))
		return false;
	bits = (uint32_t)integer;
	for (int i = 3; i >= 0; i--, bits >>= 8)
		bytes[i] = (unsigned char)bits;
	return true;
}
