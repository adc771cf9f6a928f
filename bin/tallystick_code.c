/* tallystick code: draw pairing codes for devices, and check them. Codes go
 * in and out by standard input and output alone. */
#include "bin/tallystick.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/code.h"

#define COUNT_MAX	1000000
#define LINE_SIZE	512
#define LENGTH_LEAST	10	/* as the protocol advises */

/* Crockford's base 32: nobody mistakes one for another. 5 bits each. */
static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* A code as this host wants it: strong enough, and with its check character
 * where codes have one. Of digits alone it would be too weak. */
static void
code_draw(const struct conf *conf, char code[static CODE_MAX + 1])
{
	size_t length = (conf->code_bits + 4) / 5;

	if (length < LENGTH_LEAST)
		length = LENGTH_LEAST;
	do {
		for (size_t i = 0; i < length; i++)
			code[i] = symbols[randombytes_uniform(32)];
		code[length] = conf->code_check
		    ? code_check_character(code, length) : '\0';
		code[length + 1] = '\0';
	} while ((conf->code_check && code[length] == '\0')
	    || code_millibits(code, conf->code_check)
		< conf->code_bits * 1000);
}

static void
code_make(const struct conf *conf, unsigned long count)
{
	char code[CODE_MAX + 1], grouped[CODE_GROUPED_SIZE];

	while (count-- > 0) {
		code_draw(conf, code);
		code_group(code, grouped);
		printf("%s\n", grouped);
	}
	sodium_memzero(code, sizeof(code));
	sodium_memzero(grouped, sizeof(grouped));
}

static const char *
fault_tell(enum code_fault fault)
{
	switch (fault) {
	case CODE_FINE:
		break;
	case CODE_EMPTY:
		return "empty";
	case CODE_SIGN:
		return "holds something other than letters and digits";
	case CODE_SHORT:
		return "too short";
	case CODE_LONG:
		return "too long";
	case CODE_TYPO:
		return "its check character does not fit";
	}
	return NULL;
}

/* A line of input each. out: what is wrong, or NULL. */
static const char *
code_check_line(const struct conf *conf, const char *line)
{
	char normal[CODE_MAX + 1];
	enum code_fault fault = code_judge(line, conf->code_check, normal);
	bool weak = fault == CODE_FINE && code_millibits(normal,
	    conf->code_check) < conf->code_bits * 1000;

	sodium_memzero(normal, sizeof(normal));
	return weak ? "too weak" : fault_tell(fault);
}

static int
code_check(const struct conf *conf)
{
	char line[LINE_SIZE];
	const char *problem;
	unsigned long number = 0;
	int status = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		number++;
		if ((problem = code_check_line(conf, line)) == NULL)
			continue;
		fprintf(stderr, "tallystick: line %lu: %s\n", number, problem);
		status = STATUS_FAILED;
	}
	sodium_memzero(line, sizeof(line));
	return status;
}

int
code_command(const struct conf *conf, int argc, char *argv[])
{
	unsigned long count = 1;
	char *end;

	if (argc == 2 && strcmp(argv[1], "check") == 0)
		return code_check(conf);
	if (argc < 2 || argc > 3 || strcmp(argv[1], "make") != 0)
		return command_usage(argv[0]);
	if (argc == 3) {
		count = strtoul(argv[2], &end, 10);
		if (argv[2][0] < '0' || argv[2][0] > '9' || *end != '\0'
		    || count > COUNT_MAX)
			return command_usage(argv[0]);
	}
	code_make(conf, count);
	return 0;
}
