/* buf: a growing run of bytes with a maximum. Always followed by a NUL that
 * is not counted, so that text in it can be read as a string.
 *
 *	CLEANUP(buf_deinit) struct buf line = BUF_INIT;
 *
 * Running out of memory aborts the program: the sizes that an attacker could
 * choose are limited before they come here.
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
void buf_reserve(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *bytes, size_t size);
void buf_add_str(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list args);
/* The text so far; "" when nothing was added. Owned by b. */
const char *buf_str(const struct buf *b);

#endif
