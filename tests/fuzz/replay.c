/* replay: runs a fuzz target over every file of the folders named on the command line,
 * and over no bytes at all. A crash, or a sanitizer, ends it. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

#define INPUT_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly these bytes and none behind them, so that reading on is noticed. */
static void run(const void *data, size_t size)
{
	CLEANUP(free_ptr) uint8_t *copy = xmalloc(size);

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
}

static struct err *run_file(const char *folder, const char *name)
{
	CLEANUP(free_ptr) char *path = xasprintf("%s/%s", folder, name);
	CLEANUP(buf_deinit) struct buf input = BUF_INIT;
	struct err *e = file_read(path, INPUT_MAX, &input);

	if (e)
		return e;
	/* Said first: if it crashes, this is the file. */
	printf("%s\n", path);
	fflush(stdout);
	run(buf_str(&input), input.size);
	return NULL;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static struct err *run_folder(const char *folder)
{
	struct dirent **entries;
	struct err *e = NULL;
	int count = scandir(folder, &entries, is_file, alphasort);

	if (count < 0)
		return err_errno("%s", folder);
	for (int i = 0; i < count; i++) {
		if (!e)
			e = run_file(folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (!e && !count)
		e = err_new(ERR_ABSENT, "%s: no inputs", folder);
	return e;
}

int main(int argc, char **argv)
{
	struct err *e = argc < 2 ? err_new(ERR_USAGE, "usage: replay FOLDER...") : NULL;

	run("", 0);
	for (int i = 1; !e && i < argc; i++)
		e = run_folder(argv[i]);
	return err_report(e, "replay");
}
