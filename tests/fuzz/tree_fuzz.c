/* The input is the name of an archive's member. What tree_clean_name() makes of it must stay in the tree. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/wanted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free_ptr) char *name = xstrndup((const char *)data, size);
	char path[TREE_PATH_MAX], again[TREE_PATH_MAX];
	struct err *e = tree_clean_name(name, path);
	size_t length;

	if (e) {
		err_discard(e);
		return 0;
	}
	length = strlen(path);
	check(*path != '/' && length < TREE_PATH_MAX);
	check(!strstr(path, "//") && (!length || path[length - 1] != '/'));
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		check(!(n == 1 && p[0] == '.') && !(n == 2 && p[0] == '.' && p[1] == '.'));
	}
	if (length) { /* clean names stay as they are */
		check(!tree_clean_name(path, again) && !strcmp(path, again));
		wanted(path);
	}
	return 0;
}
