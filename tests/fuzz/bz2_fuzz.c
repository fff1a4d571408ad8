/* The input follows "BZh9". Whatever libbz2 unpacks as one stream must come out here, too. */
#include <bzlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel-src/unpack/bz2.h"

#define PLAIN_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const char *data;
	size_t size;
};

static struct err *bytes_read(void *state, const void **block, size_t *size)
{
	struct bytes *b = state;

	*block = b->data;
	*size = b->size;
	b->size = 0;
	return NULL;
}

static void bytes_release(void *state)
{
	(void)state;
}

static struct err *unpack(const struct buf *packed, struct buf *out)
{
	static const struct stream_kind kind = { bytes_read, bytes_release };
	struct bytes bytes = { packed->data, packed->size };
	CLEANUP(stream_freep) struct stream *s = NULL;
	struct err *e = bz2_open(stream_new(&kind, &bytes), &s);

	if (e)
		return e;
	for (;;) {
		const void *block;
		size_t size;

		e = stream_read(s, &block, &size);
		if (e || !size)
			return e;
		buf_add(out, block, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_deinit) struct buf packed = BUF_INIT, out = BUF_INIT;
	CLEANUP(free_ptr) char *plain = xmalloc(PLAIN_MAX);
	unsigned int plain_size = PLAIN_MAX;
	bool good;

	buf_add_str(&packed, "BZh9");
	buf_add(&packed, data, size);
	good = BZ2_bzBuffToBuffDecompress(plain, &plain_size, packed.data, (unsigned int)packed.size, 0,
					  0) == BZ_OK;
	err_discard(unpack(&packed, &out));
	if (good && (out.size < plain_size || memcmp(buf_str(&out), plain, plain_size) != 0))
		abort();
	return 0;
}
