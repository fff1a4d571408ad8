/* stream: bytes that arrive in blocks: those of a file, of a member of an archive,
 * of a compressed stream that is unpacked on the way. Streams are built on each
 * other, and none copies to disk.
 */
#ifndef KERNEL_SRC_UNPACK_STREAM_H
#define KERNEL_SRC_UNPACK_STREAM_H

#include <archive.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct stream;

/* Reads the next block, which is good until the next call. Size 0 is the end.
 * Errors: ERR_DATA (damaged, cut short), ERR_SYSTEM. */
struct err *stream_read(struct stream *s, const void **block, size_t *size) MUST_CHECK;

/* The block that stream_read() will give next. */
struct err *stream_peek(struct stream *s, const void **block, size_t *size) MUST_CHECK;

/* Bytes given out so far. */
uint64_t stream_done(const struct stream *s);

void stream_free(struct stream *s);
static inline void stream_freep(struct stream **s)
{
	stream_free(*s);
}

/* Errors: ERR_SYSTEM naming PATH. *ret is owned by the caller. */
struct err *stream_open_file(const char *path, struct stream **ret) MUST_CHECK;

/* The data of the current entry of a, which outlives the stream. */
struct stream *stream_of_entry(struct archive *a);

/* How a kind of stream works. release() frees the state. */
struct stream_kind {
	struct err *(*read)(void *state, const void **block, size_t *size);
	void (*release)(void *state);
};

struct stream *stream_new(const struct stream_kind *kind, void *state);

#endif
