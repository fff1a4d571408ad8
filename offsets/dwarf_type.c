#include "offsets/dwarf_type.h"

#include <dwarf.h>
#include <string.h>

#define DEPTH_MAX 32      /* typedefs on typedefs, structures in structures */
#define DIMENSIONS_MAX 16 /* of an array */
#define SEARCH_MAX 100000 /* members looked at for one name */
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

static bool is_aggregate(Dwarf_Die *type)
{
	return dwarf_tag(type) == DW_TAG_structure_type || dwarf_tag(type) == DW_TAG_union_type;
}

/* An unsigned constant; false when the attribute is absent. */
static struct err *read_constant(Dwarf_Die *die, unsigned int name, bool *have, uint64_t *ret)
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

/* Elements of one dimension. No bound, or -1 (an older gcc's way), is flexible: 0. */
static struct err *dimension_count(Dwarf_Die *subrange, uint64_t *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Sword upper;
	bool have;
	struct err *e = read_constant(subrange, DW_AT_count, &have, ret);

	if (e || have)
		return e;
	*ret = 0;
	if (!dwarf_attr(subrange, DW_AT_upper_bound, &attribute))
		return NULL;
	if (dwarf_formsdata(&attribute, &upper))
		return err_new(ERR_DATA, "an array's bound is not a constant: %s", dwarf_errmsg(-1));
	/* 255 in one byte reads as -1: only a signed form says it is negative. */
	if (upper < 0 && dwarf_whatform(&attribute) != DW_FORM_sdata &&
	    dwarf_formudata(&attribute, (Dwarf_Word *)&upper))
		return err_new(ERR_DATA, "an array's bound is not a constant: %s", dwarf_errmsg(-1));
	*ret = (uint64_t)upper + 1;
	return NULL;
}

struct dimensions {
	uint64_t counts[DIMENSIONS_MAX];
	size_t size;
};

static struct err *read_dimensions(Dwarf_Die *array, struct dimensions *ret)
{
	struct dwarf_children c;
	struct err *e;

	ret->size = 0;
	for (bool more = dwarf_children_first(&c, array); more; more = dwarf_children_next(&c)) {
		if (dwarf_tag(&c.die) != DW_TAG_subrange_type)
			continue;
		if (ret->size == DIMENSIONS_MAX)
			return err_new(ERR_DATA, "an array of more than %d dimensions", DIMENSIONS_MAX);
		e = dimension_count(&c.die, &ret->counts[ret->size]);
		if (e)
			return e;
		ret->size++;
	}
	e = dwarf_children_end(&c);
	if (!e && !ret->size)
		e = err_new(ERR_DATA, "an array without dimensions");
	return e;
}

static struct err *type_size(Dwarf_Die *type, int depth, uint64_t *ret);

/* Bytes of the array without its first `skip` dimensions: with all of them
 * skipped, of an element. */
