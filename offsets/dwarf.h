/* dwarf: the first derivation of each number, from the debug information of probe.o.
 *
 * Reads DWARF 2 to 5 of gcc and clang from a relocatable x86-64 object.
 */
#ifndef OFFSETS_DWARF_H
#define OFFSETS_DWARF_H

#include "base/err.h"
#include "offsets/layout.h"

/* Fills in types and members from the anchors of probe.o (probe_source.h), and
 * leaves constants alone. fields outlives *ret, which the caller owns.
 * compiler, where given: what made the object, "GNU C11 12.2.0"; the caller frees it.
 *
 * Shape: a variable farwalk_struct_TAG of each compilation unit -> pointer ->
 * structure; its members, those of anonymous structures and unions as its own.
 * Errors: ERR_SYSTEM when PATH cannot be opened; ERR_DATA when it is no x86-64
 * ELF object or is damaged, when it lacks an anchor (it was made from another
 * fields.def), when the path of a member leads through something that is no
 * structure, when a size or place is not a constant.
 * Source: DWARF 5, 5.7.6 Data Member Entries; DWARF 3 for DW_AT_bit_offset. */
struct err *dwarf_layout(const char *path, const struct fields *fields, struct layout **ret,
			 char **compiler) MUST_CHECK;

#endif
