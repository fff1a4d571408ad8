/* span: several members of a kernel structure, read in one go.
 *
 * Where a member lies differs from kernel to kernel, and so does their order. A span
 * is the run of bytes from the first to the last of the members that you list,
 * whatever their order: one read instead of one for each, and no number to count.
 *
 *	#define CRED_MEMBERS(X) \
 *		X(cred, euid) \
 *		X(cred, egid)
 *	SPAN(cred, CRED_MEMBERS);			makes struct cred_span
 *
 *	struct cred_span s;
 *	struct err *e = span_read(&t->kernel, at, cred, &s);
 *
 *	if (e)
 *		return err_in(e, "cred");
 *	uid = (uint32_t)SPAN_GET(cred, &s, euid);
 *
 * A member that some kernels lack (`?` in offsets/fields.def) is listed under #if
 * HAVE_structure_member, as walker/process/vma.c does. Members that lie kilobytes
 * apart, as in task_struct, make a long read: walker/task/raw.h reads those by parts.
 *
 * A file that includes this header is compiled for each kernel.
 */
#ifndef WALKER_READ_SPAN_H
#define WALKER_READ_SPAN_H

#include "base/view.h"
#include "offsets.h"
#include "walker/read/kread.h"

#define SPAN_LIMIT (1 << 20)
#define SPAN_END_(s, m) char m##_[OFF_##s##_##m + LEN_##s##_##m];
#define SPAN_START_(s, m) char m##_[SPAN_LIMIT - OFF_##s##_##m];

/* A union is as large as its largest member. So the compiler finds the end of the span,
 * and by measuring from SPAN_LIMIT downward its start. */
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

/* Reads the members of the structure s at `at` into *to, a struct s_span. Errors: as kread(). */
#define span_read(k, at, s, to) kread((k), kaddr_add((at), s##_span_first), (to)->bytes, s##_span_size)

/* Where a member lies in the bytes that were read. */
#define SPAN_AT(s, span, m) ((span)->bytes + (OFF_##s##_##m - s##_span_first))

/* The number in a member of 1, 2, 4 or 8 bytes, zero-extended to 64 bits. */
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
