/* dwarf_path: the way along a path of members ("f_path.dentry", "pids[0].pid"), and what lies at its end.
 */
#ifndef OFFSETS_DWARF_PATH_H
#define OFFSETS_DWARF_PATH_H

#include <elfutils/libdw.h>

#include "base/err.h"
#include "offsets/layout.h"

/* Follows path from the structure. Where it leads to a member, sets have and all of *member but choice,
 * derived and value. Otherwise leaves have false, and *missing_at says where in path the way ends.
 * Errors: ERR_DATA: the path leads through a pointer or a number. */
struct err *dwarf_path_follow(Dwarf_Die *type, const char *path, struct layout_member *member,
			      size_t *missing_at) MUST_CHECK;

#endif
