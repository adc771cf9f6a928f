/* Key files: one a purpose, mode 0600, under 8 KiB, lines "NUMBER HEX64", '#'
 * comments; the highest number is the one in use. */
#ifndef LIB_KEY_H
#define LIB_KEY_H

#include <stdbool.h>
#include <stddef.h>

enum key_purpose {
	KEY_CODE,	/* look-up hash of a pairing code */
	KEY_LINEAGE,	/* hash of DeviceId and code */
	KEY_TOKEN,	/* what a device keeps */
	KEY_SESSION,	/* what a browser keeps: session and terminal */
	KEY_COOKIE,	/* seals what was typed */
	KEY__MAX
};

#define KEY_SIZE	32
#define KEY_HASH_SIZE	16

/* The file's name in the folder of keys: "code", "lineage", ... */
const char *key_name(enum key_purpose);

/* Load one key into locked memory. err: false and a sentence in problem when
 * the file is missing, readable by others, or no key file; a key that was
 * loaded before stays. */
bool	key_load(enum key_purpose, const char *folder, char *problem,
	    size_t size);

/* The first half of keyed BLAKE2b-256 under a loaded key (an unloaded one ends
 * the process). */
void	key_hash(enum key_purpose, const void *, size_t,
	    unsigned char hash[static KEY_HASH_SIZE]);

/* The raw key, for crypto_secretbox. in: loaded. out: owned by this file. */
const unsigned char *key_bytes(enum key_purpose);

/* Make a key file with one fresh key numbered 1. err: false and a sentence,
 * nothing written, when it exists or cannot be written durably. */
bool	key_new(enum key_purpose, const char *folder, char *problem,
	    size_t size);

#endif
