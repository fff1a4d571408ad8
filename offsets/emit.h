/* emit: offsets.h and offsets.json, made from a layout.
 *
 * The same layout gives the same bytes: no dates, no paths, no line numbers.
 *
 * Shape of offsets.h, a group a line of fields.def (SIZE, OFF, LEN in bytes):
 *	HAVE_struct_task_struct 1, SIZE_task_struct
 *	HAVE_task_struct_mm 1, OFF_task_struct_mm, LEN_task_struct_mm
 *	COUNT_task_struct_comm where it is an array: elements of its first dimension
 *	BIT_task_struct_x, BITS_task_struct_x of a bit-field, instead of OFF and LEN
 *	HAVE_CONST_PF_KTHREAD 1, CONST_PF_KTHREAD
 * What is missing has HAVE 0 and nothing else, so that code that uses it does not
 * compile. The comment on HAVE says which derivations agree.
 */
#ifndef OFFSETS_EMIT_H
#define OFFSETS_EMIT_H

#include "base/buf.h"
#include "offsets/layout.h"

/* How many numbers there are, and how many of them each derivation gave. */
struct emit_counts {
	size_t all, dwarf, compiler, btf;
};

struct emit_counts emit_count(const struct layout *l);
/* compiler: what made the object. Append to b. */
void emit_header(const struct layout *l, const char *compiler, struct buf *b);
void emit_json(const struct layout *l, const char *compiler, struct buf *b);

#endif
