#include "tests/lib/scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

struct scratch scratch_init(void)
{
	struct scratch s = { "/tmp/farwalk-test-XXXXXX" };

	if (!mkdtemp(s.path)) {
		perror(s.path);
		exit(4);
	}
	return s;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void scratch_deinit(struct scratch *s)
{
	nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *scratch_path(const struct scratch *s, const char *name)
{
	return xasprintf("%s/%s", s->path, name);
}

char *scratch_bytes(const struct scratch *s, const char *name, const void *data, size_t size)
{
	char *path = scratch_path(s, name);

	if (err_report(file_write(path, data, size, NULL), "scratch"))
		exit(4);
	return path;
}

char *scratch_file(const struct scratch *s, const char *name, const char *text)
{
	return scratch_bytes(s, name, text, strlen(text));
}
