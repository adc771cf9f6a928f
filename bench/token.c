/*
 * token FOLDER COUNT [SEED [FIRST]]: tokens for devices that a bench makes up.
 *
 * FOLDER: the keys of the system that they are for. COUNT lines, numbers from
 * FIRST (1) on: NUMBER, the token, its hash in hexadecimal digits, between
 * tabs. The same seed and number always give the same token. Nobody's device
 * may have one of these: who knows the seed knows them all.
 */
#include <err.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/token.h"

struct source {
	char seed[64];
	uint64_t number;
};

static void
token_derive(const struct source *source, char token[static TOKEN_SIZE])
{
	unsigned char bytes[32];

	crypto_generichash(bytes, sizeof(bytes),
	    (const unsigned char *)source, sizeof(*source), NULL, 0);
	sodium_bin2base64(token, TOKEN_SIZE, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static uint64_t
number_read(const char *word)
{
	char *end;
	unsigned long long number = strtoull(word, &end, 10);

	if (word[0] < '0' || word[0] > '9' || *end != '\0')
		errx(2, "%s is no number", word);
	return number;
}

static void
lines_write(struct source *source, uint64_t count)
{
	unsigned char hash[KEY_HASH_SIZE];
	char token[TOKEN_SIZE], digits[2 * KEY_HASH_SIZE + 1];

	for (; count > 0; count--, source->number++) {
		token_derive(source, token);
		token_hash(KEY_TOKEN, token, hash);
		sodium_bin2hex(digits, sizeof(digits), hash, sizeof(hash));
		printf("%llu\t%s\t%s\n", (unsigned long long)source->number,
		    token, digits);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		err(1, "what was made cannot be written");
}

int
main(int argc, char *argv[])
{
	struct source source;
	char problem[256];

	if (argc < 3 || argc > 5)
		errx(2, "usage: token FOLDER COUNT [SEED [FIRST]]");
	memset(&source, 0, sizeof(source));
	if (argc > 3 && strlen(argv[3]) >= sizeof(source.seed))
		errx(2, "the seed is too long");
	strcpy(source.seed, argc > 3 ? argv[3] : "bench");
	source.number = argc > 4 ? number_read(argv[4]) : 1;
	if (sodium_init() == -1)
		errx(1, "libsodium does not start");
	if (!key_load(KEY_TOKEN, argv[1], problem, sizeof(problem)))
		errx(1, "%s", problem);
	lines_write(&source, number_read(argv[2]));
	return 0;
}
