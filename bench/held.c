/*
 * held [-f SECONDS] [-s SHARE] [-t SECONDS] ADDRESS PORT TOKENS COUNT: COUNT
 * devices, each at an address of its own (127.1.0.1 and on), that ask
 * GET /device/connect, are held, and ask again, with the reference device's
 * way of waiting.
 *
 * TOKENS: a file of at least COUNT tokens, one a line.
 * -f: the first wait when the server is lost (1); -s: what share of
 * Retry-After is added by chance (1); -t: how long an answer and the next
 * request are under way (0).
 * Reads orders, one a line:
 *   ask SECONDS         all devices begin within that time
 *   wake COUNT SECONDS  so many held ones change, by POST /device/instruct
 *   woken               print how long each wake-up took since the last one
 * and prints a line of JSON a second: what the devices have met so far. It
 * ends with its input.
 *
 * It takes as many processes as the limit of open files asks for.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/held.h"

#define FILES_SPARE	2000	/* for instructions, a connection each */

static const char usage[] =
    "usage: held [-f SECONDS] [-s SHARE] [-t SECONDS] ADDRESS PORT TOKENS "
    "COUNT";

static unsigned
files_max(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		err(1, "getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		err(1, "setrlimit");
	if (files.rlim_max < 2 * FILES_SPARE)
		errx(1, "the limit of open files is too low");
	return files.rlim_max > 1000000 ? 1000000 : (unsigned)files.rlim_max;
}

static char (*
tokens_read(const char *path, unsigned count))[TOKEN_SIZE]
{
	char (*tokens)[TOKEN_SIZE] = memory_new(count, TOKEN_SIZE);
	FILE *file = fopen(path, "r");

	if (file == NULL)
		err(1, "%s", path);
	for (unsigned i = 0; i < count; i++)
		if (fscanf(file, "%43s%*[^\n]", tokens[i]) != 1)
			errx(1, "%s has no %u tokens", path, count);
	fclose(file);
	return tokens;
}

static void
order_give(struct order *order, unsigned count, double seconds)
{
	order->begin = seconds_now();
	order->seconds = seconds;
	order->count = count;
	order->number++;
}

static void
woken_print(struct board *board)
{
	unsigned count = board->woken;

	if (count > WAKES_MAX)
		count = WAKES_MAX;
	printf("{\"woken_ms\": [");
	for (unsigned i = 0; i < count; i++)
		printf("%s%.3f", i > 0 ? ", " : "", board->woken_ms[i]);
	printf("]}\n");
	board->woken = 0;
}

static void
line_obey(struct board *board, const char *line)
{
	unsigned count;
	double seconds;

	if (sscanf(line, "ask %lf", &seconds) == 1 && seconds <= 80)
		order_give(&board->ask, 0, seconds);
	else if (sscanf(line, "wake %u %lf", &count, &seconds) == 2)
		order_give(&board->wake, count, seconds);
	else if (strcmp(line, "woken\n") == 0)
		woken_print(board);
	else
		errx(2, "no order: %s", line);
}

static void
tally_print(const struct board *board, unsigned parts)
{
	struct tally all = { 0 };

	for (unsigned i = 0; i < parts; i++) {
		const struct tally *one = &board->tally[i];

		all.open += one->open;
		all.asked += one->asked;
		all.document += one->document;
		all.unchanged += one->unchanged;
		all.refused += one->refused;
		all.bare += one->bare;
		all.ended += one->ended;
		all.other += one->other;
		all.lost += one->lost;
		all.unreached += one->unreached;
		all.changed += one->changed;
		all.unheard += one->unheard;
	}
	printf("{\"at\": %.3f, \"open\": %lu, \"asked\": %lu, "
	    "\"document\": %lu, \"unchanged\": %lu, \"refused\": %lu, "
	    "\"bare\": %lu, \"ended\": %lu, \"other\": %lu, \"lost\": %lu, "
	    "\"unreached\": %lu, \"changed\": %lu, \"unheard\": %lu, "
	    "\"woken\": %u}\n", seconds_now(), all.open, all.asked,
	    all.document, all.unchanged, all.refused, all.bare, all.ended,
	    all.other, all.lost, all.unreached, all.changed, all.unheard,
	    board->woken);
}

/* Until the input ends: the children end with this process. */
static void
orders_read(struct board *board, unsigned parts)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[128];
	double printed = 0, left;

	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		left = printed + 1 - seconds_now();
		if (left <= 0) {
			tally_print(board, parts);
			printed = seconds_now();
			left = 1;
		}
		if (poll(&input, 1, (int)(left * 1000) + 1) < 1)
			continue;
		if (fgets(line, sizeof(line), stdin) == NULL)
			return;
		line_obey(board, line);
	}
}

static void
parts_start(struct part *part, unsigned count)
{
	const char (*tokens)[TOKEN_SIZE] = part->tokens;

	for (part->number = 0; part->number < part->parts; part->number++) {
		part->tally = &part->board->tally[part->number];
		part->count = part_share(part, count);
		part->tokens = tokens + part->first;
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			crowd_run(part);
		}
		part->first += part->count;
	}
}

int
main(int argc, char *argv[])
{
	struct part part = { .habits = { 1.0, 1.0, 0 } };
	unsigned count, spare;
	int option;

	while ((option = getopt(argc, argv, "f:s:t:")) != -1) {
		if (option == 'f')
			part.habits.retry_first_s = atof(optarg);
		else if (option == 's')
			part.habits.retry_spread = atof(optarg);
		else if (option == 't')
			part.habits.trip_s = atof(optarg);
		else
			errx(2, "%s", usage);
	}
	argv += optind;
	if (argc - optind != 4 || (count = (unsigned)atoi(argv[3])) == 0)
		errx(2, "%s", usage);
	part.server.sin_family = AF_INET;
	part.server.sin_port = htons((uint16_t)atoi(argv[1]));
	if (inet_pton(AF_INET, argv[0], &part.server.sin_addr) != 1)
		errx(2, "%s is no IPv4 address", argv[0]);
	spare = files_max() - FILES_SPARE;
	part.parts = (count + spare - 1) / spare;
	if (part.parts > PROCESSES_MAX)
		errx(1, "so many devices need a higher limit of open files");
	part.tokens = (const char (*)[TOKEN_SIZE])tokens_read(argv[2], count);
	part.board = mmap(NULL, sizeof(*part.board), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (part.board == MAP_FAILED)
		err(1, "mmap");
	parts_start(&part, count);
	orders_read(part.board, part.parts);
	return 0;
}
