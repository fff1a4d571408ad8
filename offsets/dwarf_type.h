/* dwarf_type: types in debug information: their sizes, and the way along a path
 * of members. The DIEs belong to the Dwarf they came from.
 */
#ifndef OFFSETS_DWARF_TYPE_H
#define OFFSETS_DWARF_TYPE_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "base/err.h"
#include "offsets/layout.h"

/* Calls call() for each compilation unit of the object at PATH, its relocations applied. dwarf.c
 * has it. Errors: ERR_SYSTEM, ERR_DATA, call()'s. */
struct err *dwarf_each_unit(const char *path, struct err *(*call)(Dwarf_Die *unit, void *arg),
			    void *arg) MUST_CHECK;

/* The children of a DIE, in order:
 *
 *	for (bool more = dwarf_children_first(&c, parent); more; more = dwarf_children_next(&c))
 *		... c.die ...
 *	return dwarf_children_end(&c);
 *
 * They end where damage would lead backwards. */
struct dwarf_children {
	Dwarf_Die die;
	int status; /* 0, 1 at the end, -1 when damaged */
};

bool dwarf_children_first(struct dwarf_children *c, Dwarf_Die *parent);
bool dwarf_children_next(struct dwarf_children *c);
/* ERR_DATA when it was damage that ended them. */
struct err *dwarf_children_end(const struct dwarf_children *c) MUST_CHECK;

/* What DW_AT_type of die names, without typedefs and qualifiers; false when
 * there is none (void), or when they go in a circle. */
bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *ret);

/* sizeof; 0 of a flexible array. Errors: ERR_DATA: a declaration only, a
 * function, a size that is not a constant. */
struct err *dwarf_type_size(Dwarf_Die *type, uint64_t *ret) MUST_CHECK;

/* Follows path from the structure: fills in all of *member but choice, roads and
 * value, and sets have; or leaves have false, and *missing_at says where in path
 * it goes no further.
 * Errors: ERR_DATA: the path leads through a pointer or a number. */
struct err *dwarf_type_path(Dwarf_Die *type, const char *path, struct layout_member *member,
			    size_t *missing_at) MUST_CHECK;

/* The enumerator of this name; ret->have says whether there is one. */
struct err *dwarf_type_enumerator(Dwarf_Die *type, const char *name,
				  struct layout_value *ret) MUST_CHECK;

#endif
