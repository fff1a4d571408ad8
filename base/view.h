/* view: a bounds-checked cursor over bytes of the target or of a file.
 *
 * A read past the end is an error (ERR_DATA) that says where it happened and what it needed: "at
 * 0x1004: need 4 bytes, have 2". On an error the cursor does not move and *ret is not written.
 * Numbers are little-endian unless the name says otherwise. The bytes belong to the caller and
 * outlive the view.
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct view {
	const uint8_t *data;
	size_t size;
	size_t pos;
	uint64_t origin; /* address or file offset of data[0], for messages */
};

static inline struct view view_of(const void *data, size_t size, uint64_t origin)
{
	return (struct view){ data, size, 0, origin };
}

static inline size_t view_left(const struct view *v)
{
	return v->size - v->pos;
}

/* Errors: ERR_DATA: fewer than n bytes are left. */
struct err *view_need(const struct view *v, size_t n) MUST_CHECK;
struct err *view_seek(struct view *v, size_t pos) MUST_CHECK;
struct err *view_skip(struct view *v, size_t n) MUST_CHECK;
struct err *view_u8(struct view *v, uint8_t *ret) MUST_CHECK;
struct err *view_u16(struct view *v, uint16_t *ret) MUST_CHECK;
struct err *view_u32(struct view *v, uint32_t *ret) MUST_CHECK;
struct err *view_u64(struct view *v, uint64_t *ret) MUST_CHECK;
struct err *view_u16be(struct view *v, uint16_t *ret) MUST_CHECK;
struct err *view_u32be(struct view *v, uint32_t *ret) MUST_CHECK;
struct err *view_u64be(struct view *v, uint64_t *ret) MUST_CHECK;
/* The next n bytes, in place. */
struct err *view_bytes(struct view *v, size_t n, const uint8_t **ret) MUST_CHECK;
/* A NUL-terminated string in place, at most max bytes before its NUL. */
struct err *view_cstr(struct view *v, size_t max, const char **ret) MUST_CHECK;
/* The part [pos, pos + n) as a view of its own. */
struct err *view_sub(const struct view *v, size_t pos, size_t n, struct view *ret) MUST_CHECK;

/* Whether all these bytes are zero; of no bytes it is true. As fast as memcmp(). */
bool bytes_are_zero(const void *bytes, size_t size);

/* Loads without a check, for bytes that are known to be there. */
static inline uint16_t load_u16(const void *p)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t load_u32(const void *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t load_u64(const void *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

#endif
