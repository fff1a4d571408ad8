/* The input is a patch and, after the first NUL, the file it is for. Nothing may crash or search without end, and
 * every error is of bad data. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool all(const char *path)
{
	return *path != '\0';
}

static struct err *take(void *arg, const char *path, bool executable, struct buf *text)
{
	(void)executable;
	*(size_t *)arg += strlen(path) + text->size;
	return NULL;
}

static void settle(struct err *e)
{
	if (e && err_code(e) != ERR_DATA)
		abort();
	err_discard(e);
}

static void apply(const uint8_t *data, size_t size, bool partial)
{
	CLEANUP(patch_set_freep) struct patch_set *set = patch_set_new();
	struct buf patch = BUF_INIT;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	const uint8_t *end = memchr(data, 0, size);
	size_t n = end ? (size_t)(end - data) : size, total = 0;
	bool exists, executable;

	buf_add(&patch, data, n);
	if (end)
		buf_add(&text, end + 1, size - n - 1);
	if (partial)
		patch_set_partial(set);
	settle(patch_set_add(set, "fuzz", &patch));
	settle(patch_set_apply(set, "a.h", &text, &exists, &executable));
	settle(patch_set_rest(set, all, take, &total));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	apply(data, size, false);
	apply(data, size, true);
	return 0;
}
