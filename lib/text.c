#include "lib/text.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/utf8.h"

#define REPLACEMENT	0xfffd	/* stands for what cannot be told */

void *
memory_new(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

	if (memory == NULL)
		log_fatal("no memory for %zu times %zu bytes", count, size);
	return memory;
}

static void
make_room(struct text *text, size_t more)
{
	size_t space = text->space > 0 ? text->space : 512;
	char *bytes;

	if (more >= SIZE_MAX / 4 - text->length)
		log_fatal("text of %zu bytes is too long", more);
	while (space < text->length + more + 1)
		space *= 2;
	if (space == text->space)
		return;
	/* Not realloc: what it leaves behind could not be wiped. */
	bytes = memory_new(space, 1);
	if (text->length > 0)
		memcpy(bytes, text->bytes, text->length);
	if (text->bytes != NULL)
		sodium_memzero(text->bytes, text->space);
	free(text->bytes);
	text->bytes = bytes;
	text->space = space;
}

void
text_add_bytes(struct text *text, const void *bytes, size_t length)
{
	make_room(text, length);
	if (length > 0)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void
text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void
text_addf(struct text *text, const char *format, ...)
{
	va_list arguments, again;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		log_fatal("text format failed");
	make_room(text, (size_t)length);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format,
	    again);
	va_end(again);
	text->length += (size_t)length;
}

/* The character at *at, which moves past it. What is no UTF-8 goes byte by
 * byte. out: its code point, U+FFFD for such a byte. */
static int32_t
character_next(const char **at, const char *end)
{
	int32_t character = utf8_next(at, end);

	if (character != UTF8_INVALID)
		return character;
	++*at;
	return REPLACEMENT;
}

/* XML 1.0 forbids these however they are written. */
static bool
is_forbidden(int32_t character)
{
	return (character < 0x20 && character != '\t' && character != '\n'
	    && character != '\r') || character == 0xfffe
	    || character == 0xffff;
}

static const char *
xml_escape(int32_t character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

void
text_add_xml(struct text *text, const char *string)
{
	const char *end = string + strlen(string), *from, *escape;
	int32_t character;

	while (string < end) {
		from = string;
		character = character_next(&string, end);
		if (character == REPLACEMENT || is_forbidden(character))
			text_add(text, "\xef\xbf\xbd");
		else if ((escape = xml_escape(character)) != NULL)
			text_add(text, escape);
		else
			text_add_bytes(text, from, (size_t)(string - from));
	}
}

void
text_add_json(struct text *text, const char *string)
{
	const char *end, *from;
	int32_t character;

	if (string == NULL) {
		text_add(text, "null");
		return;
	}
	end = string + strlen(string);
	text_add(text, "\"");
	while (string < end) {
		from = string;
		character = character_next(&string, end);
		if (character == '"' || character == '\\')
			text_addf(text, "\\%c", (char)character);
		else if (character < 0x20 || character == 0x7f
		    || character == REPLACEMENT)
			text_addf(text, "\\u%04x", (unsigned)character);
		else
			text_add_bytes(text, from, (size_t)(string - from));
	}
	text_add(text, "\"");
}

void
text_clear(struct text *text)
{
	if (text->bytes != NULL) {
		sodium_memzero(text->bytes, text->length);
		text->bytes[0] = '\0';
	}
	text->length = 0;
}

void
text_free(struct text *text)
{
	if (text->bytes != NULL)
		sodium_memzero(text->bytes, text->space);
	free(text->bytes);
	*text = (struct text){ 0 };
}

_Bool
text_copy(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);
	size_t fits = length < size ? length : size - 1;

	memcpy(to, from, fits);
	to[fits] = '\0';
	return fits == length;
}
