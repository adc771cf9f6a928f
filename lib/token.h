/* 256 random bits in 43 characters of base64url: tokens, sessions,
 * terminals. */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include "lib/key.h"

#define TOKEN_SIZE	44	/* with the NUL */

void	token_make(char token[static TOKEN_SIZE]);
/* in: any string, also one that never was a token. */
void	token_hash(enum key_purpose, const char *token,
	    unsigned char hash[static KEY_HASH_SIZE]);

#endif
