/* replay: runs a fuzz target over every file of the folders on the command line, and
 * over an empty input. A crash, or a sanitizer, ends it. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

#define INPUT_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Passes a copy that ends where the input ends, so that a sanitizer notices a read behind it. */
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
	/* printed first: if it crashes, this is the file */
	printf("%s\n", path);
	fflush(stdout);
	run(buf_str(&input), input.size);
	return NULL;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

struct listing {
	struct dirent **entries;
	int count;
};

static void listing_deinit(struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->entries[i]);
	free(l->entries);
}

static struct err *run_folder(const char *folder)
{
	CLEANUP(listing_deinit) struct listing l = { NULL, 0 };

	l.count = scandir(folder, &l.entries, is_file, alphasort);
	if (l.count < 0)
		return err_errno("%s", folder);
	for (int i = 0; i < l.count; i++) {
		struct err *e = run_file(folder, l.entries[i]->d_name);

		if (e)
			return e;
	}
	return l.count ? NULL : err_new(ERR_ABSENT, "%s: no inputs", folder);
}

int main(int argc, char **argv)
{
	struct err *e = argc < 2 ? err_new(ERR_USAGE, "usage: replay FOLDER...") : NULL;

	run("", 0);
	for (int i = 1; !e && i < argc; i++)
		e = run_folder(argv[i]);
	return err_report(e, "replay");
}
