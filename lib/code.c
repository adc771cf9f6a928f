/* Pairing codes: one normal form for what a label says and what people type
 * from it, its strength, and its hashes. */
#include <stdint.h>
#include <string.h>

#include "lib/code.h"
#include "lib/utf8.h"

#define DEVICE_ID_MAX	128

/* Strength of a character in millionths of a bit: log2(10), log2(32). */
#define DIGIT_MICROBITS	3321928u
#define OTHER_MICROBITS	5000000u

/* ISO/IEC 7064, MOD 37-2. */
#define CHECK_MODULUS	37
#define CHECK_RADIX	2

#define SHARE_MAX	(INT64_C(1) << 30)

#define CODE_GROUP	4

#define FULL_WIDTH_FIRST	0xff01
#define FULL_WIDTH_LAST		0xff5e
#define FULL_WIDTH_SHIFT	0xfee0

/* White space (Unicode's White_Space) and dashes: general category Pd, soft
 * hyphen, minus signs, hyphen bullet, and the long vowel marks that Japanese
 * keyboards give for a dash. Ranges in rising order. */
static const struct range {
	int32_t	first, last;
} ignored[] = {
	{ 0x0009, 0x000d }, { 0x0020, 0x0020 }, { 0x002d, 0x002e },
	{ 0x005f, 0x005f }, { 0x0085, 0x0085 }, { 0x00a0, 0x00a0 },
	{ 0x00ad, 0x00ad }, { 0x02d7, 0x02d7 }, { 0x058a, 0x058a },
	{ 0x05be, 0x05be }, { 0x1400, 0x1400 }, { 0x1680, 0x1680 },
	{ 0x1806, 0x1806 }, { 0x2000, 0x200a }, { 0x2010, 0x2015 },
	{ 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x2043, 0x2043 },
	{ 0x205f, 0x205f }, { 0x207b, 0x207b }, { 0x208b, 0x208b },
	{ 0x2212, 0x2212 }, { 0x2796, 0x2796 }, { 0x2e17, 0x2e17 },
	{ 0x2e1a, 0x2e1a }, { 0x2e3a, 0x2e3b }, { 0x2e40, 0x2e40 },
	{ 0x2e5d, 0x2e5d }, { 0x3000, 0x3000 }, { 0x301c, 0x301c },
	{ 0x3030, 0x3030 }, { 0x30a0, 0x30a0 }, { 0x30fc, 0x30fc },
	{ 0xfe31, 0xfe32 }, { 0xfe58, 0xfe58 }, { 0xfe63, 0xfe63 },
	{ 0xff70, 0xff70 }, { 0x10d6e, 0x10d6e }, { 0x10ead, 0x10ead },
};

static bool
is_ignored(int32_t point)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (point >= ignored[i].first && point <= ignored[i].last)
			return true;
	return false;
}

static bool
is_alphanumeric(int32_t point)
{
	return (point >= '0' && point <= '9') ||
	    (point >= 'A' && point <= 'Z');
}

/* Full-width forms become ASCII, letters upper case. */
static int32_t
fold(int32_t point)
{
	if (point >= FULL_WIDTH_FIRST && point <= FULL_WIDTH_LAST)
		point -= FULL_WIDTH_SHIFT;
	if (point >= 'a' && point <= 'z')
		point -= 'a' - 'A';
	return point;
}

static int32_t
fold_alike(int32_t point)
{
	if (point == 'O')
		return '0';
	if (point == 'I' || point == 'L')
		return '1';
	return point;
}

/* in: 0-9A-Z. out: its value in ISO/IEC 7064. */
static unsigned
check_value(char character)
{
	return character <= '9' ? (unsigned)(character - '0')
	    : (unsigned)(character - 'A' + 10);
}

/* ISO/IEC 7064's recursion for MOD 37-2 over some characters. */
static unsigned
check_sum(const char *characters, size_t length)
{
	unsigned sum = 0;

	for (size_t i = 0; i < length; i++)
		sum = (sum * CHECK_RADIX + check_value(characters[i]))
		    % CHECK_MODULUS;
	return sum;
}

