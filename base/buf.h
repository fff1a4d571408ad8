/* buf: a growing run of bytes.
 *
 *	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
 *
 * A NUL that is not counted follows the bytes, so that text in a buf can be read as a string. As
 * with all of base/alloc.h a lack of memory ends the program: limit what the target can make large.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/err.h"

struct buf {
	char *data; /* never NULL after the first add; owned */
	size_t size;
	size_t capacity;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_deinit(struct buf *b);
void buf_clear(struct buf *b);
/* Makes room for `extra` more bytes and their NUL. */
void buf_reserve(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *bytes, size_t size);
void buf_add_str(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list args);
/* The text so far; "" before the first add. Owned by b. */
const char *buf_str(const struct buf *b);

#endif
