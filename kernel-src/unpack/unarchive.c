#include "kernel-src/unpack/unarchive.h"

#include <errno.h>

#include "base/cleanup.h"

static la_ssize_t feed(struct archive *a, void *stream, const void **block)
{
	size_t size = 0;
	struct err *e = stream_read(stream, block, &size);

	if (!e)
		return (la_ssize_t)size;
	archive_set_error(a, err_is_fatal(e) ? EIO : EILSEQ, "%s", err_text(e));
	err_discard(e);
	return -1;
}

struct err *unarchive_error(struct archive *a)
{
	const char *text = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return err_new(ERR_SYSTEM, "out of memory");
	return err_new(archive_errno(a) == EIO ? ERR_SYSTEM : ERR_DATA, "%s",
		       text ? text : "damaged");
}

struct err *unarchive_open(struct stream *s, unsigned int formats, struct archive **ret)
{
	CLEANUP(unarchive_freep) struct archive *a = archive_read_new();

	if (formats & UNARCHIVE_TAR)
		archive_read_support_format_tar(a);
	if (formats & UNARCHIVE_AR)
		archive_read_support_format_ar(a);
	if (formats & UNARCHIVE_RAW)
		archive_read_support_format_raw(a);
	if (formats & UNARCHIVE_EMPTY)
		archive_read_support_format_empty(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open(a, s, NULL, feed, NULL) != ARCHIVE_OK)
		return unarchive_error(a);
	*ret = TAKE(a);
	return NULL;
}

struct err *unarchive_next(struct archive *a, struct archive_entry **ret)
{
	switch (archive_read_next_header(a, ret)) {
	case ARCHIVE_OK:
	case ARCHIVE_WARN:
		return NULL;
	case ARCHIVE_EOF:
		*ret = NULL;
		return NULL;
	}
	return unarchive_error(a);
}

struct err *unarchive_data(struct archive *a, size_t max, struct buf *b, bool *whole)
{
	for (;;) {
		char chunk[65536];
		la_ssize_t n = archive_read_data(a, chunk, sizeof(chunk));

		if (n < 0)
			return unarchive_error(a);
		*whole = b->size + (size_t)n <= max;
		if (!n || !*whole)
			return NULL;
		buf_add(b, chunk, (size_t)n);
	}
}