char
code_check_character(const char *characters, size_t length)
{
	/* The whole, with the check character, leaves 1. */
	unsigned before = check_sum(characters, length) * CHECK_RADIX
	    % CHECK_MODULUS;
	unsigned value = (CHECK_MODULUS + 1 - before) % CHECK_MODULUS;
	char found = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"[value];

	return strchr("ILO*", found) != NULL ? '\0' : found;
}

static enum code_fault
normalize(const char *typed, char made[static CODE_MAX + 1])
{
	const char *end = typed + strlen(typed);
	size_t length = 0;

	while (typed < end) {
		int32_t point = fold(utf8_next(&typed, end));

		if (point == UTF8_INVALID)
			return CODE_SIGN;
		if (is_ignored(point))
			continue;
		if (!is_alphanumeric(point))
			return CODE_SIGN;
		if (length == CODE_MAX)
			return CODE_LONG;
		made[length++] = (char)fold_alike(point);
	}
	made[length] = '\0';
	return length == 0 ? CODE_EMPTY : length < CODE_MIN ? CODE_SHORT
	    : CODE_FINE;
}

enum code_fault
code_judge(const char *typed, bool checked, char normal[static CODE_MAX + 1])
{
	char made[CODE_MAX + 1];
	enum code_fault fault = normalize(typed, made);

	if (fault == CODE_FINE && checked
	    && check_sum(made, strlen(made)) != 1)
		fault = CODE_TYPO;
	if (fault == CODE_FINE)
		memcpy(normal, made, strlen(made) + 1);
	explicit_bzero(made, sizeof(made));
	return fault;
}

bool
code_normalize(const char *typed, char normal[static CODE_MAX + 1])
{
	return code_judge(typed, false, normal) == CODE_FINE;
}

void
code_group(const char *normal, char grouped[static CODE_GROUPED_SIZE])
{
	for (size_t i = 0; normal[i] != '\0' && i < CODE_MAX; i++) {
		if (i > 0 && i % CODE_GROUP == 0)
			*grouped++ = '-';
		*grouped++ = normal[i];
	}
	*grouped = '\0';
}

unsigned
code_millibits(const char *normal, bool checked)
{
	size_t length = strlen(normal) - checked;
	bool digits = strspn(normal, "0123456789") >= length;

	return (unsigned)(length * (digits ? DIGIT_MICROBITS :
	    OTHER_MICROBITS) / 1000);
}

void
code_hash(const char *normal, unsigned char hash[static KEY_HASH_SIZE])
{
	key_hash(KEY_CODE, normal, strlen(normal), hash);
}

void
code_lineage(const char *device_id, const char *normal,
    unsigned char hash[static KEY_HASH_SIZE])
{
	char both[DEVICE_ID_MAX + 1 + CODE_MAX + 1];
	size_t id_length = strnlen(device_id, DEVICE_ID_MAX);
	size_t code_length = strnlen(normal, CODE_MAX);

	/* The NUL between them keeps "AB" + "C" from being "A" + "BC". */
	memcpy(both, device_id, id_length);
	both[id_length] = '\0';
	memcpy(both + id_length + 1, normal, code_length);
	key_hash(KEY_LINEAGE, both, id_length + 1 + code_length, hash);
	explicit_bzero(both, sizeof(both));
}

bool
code_ending(const char *typed, char ending[static CODE_MAX + 1])
{
	const char *end = typed + strlen(typed);
	char last[CODE_MAX];
	size_t count = 0, kept;

	while (typed < end) {
		int32_t point = fold(utf8_next(&typed, end));

		if (point == UTF8_INVALID)
			return false;
		if (is_alphanumeric(point))
			last[count++ % CODE_MAX] = (char)point;
	}
	if (count < CODE_ENDING_MIN)
		return false;
	kept = count < CODE_MAX ? count : CODE_MAX;
	for (size_t i = 0; i < kept; i++)
		ending[i] = last[(count - kept + i) % CODE_MAX];
	ending[kept] = '\0';
	return true;
}

int64_t
code_units_a_day(unsigned bits)
{
	return bits <= 20 ? 1 : bits >= 82 ? INT64_MAX
	    : (int64_t)1 << (bits - 20);
}

int64_t
code_early_share(unsigned bits)
{
	const int64_t share = code_units_a_day(bits) / CODE_EARLY_PART / 1024;

	return share < SHARE_MAX ? share : SHARE_MAX;
}