static struct err *array_size(Dwarf_Die *array, const struct dimensions *d, size_t skip, int depth,
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
	struct dimensions d;
	struct err *e;
	bool have;

	if (depth > DEPTH_MAX)
		return err_new(ERR_DATA, "types nested more than %d deep", DEPTH_MAX);
	e = read_constant(type, DW_AT_byte_size, &have, ret);
	if (e || have)
		return e;
	switch (dwarf_tag(type)) {
	case DW_TAG_pointer_type:
		*ret = POINTER_SIZE;
		return NULL;
	case DW_TAG_array_type:
		e = read_dimensions(type, &d);
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

/* --- members ------------------------------------------------------------------ */

/* Bytes from the structure's start: a constant, or the expression
 * DW_OP_plus_uconst of DWARF 2. */
static struct err *member_location(Dwarf_Die *member, bool *have, uint64_t *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *expression;
	size_t size;

	*have = dwarf_attr(member, DW_AT_data_member_location, &attribute);
	if (!*have || !dwarf_formudata(&attribute, ret))
		return NULL;
	if (dwarf_getlocation(&attribute, &expression, &size) || size != 1 ||
	    expression[0].atom != DW_OP_plus_uconst)
		return err_new(ERR_DATA, "its place is not a constant");
	*ret = expression[0].number;
	return NULL;
}

/* Bit offset of a bit-field from the structure's start. location: its bytes. */
static struct err *bitfield_place(Dwarf_Die *member, Dwarf_Die *type, uint64_t location,
				  uint64_t width, uint64_t *ret)
{
	uint64_t bit, storage;
	bool have;
	struct err *e = read_constant(member, DW_AT_data_bit_offset, &have, ret);

	if (e || have)
		return e;
	*ret = location * 8;
	e = read_constant(member, DW_AT_bit_offset, &have, &bit);
	if (e || !have)
		return e;
	/* DWARF 2: counted from the most significant bit of a unit of storage. */
	e = read_constant(member, DW_AT_byte_size, &have, &storage);
	if (!e && !have)
		e = dwarf_type_size(type, &storage);
	if (e)
		return e;
	*ret = (location + storage) * 8 - bit - width;
	return NULL;
}

/* What a step along a path has come to. */
struct place {
	Dwarf_Die type;
	uint64_t bytes; /* from the start of the outermost structure */
	uint64_t bits;  /* of a bit-field, the same in bits */
	uint64_t width; /* bits of a bit-field; 0: it is none */
	size_t skip;    /* dimensions of the array `type` that were indexed */
	bool flattened; /* one of several dimensions was indexed */
};

static struct err *read_place(Dwarf_Die *member, uint64_t base, struct place *ret)
{
	uint64_t location = 0, bits = 0;
	bool have_location, is_bits;
	struct place place = { .flattened = ret->flattened };
	struct err *e = member_location(member, &have_location, &location);

	if (e)
		return e;
	if (!dwarf_type_of(member, &place.type))
		return err_new(ERR_DATA, "has no type");
	place.bytes = base + location;
	e = read_constant(member, DW_AT_bit_size, &is_bits, &place.width);
	if (e)
		return e;
	if (is_bits) {
		e = bitfield_place(member, &place.type, location, place.width, &bits);
		if (e)
			return e;
		place.bits = base * 8 + bits;
	}
	*ret = place;
	return NULL;
}

struct search {
	const struct fields_step *step;
	bool found;
	unsigned int left; /* members that may still be looked at */
};

/* Looks for the name among the members and in anonymous structures: no name is
 * there twice, so the order does not matter. */
static struct err *find_member(struct search *s, Dwarf_Die *type, uint64_t base, int depth,
			       struct place *ret)
{
	struct dwarf_children c;
	bool more = dwarf_children_first(&c, type);

	for (; more && !s->found; more = dwarf_children_next(&c)) {
		const char *name = dwarf_diename(&c.die);
		struct place place = { .flattened = ret->flattened };
		struct err *e;

		if (dwarf_tag(&c.die) != DW_TAG_member)
			continue;
		if (!s->left-- || depth > DEPTH_MAX)
			return err_new(ERR_DATA, "structures nested without an end");
		if (name && *name) {
			s->found = strlen(name) == s->step->name_size &&
				   !memcmp(name, s->step->name, s->step->name_size);
			e = s->found ? read_place(&c.die, base, ret) : NULL;
		} else {
			e = read_place(&c.die, base, &place);
			if (!e && !place.width && is_aggregate(&place.type))
				e = find_member(s, &place.type, place.bytes, depth + 1, ret);
		}
		if (e)
			return e;
	}
	return dwarf_children_end(&c);
}

/* One element further into an array. */
static struct err *index_array(struct place *place, uint64_t index, bool *found)
{
	struct dimensions d;
	uint64_t stride;
	struct err *e;

	if (dwarf_tag(&place->type) != DW_TAG_array_type)
		return err_new(ERR_DATA, "is no array");
	e = read_dimensions(&place->type, &d);
	if (!e)
		e = array_size(&place->type, &d, place->skip + 1, 0, &stride);
	if (e)
		return e;
	/* A flexible array has every element. */
	*found = !d.counts[place->skip] || index < d.counts[place->skip];
	place->bytes += index * stride;
	place->flattened |= d.size > 1;
	if (++place->skip == d.size) {
		place->skip = 0;
		if (!dwarf_type_of(&place->type, &place->type))
			return err_new(ERR_DATA, "is an array of nothing");
	}
	return NULL;
}

static struct err *take_step(struct place *place, const struct fields_step *step, bool *found)
{
	struct search search = { .step = step, .left = SEARCH_MAX };
	Dwarf_Die type = place->type;
	struct err *e;

	*found = false;
	if (!step->name)
		return index_array(place, step->index, found);
	if (place->width || place->skip || !is_aggregate(&place->type))
		return err_new(ERR_DATA, "'%.*s' is looked for in something that is no structure",
			       (int)step->name_size, step->name);
	e = find_member(&search, &type, place->bytes, 0, place);
	*found = search.found;
	return e;
}

static struct err *measure(struct place *place, struct layout_member *member)
{
	struct dimensions d;
	struct err *e;

	member->not_in_btf = place->flattened;
	if (place->width) {
		member->is_bits = true;
		member->offset = place->bits;
		member->length = place->width;
		return NULL;
	}
	member->offset = place->bytes;
	if (dwarf_tag(&place->type) != DW_TAG_array_type)
		return dwarf_type_size(&place->type, &member->length);
	e = read_dimensions(&place->type, &d);
	if (e)
		return e;
	member->is_array = true;
	member->count = d.counts[place->skip];
	return array_size(&place->type, &d, place->skip, 0, &member->length);
}

struct err *dwarf_type_path(Dwarf_Die *type, const char *path, struct layout_member *member,
			    size_t *missing_at)
{
	struct place place = { .type = *type };
	const char *p = path, *before = path;
	struct fields_step step;
	bool found = false;

	for (; fields_step(&p, &step); before = p) {
		struct err *e = take_step(&place, &step, &found);

		if (e)
			return e;
		if (!found) {
			*missing_at = (size_t)(before - path);
			return NULL;
		}
	}
	member->have = true;
	return measure(&place, member);
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
		*ret = (struct layout_value){ .have = true, .bits = bits, .roads = ROAD_DWARF };
		ret->negative = bits >> 63 && (form == DW_FORM_sdata || form == DW_FORM_implicit_const);
		return NULL;
	}
	return dwarf_children_end(&c);
}
