#include "offsets/dwarf_type.h"

#include <dwarf.h>
#include <string.h>

#define DEPTH_MAX 32      /* typedefs on typedefs, structures in structures */
#define POINTER_SIZE 8

bool dwarf_children_first(struct dwarf_children *c, Dwarf_Die *parent)
{
	c->status = dwarf_child(parent, &c->die);
	return !c->status;
}

bool dwarf_children_next(struct dwarf_children *c)
{
	Dwarf_Off before = dwarf_dieoffset(&c->die);

	c->status = dwarf_siblingof(&c->die, &c->die);
	if (!c->status && dwarf_dieoffset(&c->die) <= before)
		c->status = -1;
	return !c->status;
}

struct err *dwarf_children_end(const struct dwarf_children *c)
{
	const char *why = dwarf_errmsg(0);

	return c->status >= 0 ? NULL :
		err_new(ERR_DATA, "damaged debug information: %s", why ? why : "it goes backwards");
}

bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type = *die;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (!dwarf_formref_die(dwarf_attr_integrate(&type, DW_AT_type, &attribute), &type))
			return false;
		switch (dwarf_tag(&type)) {
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
		case DW_TAG_packed_type:
			continue;
		}
		*ret = type;
		return true;
	}
	return false;
}

bool dwarf_type_is_aggregate(Dwarf_Die *type)
{
	return dwarf_tag(type) == DW_TAG_structure_type || dwarf_tag(type) == DW_TAG_union_type;
}

struct err *dwarf_type_constant(Dwarf_Die *die, unsigned int name, bool *have, uint64_t *ret)
{
	Dwarf_Attribute attribute;

	*have = dwarf_attr(die, name, &attribute);
	if (*have && dwarf_formudata(&attribute, ret))
		return err_new(ERR_DATA, "%s: attribute 0x%x is not a constant: %s",
			       dwarf_diename(die) ? dwarf_diename(die) : "(anonymous)", name,
			       dwarf_errmsg(-1));
	return NULL;
}

/* --- sizes and arrays --------------------------------------------------------- */

/* Elements of one dimension; 0 of a flexible one, which has no bound, or -1 from an older gcc. */
static struct err *dimension_count(Dwarf_Die *subrange, uint64_t *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Sword upper;
	bool have;
	struct err *e = dwarf_type_constant(subrange, DW_AT_count, &have, ret);

	if (e || have)
		return e;
	*ret = 0;
	if (!dwarf_attr(subrange, DW_AT_upper_bound, &attribute))
		return NULL;
	if (dwarf_formsdata(&attribute, &upper))
		return err_new(ERR_DATA, "an array's bound is not a constant: %s", dwarf_errmsg(-1));
	/* 255 in one byte reads as -1. Only DW_FORM_sdata says that a number is meant to be negative. */
	if (upper < 0 && dwarf_whatform(&attribute) != DW_FORM_sdata &&
	    dwarf_formudata(&attribute, (Dwarf_Word *)&upper))
		return err_new(ERR_DATA, "an array's bound is not a constant: %s", dwarf_errmsg(-1));
	*ret = (uint64_t)upper + 1;
	return NULL;
}

struct err *dwarf_type_dimensions(Dwarf_Die *array, struct dwarf_dimensions *ret)
{
	struct dwarf_children c;
	struct err *e;

	ret->size = 0;
	for (bool more = dwarf_children_first(&c, array); more; more = dwarf_children_next(&c)) {
		if (dwarf_tag(&c.die) != DW_TAG_subrange_type)
			continue;
		if (ret->size == DWARF_DIMENSIONS_MAX)
			return err_new(ERR_DATA, "an array of more than %d dimensions", DWARF_DIMENSIONS_MAX);
		e = dimension_count(&c.die, &ret->counts[ret->size]);
		if (e)
			return e;
		ret->size++;
	}
	e = dwarf_children_end(&c);
	if (e)
		return e;
	return ret->size ? NULL : err_new(ERR_DATA, "an array without dimensions");
}

static struct err *type_size(Dwarf_Die *type, int depth, uint64_t *ret);

static struct err *array_size(Dwarf_Die *array, const struct dwarf_dimensions *d, size_t skip, int depth,
			      uint64_t *ret)
{
	Dwarf_Die element;
	uint64_t size;
	struct err *e;

	if (!dwarf_type_of(array, &element))
		return err_new(ERR_DATA, "an array of nothing");
	e = type_size(&element, depth + 1, &size);
	if (e)
		return e;
	for (size_t i = skip; i < d->size; i++)
		if (__builtin_mul_overflow(size, d->counts[i], &size))
			return err_new(ERR_DATA, "an array larger than memory");
	*ret = size;
	return NULL;
}

static struct err *type_size(Dwarf_Die *type, int depth, uint64_t *ret)
{
	struct dwarf_dimensions d;
	struct err *e;
	bool have;

	if (depth > DEPTH_MAX)
		return err_new(ERR_DATA, "types nested more than %d deep", DEPTH_MAX);
	e = dwarf_type_constant(type, DW_AT_byte_size, &have, ret);
	if (e || have)
		return e;
	switch (dwarf_tag(type)) {
	case DW_TAG_pointer_type:
		*ret = POINTER_SIZE;
		return NULL;
	case DW_TAG_array_type:
		e = dwarf_type_dimensions(type, &d);
		return e ? e : array_size(type, &d, 0, depth, ret);
	}
	return err_new(ERR_DATA, "'%s' has no size: it is %s",
		       dwarf_diename(type) ? dwarf_diename(type) : "(anonymous)",
		       dwarf_hasattr(type, DW_AT_declaration) ? "only declared" : "no object");
}

struct err *dwarf_type_size(Dwarf_Die *type, uint64_t *ret)
{
	return type_size(type, 0, ret);
}

struct err *dwarf_type_array_size(Dwarf_Die *array, const struct dwarf_dimensions *d, size_t skip,
				  uint64_t *ret)
{
	return array_size(array, d, skip, 0, ret);
}

struct err *dwarf_type_enumerator(Dwarf_Die *type, const char *name, struct layout_value *ret)
{
	struct dwarf_children c;

	for (bool more = dwarf_children_first(&c, type); more; more = dwarf_children_next(&c)) {
		Dwarf_Attribute attribute;
		Dwarf_Word bits;
		unsigned int form;

		if (dwarf_tag(&c.die) != DW_TAG_enumerator || !dwarf_diename(&c.die) ||
		    strcmp(dwarf_diename(&c.die), name))
			continue;
		if (!dwarf_attr(&c.die, DW_AT_const_value, &attribute) ||
		    dwarf_formudata(&attribute, &bits))
			return err_new(ERR_DATA, "%s: its value is not a constant", name);
		form = dwarf_whatform(&attribute);
		*ret = (struct layout_value){ .have = true, .bits = bits, .derived = DERIVED_DWARF };
		ret->negative = bits >> 63 && (form == DW_FORM_sdata || form == DW_FORM_implicit_const);
		return NULL;
	}
	return dwarf_children_end(&c);
}
