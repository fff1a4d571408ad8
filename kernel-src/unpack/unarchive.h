/* unarchive: archives read by libarchive, with its errors as ours.
 */
#ifndef KERNEL_SRC_UNPACK_UNARCHIVE_H
#define KERNEL_SRC_UNPACK_UNARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "kernel-src/unpack/stream.h"

enum unarchive_format {
	UNARCHIVE_TAR = 1,
	UNARCHIVE_AR = 2,
	UNARCHIVE_RAW = 4, /* no archive: one entry, which is all there is */
	UNARCHIVE_EMPTY = 8,
};

/* Reads s, which outlives *ret, as one of these formats, compressed by gzip, bzip2, xz or zstd, or not at
 * all. *ret is owned by the caller. Errors: ERR_DATA (another format, damaged), ERR_SYSTEM. */
struct err *unarchive_open(struct stream *s, unsigned int formats, struct archive **ret) MUST_CHECK;

static inline void unarchive_freep(struct archive **a)
{
	if (*a)
		archive_read_free(*a);
}

/* The next entry, good until the call after; NULL at the end. Errors: as above. */
struct err *unarchive_next(struct archive *a, struct archive_entry **ret) MUST_CHECK;

/* Adds the content of the entry to b, as long as that has no more than max bytes then; *whole: whether
 * that was all. Errors: as above. */
struct err *unarchive_data(struct archive *a, size_t max, struct buf *b, bool *whole) MUST_CHECK;

/* What went wrong last. Never NULL. */
struct err *unarchive_error(struct archive *a) MUST_CHECK;

#endif
