/* Pairing codes and what is derived from them. */
#ifndef LIB_CODE_H
#define LIB_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/key.h"

#define CODE_MIN	6
#define CODE_MAX	64
#define CODE_ENDING_MIN	4
#define CODE_ENDING_LONG 8

/* The normal form of a code. in: UTF-8, any length. out: CODE_MIN-CODE_MAX
 * of 0-9A-Z, ended. err: false when none comes of it, out untouched.
 * src: doc/protocol.md section 3, code policy. */
bool	code_normalize(const char *typed, char normal[static CODE_MAX + 1]);

/* What a typed code is, or why it is none. */
enum code_fault {
	CODE_FINE,
	CODE_EMPTY,		/* nothing, or only spaces and dashes */
	CODE_SIGN,		/* something that no code holds */
	CODE_SHORT,
	CODE_LONG,
	CODE_TYPO		/* its check character does not fit */
};

/* The same, and why not. in: checked: it ends with its check character. */
enum code_fault code_judge(const char *typed, bool checked,
	    char normal[static CODE_MAX + 1]);

/* The check character that follows a normal form's other characters: ISO/IEC
 * 7064, MOD 37-2. in: 0-9A-Z, not ended here but after so many. out: NUL when
 * it would be I, L, O or *, which no normal form holds: draw another code.
 * src: doc/protocol.md section 3, check character. */
char	code_check_character(const char *characters, size_t length);

/* As labels show it: 7KQ4-M2XW-9T. in: a normal form. */
#define CODE_GROUPED_SIZE	(CODE_MAX + CODE_MAX / 4 + 1)
void	code_group(const char *normal, char grouped[static CODE_GROUPED_SIZE]);

/* Strength in thousandths of a bit. in: a normal form; checked: its last
 * character follows from the others, and counts for nothing. */
unsigned code_millibits(const char *normal, bool checked);

/* The hash by which equal codes meet. in: a normal form; KEY_CODE loaded. */
void	code_hash(const char *normal, unsigned char hash[static KEY_HASH_SIZE]);

/* The hash of a device with a code. in: KEY_LINEAGE loaded. */
void	code_lineage(const char *device_id, const char *normal,
	    unsigned char hash[static KEY_HASH_SIZE]);

/* The end of a device's name as a person types it: full-width becomes
 * ASCII, upper case, all but 0-9A-Z dropped, the last 64 kept. err: false
 * when under 4 are left, out untouched. */
bool	code_ending(const char *typed, char ending[static CODE_MAX + 1]);

/* The guesses a day, each counted once for every code that it is compared
 * with, that keep the chance of any stranger's hit under 2^-20: the space of
 * the weakest code that may pend, over 2^20. in: its strength in bits. */
int64_t	code_units_a_day(unsigned bits);

/* What part of them goes where: a half to codes typed, a quarter to devices
 * that register while terminals wait, the rest to codes typed with the
 * device's name when the half is spent. */
#define CODE_TYPED_PART	2
#define CODE_EARLY_PART	4
#define CODE_NAMED_PART	4

/* For how many registrations a terminal waits at least that typed its code
 * early: the 1024th part of the second. in: as above. out: 0 (under 32 bits) to 2^30. */
int64_t	code_early_share(unsigned bits);

/* The endings of a device's numbers that have budgets of their own: the last 4
 * and 8 of its DeviceId and serial number. src: count_ending.sql */
#define CODE_ENDINGS	4

#endif
