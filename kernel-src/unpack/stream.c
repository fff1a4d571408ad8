#include "kernel-src/unpack/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define BLOCK_SIZE (1u << 20)

struct stream {
	const struct stream_kind *kind;
	void *state;
	bool ahead; /* the block was read and not yet handed out */
	const void *block;
	size_t size;
	uint64_t done;
};

struct stream *stream_new(const struct stream_kind *kind, void *state)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->kind = kind;
	s->state = state;
	return s;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	s->kind->release(s->state);
	free(s);
}

uint64_t stream_done(const struct stream *s)
{
	return s->done;
}

struct err *stream_peek(struct stream *s, const void **block, size_t *size)
{
	struct err *e = s->ahead ? NULL : s->kind->read(s->state, &s->block, &s->size);

	if (e)
		return e;
	s->ahead = true;
	*block = s->block;
	*size = s->size;
	return NULL;
}

struct err *stream_read(struct stream *s, const void **block, size_t *size)
{
	struct err *e = stream_peek(s, block, size);

	if (e)
		return e;
	s->ahead = false;
	s->done += *size;
	return NULL;
}

/* --- a file --------------------------------------------------------------- */

struct file {
	int fd;
	char *path;
	char block[BLOCK_SIZE];
};

static struct err *file_block(void *state, const void **block, size_t *size)
{
	struct file *f = state;
	ssize_t n;

	do
		n = read(f->fd, f->block, BLOCK_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno("%s", f->path);
	*block = f->block;
	*size = (size_t)n;
	return NULL;
}

static void file_release(void *state)
{
	struct file *f = state;

	close_fd(&f->fd);
	free(f->path);
	free(f);
}

struct err *stream_open_file(const char *path, struct stream **ret)
{
	static const struct stream_kind kind = { file_block, file_release };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct file *f;

	if (fd < 0)
		return err_errno("%s", path);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	f = xmalloc(sizeof(*f));
	f->fd = fd;
	f->path = xstrdup(path);
	*ret = stream_new(&kind, f);
	return NULL;
}

/* --- a member of an archive ------------------------------------------------- */

struct entry {
	struct archive *archive;
	uint64_t done;
};

static struct err *entry_block(void *state, const void **block, size_t *size)
{
	struct entry *entry = state;
	la_int64_t offset;
	int status;

	do
		status = archive_read_data_block(entry->archive, block, size, &offset);
	while (status == ARCHIVE_OK && !*size);
	if (status == ARCHIVE_EOF) {
		*size = 0;
		return NULL;
	}
	if (status != ARCHIVE_OK)
		return err_new(ERR_DATA, "%s", archive_error_string(entry->archive));
	if ((uint64_t)offset != entry->done)
		return err_new(ERR_DATA, "a sparse member");
	entry->done += *size;
	return NULL;
}

struct stream *stream_of_entry(struct archive *a)
{
	static const struct stream_kind kind = { entry_block, free };
	struct entry *entry = xcalloc(1, sizeof(*entry));

	entry->archive = a;
	return stream_new(&kind, entry);
}
