/* probe_source: the C files that carry fields.def to the kernel's compiler.
 *
 * probe.c holds, under the headers of fields.def: an anchor for each type (a
 * pointer, so that a type that is missing compiles, too) that keeps the type in
 * the debug information; and the constants, as data (constants.h).
 */
#ifndef OFFSETS_PROBE_SOURCE_H
#define OFFSETS_PROBE_SOURCE_H

#include "base/buf.h"
#include "offsets/fields.h"

/* An anchor is `struct task_struct *farwalk_struct_task_struct`. */
#define PROBE_ANCHOR_PREFIX "farwalk_"

/* Appends probe.c to b. Depends on nothing in fields.def but headers, tags and
 * constants: a new member or a comment changes nothing. */
void probe_source_format(const struct fields *f, struct buf *b);

/* Appends the definition of a number (constants.h). expression: an integer
 * constant expression of the probe's source; anything else does not compile. */
void probe_source_number(struct buf *b, const char *name, const char *expression);

#endif
