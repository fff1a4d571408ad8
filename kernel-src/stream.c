#include "kernel-src/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define BLOCK_SIZE (1u << 20)
#define XZ_MEMORY_MAX (UINT64_C(1) << 30)     /* an xz stream that needs more is refused */
#define XZ_MEMORY_THREADS (UINT64_C(256) << 20) /* a limit on threads, no refusal */
#define XZ_THREADS_MAX 8

struct stream {
	struct err *(*read)(struct stream *s, const void **block, size_t *size);
	int fd;
	char *path;
	struct archive *archive; /* whose entry it is; not owned */
	struct stream *below;
	lzma_stream lzma; /* what stream_unxz() unpacks `below` with */
	bool fed, ended; /* all of `below` was read; all of it was unpacked */
	uint8_t *block;
	bool ahead; /* pending is a block that was read and not yet given out */
	const void *pending;
	size_t pending_size;
	uint64_t done;
};

static struct stream *stream_new(struct err *(*read_block)(struct stream *, const void **,
							   size_t *))
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->read = read_block;
	s->fd = -1;
	return s;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	lzma_end(&s->lzma);
	stream_free(s->below);
	close_fd(&s->fd);
	free(s->path);
	free(s->block);
	free(s);
}

uint64_t stream_done(const struct stream *s)
{
	return s->done;
}

struct err *stream_read(struct stream *s, const void **block, size_t *size)
{
	struct err *e = NULL;

	if (s->ahead) {
		*block = s->pending;
		*size = s->pending_size;
		s->ahead = false;
	} else {
		e = s->read(s, block, size);
	}
	if (!e)
		s->done += *size;
	return e;
}

static struct err *file_block(struct stream *s, const void **block, size_t *size)
{
	ssize_t n;

	do
		n = read(s->fd, s->block, BLOCK_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno("%s", s->path);
	*block = s->block;
	*size = (size_t)n;
	return NULL;
}

struct err *stream_open_file(const char *path, struct stream **ret)
{
	CLEANUP(stream_freep) struct stream *s = stream_new(file_block);

	s->path = xstrdup(path);
	s->block = xmalloc(BLOCK_SIZE);
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return err_errno("%s", path);
	posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*ret = TAKE(s);
	return NULL;
}

static struct err *entry_block(struct stream *s, const void **block, size_t *size)
{
	la_int64_t offset;
	int status;

	do
		status = archive_read_data_block(s->archive, block, size, &offset);
	while (status == ARCHIVE_OK && !*size);
	if (status == ARCHIVE_EOF) {
		*size = 0;
		return NULL;
	}
	if (status != ARCHIVE_OK)
		return err_new(ERR_DATA, "%s", archive_error_string(s->archive));
	if ((uint64_t)offset != s->done)
		return err_new(ERR_DATA, "a sparse member");
	return NULL;
}

struct stream *stream_of_entry(struct archive *a)
{
	struct stream *s = stream_new(entry_block);

	s->archive = a;
	return s;
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

static struct err *xz_feed(struct stream *s)
{
	const void *block;
	size_t size;
	struct err *e;

	if (s->lzma.avail_in || s->fed)
		return NULL;
	e = stream_read(s->below, &block, &size);
	if (e)
		return e;
	s->fed = !size;
	s->lzma.next_in = block;
	s->lzma.avail_in = size;
	return NULL;
}

static struct err *xz_block(struct stream *s, const void **block, size_t *size)
{
	s->lzma.next_out = s->block;
	s->lzma.avail_out = BLOCK_SIZE;
	while (s->lzma.avail_out && !s->ended) {
		struct err *e = xz_feed(s);
		lzma_ret status;

		if (e)
			return e;
		status = lzma_code(&s->lzma, s->fed ? LZMA_FINISH : LZMA_RUN);
		if (status != LZMA_OK && status != LZMA_STREAM_END)
			return xz_error(status);
		s->ended = status == LZMA_STREAM_END;
	}
	*block = s->block;
	*size = BLOCK_SIZE - s->lzma.avail_out;
	return NULL;
}

static lzma_ret xz_init(lzma_stream *lzma)
{
#if LZMA_VERSION >= 50040002
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	lzma_mt mt = { .flags = LZMA_CONCATENATED,
		       .threads = cores < 1 ? 1 : cores > XZ_THREADS_MAX ? XZ_THREADS_MAX
									  : (uint32_t)cores,
		       .memlimit_threading = XZ_MEMORY_THREADS,
		       .memlimit_stop = XZ_MEMORY_MAX };

	return lzma_stream_decoder_mt(lzma, &mt);
#else
	return lzma_stream_decoder(lzma, XZ_MEMORY_MAX, LZMA_CONCATENATED);
#endif
}

struct err *stream_unxz(struct stream *s, struct stream **ret)
{
	static const uint8_t magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
	CLEANUP(stream_freep) struct stream *below = s;
	CLEANUP(stream_freep) struct stream *xz = NULL;
	struct err *e = stream_read(s, &s->pending, &s->pending_size);
	lzma_ret status;

	if (e)
		return e;
	s->done -= s->pending_size;
	s->ahead = true;
	if (s->pending_size < sizeof(magic) || memcmp(s->pending, magic, sizeof(magic)) != 0) {
		*ret = TAKE(below);
		return NULL;
	}
	xz = stream_new(xz_block);
	xz->block = xmalloc(BLOCK_SIZE);
	xz->below = TAKE(below);
	status = xz_init(&xz->lzma);
	if (status != LZMA_OK)
		return xz_error(status);
	*ret = TAKE(xz);
	return NULL;
}
