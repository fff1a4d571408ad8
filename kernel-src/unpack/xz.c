#include "kernel-src/unpack/xz.h"

#include <lzma.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define BLOCK_SIZE (1u << 20)
#define MEMORY_MAX (UINT64_C(1) << 30)	     /* a stream that needs more is refused */
#define MEMORY_THREADS (UINT64_C(256) << 20) /* a limit on threads, no refusal */
#define THREADS_MAX 8

struct xz {
	struct stream *below;
	lzma_stream lzma;
	bool fed, ended; /* all of `below` was read; ... and unpacked */
	uint8_t block[BLOCK_SIZE];
};

static void xz_release(void *state)
{
	struct xz *xz = state;

	lzma_end(&xz->lzma);
	stream_free(xz->below);
	free(xz);
}

static struct err *xz_error(lzma_ret status)
{
	switch (status) {
	case LZMA_MEM_ERROR:
		return err_new(ERR_SYSTEM, "xz: out of memory");
	case LZMA_MEMLIMIT_ERROR:
		return err_new(ERR_DATA, "xz: needs more than 1 GiB of memory");
	case LZMA_BUF_ERROR:
		return err_new(ERR_DATA, "xz: cut short");
	default:
		return err_new(ERR_DATA, "xz: damaged");
	}
}

static struct err *xz_feed(struct xz *xz)
{
	const void *block;
	size_t size;
	struct err *e;

	if (xz->lzma.avail_in || xz->fed)
		return NULL;
	e = stream_read(xz->below, &block, &size);
	if (e)
		return e;
	xz->fed = !size;
	xz->lzma.next_in = block;
	xz->lzma.avail_in = size;
	return NULL;
}

static struct err *xz_block(void *state, const void **block, size_t *size)
{
	struct xz *xz = state;

	xz->lzma.next_out = xz->block;
	xz->lzma.avail_out = BLOCK_SIZE;
	while (xz->lzma.avail_out && !xz->ended) {
		struct err *e = xz_feed(xz);
		lzma_ret status;

		if (e)
			return e;
		status = lzma_code(&xz->lzma, xz->fed ? LZMA_FINISH : LZMA_RUN);
		if (status != LZMA_OK && status != LZMA_STREAM_END)
			return xz_error(status);
		xz->ended = status == LZMA_STREAM_END;
	}
	*block = xz->block;
	*size = BLOCK_SIZE - xz->lzma.avail_out;
	return NULL;
}

static lzma_ret xz_init(lzma_stream *lzma)
{
#if LZMA_VERSION >= 50040002
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	lzma_mt mt = { .flags = LZMA_CONCATENATED,
		       .threads = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (uint32_t)cores,
		       .memlimit_threading = MEMORY_THREADS,
		       .memlimit_stop = MEMORY_MAX };

	return lzma_stream_decoder_mt(lzma, &mt);
#else
	return lzma_stream_decoder(lzma, MEMORY_MAX, LZMA_CONCATENATED);
#endif
}

struct err *xz_open(struct stream *s, struct stream **ret)
{
	static const struct stream_kind kind = { xz_block, xz_release };
	static const uint8_t magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
	CLEANUP(stream_freep) struct stream *below = s;
	const void *block;
	size_t size;
	struct err *e = stream_peek(s, &block, &size);
	struct xz *xz;
	lzma_ret status;

	if (e)
		return e;
	if (size < sizeof(magic) || memcmp(block, magic, sizeof(magic)) != 0) {
		*ret = TAKE(below);
		return NULL;
	}
	xz = xcalloc(1, sizeof(*xz));
	status = xz_init(&xz->lzma);
	if (status != LZMA_OK) {
		xz_release(xz);
		return xz_error(status);
	}
	xz->below = TAKE(below);
	*ret = stream_new(&kind, xz);
	return NULL;
}
