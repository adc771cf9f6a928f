/* Codes as people type them: the normal form, why there is none, the ending
 * of a device's name. */
#include "lib/code.h"
#include "lib/utf8.h"
#include "t/fuzz/fuzz.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static bool
is_of(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

/* The same code typed in another way: each character that ASCII has in full
 * width, lower-case letters in upper case, a dash behind each. */
static char *
typed_otherwise(const char *typed)
{
	const char *at = typed, *end = typed + strlen(typed);
	char *other = malloc(6 * strlen(typed) + 1), *to = other;

	MUST(other != NULL);
	while (at < end) {
		const char *from = at;
		int32_t point = utf8_next(&at, end);

		if (point == UTF8_INVALID) {
			free(other);
			return NULL;
		}
		if (point >= 'a' && point <= 'z')
			point -= 'a' - 'A';
		if (point > ' ' && point < 0x7f) {
			point += 0xfee0;
			*to++ = (char)(0xe0 | point >> 12);
			*to++ = (char)(0x80 | (point >> 6 & 0x3f));
			*to++ = (char)(0x80 | (point & 0x3f));
		} else {
			memcpy(to, from, (size_t)(at - from));
			to += at - from;
		}
		memcpy(to, "\xe2\x80\x93", 3);
		to += 3;
	}
	*to = '\0';
	return other;
}

static void
judge_normal(const char *normal)
{
	char again[CODE_MAX + 1], grouped[CODE_GROUPED_SIZE];
	char longer[CODE_MAX + 2];
	size_t length = strlen(normal);
	char check = code_check_character(normal, length);
	unsigned millibits = code_millibits(normal, false);

	MUST(length >= CODE_MIN && length <= CODE_MAX);
	MUST(is_of(normal, "0123456789ABCDEFGHJKMNPQRSTUVWXYZ"));
	MUST(code_normalize(normal, again) && strcmp(again, normal) == 0);
	code_group(normal, grouped);
	MUST(strlen(grouped) == length + (length - 1) / 4);
	MUST(code_normalize(grouped, again) && strcmp(again, normal) == 0);

	MUST(millibits <= 5000 * length && millibits >= 3321 * length);
	MUST((millibits == 5000 * length) == !is_of(normal, "0123456789"));
	MUST(code_millibits(normal, true) < millibits);

	MUST(check == '\0' || strchr("ILO*", check) == NULL);
	if (check == '\0' || length == CODE_MAX)
		return;
	snprintf(longer, sizeof(longer), "%s%c", normal, check);
	MUST(code_judge(longer, true, again) == CODE_FINE);
	MUST(strcmp(again, longer) == 0);
	longer[0] = longer[0] == '7' ? '8' : '7';
	MUST(code_judge(longer, true, again) == CODE_TYPO);
}

static void
judge_ending(const char *typed)
{
	char ending[CODE_MAX + 1] = "x", again[CODE_MAX + 1];

	if (!code_ending(typed, ending)) {
		MUST(strcmp(ending, "x") == 0);
		return;
	}
	MUST(strlen(ending) >= CODE_ENDING_MIN);
	MUST(strlen(ending) <= CODE_MAX);
	MUST(is_of(ending, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
	MUST(code_ending(ending, again) && strcmp(ending, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *typed = fuzz_rest(bytes, bytes + length), *other;
	char normal[CODE_MAX + 1] = "x", again[CODE_MAX + 1] = "x";
	enum code_fault fault = code_judge(typed, false, normal);
	enum code_fault checked = code_judge(typed, true, again);

	MUST((fault == CODE_FINE) == (strcmp(normal, "x") != 0));
	MUST((checked == CODE_FINE) == (strcmp(again, "x") != 0));
	MUST(fault == CODE_FINE ? checked == CODE_FINE ||
	    checked == CODE_TYPO : checked == fault);
	MUST(code_normalize(typed, again) == (fault == CODE_FINE));
	if (fault == CODE_FINE)
		judge_normal(normal);
	other = typed_otherwise(typed);
	MUST(other != NULL || fault == CODE_SIGN || fault == CODE_LONG);
	if (other != NULL) {
		MUST(code_judge(other, false, again) == fault);
		MUST(fault != CODE_FINE || strcmp(again, normal) == 0);
	}
	judge_ending(typed);
	free(other);
	free(typed);
	return 0;
}
