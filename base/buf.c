#include "base/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void buf_deinit(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->size = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_reserve(struct buf *b, size_t extra)
{
	size_t need, capacity = b->capacity ? b->capacity : 64;

	if (__builtin_add_overflow(b->size, extra, &need) || need >= SIZE_MAX / 2)
		out_of_memory();
	if (need < b->capacity)
		return;
	while (capacity <= need)
		capacity *= 2;
	b->data = xrealloc(b->data, capacity, 1);
	b->capacity = capacity;
}

void buf_add(struct buf *b, const void *bytes, size_t size)
{
	buf_reserve(b, size);
	if (size)
		memcpy(b->data + b->size, bytes, size);
	b->size += size;
	b->data[b->size] = '\0';
}

void buf_add_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	int size;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, fmt, args);
	if (size < 0)
		out_of_memory();
	buf_reserve(b, (size_t)size);
	vsnprintf(b->data + b->size, (size_t)size + 1, fmt, again);
	va_end(again);
	b->size += (size_t)size;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vaddf(b, fmt, args);
	va_end(args);
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}
