#include "base/view.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

struct err *view_need(const struct view *v, size_t n)
{
	if (n <= view_left(v))
		return NULL;
	return err_new(ERR_DATA, "at 0x%" PRIx64 ": need %zu bytes, have %zu", v->origin + v->pos,
		       n, view_left(v));
}

struct err *view_seek(struct view *v, size_t pos)
{
	if (pos > v->size)
		return err_new(ERR_DATA, "at 0x%" PRIx64 ": position is past the end at 0x%" PRIx64,
			       v->origin + pos, v->origin + v->size);
	v->pos = pos;
	return NULL;
}

struct err *view_bytes(struct view *v, size_t n, const uint8_t **ret)
{
	struct err *e = view_need(v, n);

	if (e)
		return e;
	*ret = v->data + v->pos;
	v->pos += n;
	return NULL;
}

struct err *view_skip(struct view *v, size_t n)
{
	const uint8_t *ignored;

	return view_bytes(v, n, &ignored);
}

struct err *view_u8(struct view *v, uint8_t *ret)
{
	const uint8_t *p;
	struct err *e = view_bytes(v, sizeof(*ret), &p);

	if (!e)
		*ret = *p;
	return e;
}

/* One definition for each width and byte order. */
#define VIEW_NUMBER(name, type, to_host) \
	struct err *view_##name(struct view *v, type *ret) \
	{ \
		const uint8_t *p; \
		struct err *e = view_bytes(v, sizeof(*ret), &p); \
		type raw; \
\
		if (e) \
			return e; \
		memcpy(&raw, p, sizeof(raw)); \
		*ret = to_host(raw); \
		return NULL; \
	}

VIEW_NUMBER(u16, uint16_t, le16toh)
VIEW_NUMBER(u32, uint32_t, le32toh)
VIEW_NUMBER(u64, uint64_t, le64toh)
VIEW_NUMBER(u16be, uint16_t, be16toh)
VIEW_NUMBER(u32be, uint32_t, be32toh)
VIEW_NUMBER(u64be, uint64_t, be64toh)

struct err *view_cstr(struct view *v, size_t max, const char **ret)
{
	size_t left = view_left(v), limit = max < left ? max + 1 : left;
	const uint8_t *start = v->data + v->pos;
	const uint8_t *end = limit ? memchr(start, '\0', limit) : NULL;

	if (!end)
		return err_new(ERR_DATA, "at 0x%" PRIx64 ": no end of string within %zu bytes",
			       v->origin + v->pos, limit);
	*ret = (const char *)start;
	v->pos += (size_t)(end - start) + 1;
	return NULL;
}

struct err *view_sub(const struct view *v, size_t pos, size_t n, struct view *ret)
{
	if (pos > v->size || n > v->size - pos)
		return err_new(ERR_DATA,
			       "at 0x%" PRIx64 ": need %zu bytes, the data ends at 0x%" PRIx64,
			       v->origin + pos, n, v->origin + v->size);
	*ret = view_of(v->data + pos, n, v->origin + pos);
	return NULL;
}

bool bytes_are_zero(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	/* the first is zero, and each other one equals the one before it */
	return !size || (!p[0] && !memcmp(p, p + 1, size - 1));
}
