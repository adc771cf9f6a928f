#include "lib/token.h"

#include <sodium.h>
#include <string.h>

void
token_make(char token[static TOKEN_SIZE])
{
	unsigned char bytes[32];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2base64(token, TOKEN_SIZE, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

void
token_hash(enum key_purpose purpose, const char *token,
    unsigned char hash[static KEY_HASH_SIZE])
{
	key_hash(purpose, token, strlen(token), hash);
}
