/* dwarf_type: types in debug information: their children, sizes and values. The
 * DIEs (debugging information entries) belong to the Dwarf they came from.
 */
#ifndef OFFSETS_DWARF_TYPE_H
#define OFFSETS_DWARF_TYPE_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "base/err.h"
#include "offsets/layout.h"

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

/* The type that DW_AT_type of die names, without typedefs and qualifiers; false
 * when there is none (void), or when they go in a circle. */
bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *ret);

/* A structure or a union. */
bool dwarf_type_is_aggregate(Dwarf_Die *type);

/* An attribute that is an unsigned constant. *have is false when it is absent.
 * Errors: ERR_DATA: it is something else. */
struct err *dwarf_type_constant(Dwarf_Die *die, unsigned int name, bool *have, uint64_t *ret) MUST_CHECK;

/* sizeof; 0 of a flexible array. Errors: ERR_DATA: only a declaration, a
 * function, a size that is not a constant. */
struct err *dwarf_type_size(Dwarf_Die *type, uint64_t *ret) MUST_CHECK;

#define DWARF_DIMENSIONS_MAX 16

struct dwarf_dimensions {
	uint64_t counts[DWARF_DIMENSIONS_MAX]; /* elements; 0 of a flexible array */
	size_t size;
};

/* Errors: ERR_DATA: none, too many, or a bound that is not a constant. */
struct err *dwarf_type_dimensions(Dwarf_Die *array, struct dwarf_dimensions *ret) MUST_CHECK;

/* Bytes of the array without its first `skip` dimensions. With all of them skipped,
 * that is the size of an element. Errors: ERR_DATA. */
struct err *dwarf_type_array_size(Dwarf_Die *array, const struct dwarf_dimensions *d, size_t skip,
				  uint64_t *ret) MUST_CHECK;

/* The enumerator of this name; ret->have says whether there is one. */
struct err *dwarf_type_enumerator(Dwarf_Die *type, const char *name,
				  struct layout_value *ret) MUST_CHECK;

#endif
