/* Run a fuzz target once over each file that is named, or that lies in a
 * folder that is named; without arguments over the target's corpus in the
 * sources. No file at all is a failure: nothing would have been tested. */
#include <ftw.h>
#include <sys/stat.h>

#include "t/fuzz/fuzz.h"

#define PATH_SIZE	1024

static unsigned count;

static int
replay(const char *path, const struct stat *status, int type, struct FTW *at)
{
	FILE *file;
	uint8_t *bytes;
	size_t length = (size_t)status->st_size;

	(void)at;
	if (type != FTW_F)
		return 0;
	/* What a crash leaves behind tells which one it was. */
	printf("%s\n", path);
	fflush(stdout);
	bytes = malloc(length > 0 ? length : 1);
	file = fopen(path, "rb");
	if (bytes == NULL || file == NULL ||
	    fread(bytes, 1, length, file) != length) {
		perror(path);
		exit(1);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, length);
	free(bytes);
	count++;
	return 0;
}

/* t/fuzz/corpus/NOUN for the program replay_NOUN. */
static void
corpus_of(const char *program, char path[static PATH_SIZE])
{
	const char *sources = getenv("srcdir");
	const char *noun = strrchr(program, '_');

	snprintf(path, PATH_SIZE, "%s/t/fuzz/corpus/%s",
	    sources != NULL ? sources : ".", noun != NULL ? noun + 1 : "");
}

int
main(int argc, char *argv[])
{
	char corpus[PATH_SIZE];
	char *folders[] = { corpus, NULL }, **each = argv + 1;

	LLVMFuzzerInitialize(&argc, &argv);
	corpus_of(argv[0], corpus);
	if (argc < 2)
		each = folders;
	for (; *each != NULL; each++)
		if (nftw(*each, replay, 8, FTW_PHYS) != 0) {
			perror(*each);
			return 1;
		}
	printf("%u inputs\n", count);
	return count > 0 ? 0 : 1;
}
