/* Whole numbers, times and UUIDs. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/value.h"

#define MINUTES_A_DAY	1440
#define ZONE_MAX	840	/* minutes, XML Schema part 2, 3.2.7.3 */

bool
value_integer(const char *text, size_t length, size_t digits_max,
    int64_t *integer)
{
	bool minus = length > 0 && text[0] == '-';
	size_t digits = length - (minus ? 1 : 0);
	uint64_t sum = 0;

	if (digits == 0 || digits > digits_max)
		return false;
	for (size_t i = length - digits; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum * 10 + (uint64_t)(text[i] - '0');
	}
	/* 19 digits fit 64 bits without a sign, not always with one. */
	if (sum > INT64_MAX)
		return false;
	*integer = minus ? -(int64_t)sum : (int64_t)sum;
	return true;
}

struct moment {
	int	year, month, day, hour, minute, second;
	int	zone;		/* minutes ahead of UTC */
};

/* A number of just so many digits. out: text behind it, or NULL. */
static const char *
take_number(const char *text, int digits, int *number)
{
	int sum = 0;

	if (text == NULL)
		return NULL;
	for (; digits > 0; digits--, text++) {
		if (*text < '0' || *text > '9')
			return NULL;
		sum = sum * 10 + (*text - '0');
	}
	*number = sum;
	return text;
}

static const char *
take_byte(const char *text, char byte)
{
	return text != NULL && *text == byte ? text + 1 : NULL;
}

/* A fraction, if there is one; *zero: whether it is none or 0. */
static const char *
take_fraction(const char *text, bool *zero)
{
	size_t digits;

	*zero = true;
	if (text == NULL || *text != '.')
		return text;
	digits = strspn(text + 1, "0123456789");
	*zero = strspn(text + 1, "0") == digits;
	return digits > 0 ? text + 1 + digits : NULL;
}

static const char *
take_zone(const char *text, int *zone)
{
	int hours = 0, minutes = 0, sign;

	*zone = 0;
	if (text == NULL || *text == 'Z')
		return take_byte(text, 'Z');
	if (*text != '+' && *text != '-')
		return NULL;
	sign = *text == '-' ? -1 : 1;
	text = take_number(text + 1, 2, &hours);
	text = take_byte(text, ':');
	text = take_number(text, 2, &minutes);
	if (minutes > 59 || hours * 60 + minutes > ZONE_MAX)
		return NULL;
	*zone = sign * (hours * 60 + minutes);
	return text;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
take_moment(const char *text, struct moment *at)
{
	bool whole_second;
	bool midnight;

	text = take_number(text, 4, &at->year);
	text = take_number(take_byte(text, '-'), 2, &at->month);
	text = take_number(take_byte(text, '-'), 2, &at->day);
	text = take_number(take_byte(text, 'T'), 2, &at->hour);
	text = take_number(take_byte(text, ':'), 2, &at->minute);
	text = take_number(take_byte(text, ':'), 2, &at->second);
	text = take_fraction(text, &whole_second);
	text = take_zone(text, &at->zone);
	if (text == NULL || *text != '\0')
		return false;

	/* 24:00:00 is the end of the day. */
	midnight = at->hour == 24 && at->minute == 0 && at->second == 0 &&
	    whole_second;
	return at->year >= 1000 && at->month >= 1 && at->month <= 12 &&
	    at->day >= 1 && at->day <= days_in_month(at->year, at->month) &&
	    (at->hour <= 23 || midnight) && at->minute <= 59 &&
	    at->second <= 59;
}

static void
move_day(struct moment *at, int days)
{
	at->day += days;
	if (at->day < 1) {
		at->month--;
		if (at->month < 1) {
			at->month = 12;
			at->year--;
		}
		at->day = days_in_month(at->year, at->month);
	} else if (at->day > days_in_month(at->year, at->month)) {
		at->day = 1;
		at->month++;
		if (at->month > 12) {
			at->month = 1;
			at->year++;
		}
	}
}

bool
value_time(const char *text, char utc[static VALUE_TIME_SIZE])
{
	struct moment at;
	char written[64];
	int minutes;

	if (!take_moment(text, &at))
		return false;
	minutes = at.hour * 60 + at.minute - at.zone;
	if (minutes < 0) {
		move_day(&at, -1);
		minutes += MINUTES_A_DAY;
	} else if (minutes >= MINUTES_A_DAY) {
		move_day(&at, 1);
		minutes -= MINUTES_A_DAY;
	}
	if (at.year < 1000 || at.year > 9999)
		return false;
	snprintf(written, sizeof(written), "%04d-%02d-%02d %02d:%02d:%02d",
	    at.year, at.month, at.day, minutes / 60, minutes % 60, at.second);
	memcpy(utc, written, VALUE_TIME_SIZE);
	return true;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	found = c == '\0' ? NULL : strchr(digits, c);
	return found == NULL ? -1 : (int)(found - digits);
}

bool
value_uuid(const char *text, unsigned char uuid[static VALUE_UUID_SIZE])
{
	static const char prefix[] = "urn:uuid:";
	unsigned char bytes[VALUE_UUID_SIZE];

	if (strncasecmp(text, prefix, sizeof(prefix) - 1) != 0)
		return false;
	text += sizeof(prefix) - 1;
	for (int i = 0; i < VALUE_UUID_SIZE; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
		text += 2;
	}
	if (*text != '\0')
		return false;
	memcpy(uuid, bytes, sizeof(bytes));
	return true;
}
