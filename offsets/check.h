/* check: two roads to each number.
 *
 * The layout of the debug information is set beside what another road says.
 * Where they agree the road is added to the entry's; where they do not, that is
 * an error that names the entry, and both.
 */
#ifndef OFFSETS_CHECK_H
#define OFFSETS_CHECK_H

#include "base/err.h"
#include "offsets/btf_layout.h"
#include "offsets/layout.h"

/* compiled: of check_source_layout() for l.
 * Errors: ERR_DATA naming up to five entries that differ, and both numbers. */
struct err *check_compiled(struct layout *l, const struct layout *compiled) MUST_CHECK;

/* A type that BTF does not have is not checked: BTF has what the running image
 * uses. Where it has several of a tag, one has to agree in everything. A member
 * that only one of the two has is a disagreement. A constant is checked when BTF
 * has an enumerator of its name.
 * Errors: as above; ERR_DATA when the BTF is damaged. */
struct err *check_btf(struct layout *l, const struct btf_layout *btf) MUST_CHECK;

#endif
