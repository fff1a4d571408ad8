/* span: those bytes of a kernel structure that hold the members one wants, read
 * in one go, however the kernel has laid them out.
 *
 *	#define CRED_MEMBERS(X) X(cred, euid) X(cred, egid)
 *	SPAN(cred, CRED_MEMBERS);
 *
 *	struct cred_span s;
 *	e = span_read(k, at, cred, &s);
 *	uid = (uint32_t)SPAN_GET(cred, &s, euid);
 */
#ifndef WALKER_READ_SPAN_H
#define WALKER_READ_SPAN_H

#include "base/view.h"
#include "offsets.h"
#include "walker/read/kread.h"

#define SPAN_LIMIT (1 << 20)
#define SPAN_END_(s, m) char m##_[OFF_##s##_##m + LEN_##s##_##m];
#define SPAN_START_(s, m) char m##_[SPAN_LIMIT - OFF_##s##_##m];

/* A union is as large as its largest member: so the compiler finds both ends. */
#define SPAN(s, MEMBERS) \
	union s##_span_end { \
		MEMBERS(SPAN_END_) \
	}; \
	union s##_span_start { \
		MEMBERS(SPAN_START_) \
	}; \
	enum { \
		s##_span_first = SPAN_LIMIT - sizeof(union s##_span_start), \
		s##_span_size = sizeof(union s##_span_end) - s##_span_first \
	}; \
	struct s##_span { \
		uint8_t bytes[s##_span_size]; \
	}

/* Reads the members of the structure at `at`. */
#define span_read(k, at, s, to) kread((k), kaddr_add((at), s##_span_first), (to)->bytes, s##_span_size)

/* Where a member lies in the bytes read. */
#define SPAN_AT(s, span, m) ((span)->bytes + (OFF_##s##_##m - s##_span_first))

/* The number that a member of 1, 2, 4 or 8 bytes holds, zero-extended. */
#define SPAN_GET(s, span, m) load_number(SPAN_AT(s, span, m), LEN_##s##_##m)

static inline uint64_t load_number(const void *p, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return load_u16(p);
	case 4:
		return load_u32(p);
	default:
		return load_u64(p);
	}
}

#endif
