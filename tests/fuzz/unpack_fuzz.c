/* The input is an archive. Whatever it holds, nothing may be written outside the tree. */
#include <dirent.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/unpack/package.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_entries(const char *path, int most)
{
	DIR *folder = opendir(path);
	int count = 0;

	while (folder && readdir(folder))
		count++;
	if (!folder || count - 2 > most)
		abort();
	closedir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char top[] = "/tmp/farwalk-fuzz-XXXXXX";
	CLEANUP(free_ptr) char *source = NULL, *inner = NULL, *out = NULL;
	CLEANUP(buf_deinit) struct buf member = BUF_INIT;
	bool fresh;

	if (!mkdtemp(top))
		abort();
	source = xasprintf("%s/a.deb", top);
	inner = xasprintf("%s/b", top);
	out = xasprintf("%s/b/out", top);
	if (!mkdir(inner, 0700)) {
		err_discard(file_write(source, data, size, NULL));
		err_discard(unpack_tree(source, out, &fresh));
		err_discard(package_member(source, "config*", &member));
		count_entries(top, 2);	 /* a.deb, b */
		count_entries(inner, 2); /* out, out.lock */
	}
	err_discard(tree_remove(top));
	return 0;
}
