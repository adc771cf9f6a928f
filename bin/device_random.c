/* See device_random.h. */
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>

#include "bin/device_random.h"
#include "lib/log.h"

static void
random_bytes(void *to, size_t length)
{
	/* Up to 256 bytes come whole or not at all. */
	if (getrandom(to, length, 0) != (ssize_t)length)
		log_fatal("the kernel gives no random bytes");
}

void
random_symbols(char *to, size_t count)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t byte;
	size_t i;

	for (i = 0; i < count; i++) {
		random_bytes(&byte, 1);
		to[i] = symbols[byte % 32];
	}
	to[count] = '\0';
}

void
random_uuid(char to[static 46])
{
	uint8_t b[16];

	random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(to, 46, "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
	    b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
	    b[15]);
}

double
random_fraction(void)
{
	uint32_t value;

	random_bytes(&value, sizeof(value));
	return value / 4294967296.0;
}
