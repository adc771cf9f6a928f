/*
 * hostile [ROUNDS]: what the worst bodies known to us cost to read.
 *
 * Each beside nothing but itself at half the size: twice the milliseconds of a
 * processor grow with its length, four times with its square. Medians of
 * ROUNDS (9), in turns.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/form.h"
#include "lib/message.h"
#include "lib/text.h"

#define SIZE_MAX_KIB	512
#define ROUNDS_MAX	999

typedef void read_body(const struct text *);

static void
read_report(const struct text *body)
{
	static struct job_report report;
	char problem[MESSAGE_PROBLEM_SIZE];

	if (message_read_report(body->bytes, body->length, &report, problem)
	    == ERROR_NONE)
		errx(1, "a hostile report was accepted");
}

static void
read_part(const struct text *body)
{
	char *value = NULL;
	size_t length;

	form_part(body->bytes, body->length,
	    "multipart/form-data; boundary=B", "name", &value, &length);
	free(value);
}

/* The filling is repeated; as an attribute of another name each time. */
static const struct shape {
	const char *name, *before, *filling, *behind;
	read_body *read;
	bool is_attribute;
} shapes[] = {
	{ "attributes", "<Job", " a", "/>", read_report, true },
	{ "attributes behind a fault", "<a><!x><Job", " a", "/></a>",
	    read_report, true },
	{ "tags that do not end", "<a>", "<", "", read_report, false },
	{ "references to nothing", "<a>", "&", "", read_report, false },
	{ "elements in elements", "", "<a>", "", read_report, false },
	{ "comments", "", "<!---->", "", read_report, false },
	{ "parameters of a part",
	    "--B\r\nContent-Disposition: form-data", ";a=b",
	    "\r\n\r\nx\r\n--B--", read_part, false },
	{ "semicolons of a part",
	    "--B\r\nContent-Disposition: form-data", ";",
	    "\r\n\r\nx\r\n--B--", read_part, false },
	{ "spaces of a part",
	    "--B\r\nContent-Disposition: form-data", " ",
	    "\r\n\r\nx\r\n--B--", read_part, false },
	{ "quotes of a part",
	    "--B\r\nContent-Disposition: form-data", ";a=\"",
	    "\r\n\r\nx\r\n--B--", read_part, false },
	{ "lines that begin a boundary", "--B\r\n\r\n", "\r\n--",
	    "\r\n--B--", read_part, false },
};

#define SHAPES	(sizeof(shapes) / sizeof(shapes[0]))

static double
read_once(const struct shape *shape, size_t size)
{
	struct text body = { 0 };
	struct timespec begin, end;

	text_add(&body, shape->before);
	for (unsigned i = 0; body.length < size; i++) {
		text_add(&body, shape->filling);
		if (shape->is_attribute)
			text_addf(&body, "%x=\"\"", i);
	}
	text_add(&body, shape->behind);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	shape->read(&body);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	text_free(&body);
	return (double)(end.tv_sec - begin.tv_sec) * 1e3
	    + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
}

static int
compare(const void *one, const void *other)
{
	const double *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

static void
measure(const struct shape *shape, size_t rounds)
{
	double half[ROUNDS_MAX], whole[ROUNDS_MAX];

	for (size_t i = 0; i < rounds; i++) {
		half[i] = read_once(shape, SIZE_MAX_KIB * 1024 / 2);
		whole[i] = read_once(shape, SIZE_MAX_KIB * 1024);
	}
	qsort(half, rounds, sizeof(half[0]), compare);
	qsort(whole, rounds, sizeof(whole[0]), compare);
	printf("%-28s %8.2f %8.2f %8.1f\n", shape->name, half[rounds / 2],
	    whole[rounds / 2], whole[rounds / 2] / half[rounds / 2]);
}

int
main(int argc, char *argv[])
{
	size_t rounds = argc > 1 ? (size_t)atoi(argv[1]) : 9;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		errx(2, "rounds: 1 to %d", ROUNDS_MAX);
	printf("%-28s %5d KiB %4d KiB    times\n", "", SIZE_MAX_KIB / 2,
	    SIZE_MAX_KIB);
	for (size_t i = 0; i < SHAPES; i++)
		measure(&shapes[i], rounds);
	return EXIT_SUCCESS;
}
