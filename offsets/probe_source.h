/* probe_source: the C file that carries fields.def to the kernel's compiler.
 *
 * Behind the headers of fields.def, probe.c holds an anchor for each type, which
 * keeps the type in the debug information, and the constants as data (constants.h).
 * An anchor is a pointer, so that it compiles even when the type is missing.
 */
#ifndef OFFSETS_PROBE_SOURCE_H
#define OFFSETS_PROBE_SOURCE_H

#include "base/buf.h"
#include "offsets/fields.h"

/* An anchor is `struct task_struct *farwalk_struct_task_struct`. */
#define PROBE_ANCHOR_PREFIX "farwalk_"

/* Appends probe.c to b. It depends on the headers, tags and constants of fields.def
 * alone: a new member or a comment does not change it. */
void probe_source_format(const struct fields *f, struct buf *b);

/* Appends the definition of a number (constants.h). expression: an integer constant
 * expression of the probe's source. Anything else does not compile. */
void probe_source_number(struct buf *b, const char *name, const char *expression);

#endif
