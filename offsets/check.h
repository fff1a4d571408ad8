/* check: do two derivations of each number agree?
 *
 * Compares the layout of the debug information with that of another derivation.
 * Where they agree, the other derivation is added to the entry's; where they do
 * not, that is an error that names the entry, and both numbers.
 */
#ifndef OFFSETS_CHECK_H
#define OFFSETS_CHECK_H

#include "base/err.h"
#include "offsets/layout.h"
#include "offsets/layout_btf.h"

/* compiled: of check_source_layout() for l.
 * Errors: ERR_DATA naming up to five entries that differ, and both numbers. */
struct err *check_compiled(struct layout *l, const struct layout *compiled) MUST_CHECK;

/* BTF has only types that the running image uses; a type that it lacks is not
 * checked. Where it has several of a tag, one has to agree in everything. A member
 * that only one of the two has is a disagreement. A constant is checked when BTF
 * has an enumerator of its name.
 * Errors: as above; ERR_DATA when the BTF is damaged. */
struct err *check_btf(struct layout *l, const struct layout_btf *btf) MUST_CHECK;

#endif
