#include "lib/text.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

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

/* XML 1.0 forbids these however they are written. */
static size_t
forbidden_length(const unsigned char *s)
{
	if (s[0] < 0x20 && s[0] != '\t' && s[0] != '\n' && s[0] != '\r')
		return 1;
	if (s[0] == 0xef && s[1] == 0xbf && (s[2] == 0xbe || s[2] == 0xbf))
		return 3;
	return 0;
}

static const char *
xml_escape(char c)
{
	switch (c) {
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
	const char *escape;
	size_t skip;

	while (*string != '\0') {
		if ((skip = forbidden_length((const unsigned char *)string))
		    > 0) {
			text_add(text, "\xef\xbf\xbd");
			string += skip;
			continue;
		}
		if ((escape = xml_escape(*string)) != NULL)
			text_add(text, escape);
		else
			text_add_bytes(text, string, 1);
		string++;
	}
}

void
text_add_json(struct text *text, const char *string)
{
	if (string == NULL) {
		text_add(text, "null");
		return;
	}
	text_add(text, "\"");
	for (; *string != '\0'; string++) {
		unsigned char c = (unsigned char)*string;

		if (c == '"' || c == '\\')
			text_addf(text, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			text_addf(text, "\\u%04x", c);
		else
			text_add_bytes(text, string, 1);
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
