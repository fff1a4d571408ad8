#include "offsets/dwarf_path.h"

#include <dwarf.h>
#include <string.h>

#include "offsets/dwarf_type.h"

#define DEPTH_MAX 32      /* structures in structures */
#define SEARCH_MAX 100000 /* members looked at for one name */

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

/* Bit offset of a bit-field from the structure's start, at byte `location` of which it stands. Since DWARF 4
 * a compiler says it with DW_AT_data_bit_offset, from the least significant bit on. DWARF 2 and 3 count from
 * the most significant bit of a unit of storage. */
static struct err *bitfield_place(Dwarf_Die *member, Dwarf_Die *type, uint64_t location,
				  uint64_t width, uint64_t *ret)
{
	uint64_t bit, storage = 0;
	bool have;
	struct err *e = dwarf_type_constant(member, DW_AT_data_bit_offset, &have, ret);

	if (e || have)
		return e;
	*ret = location * 8;
	e = dwarf_type_constant(member, DW_AT_bit_offset, &have, &bit);
	if (e || !have)
		return e;
	e = dwarf_type_constant(member, DW_AT_byte_size, &have, &storage);
	if (e)
		return e;
	if (!have) {
		e = dwarf_type_size(type, &storage);
		if (e)
			return e;
	}
	*ret = (location + storage) * 8 - bit - width;
	return NULL;
}

/* Where a step along a path has come to. */
struct place {
	Dwarf_Die type;
	uint64_t bytes; /* from the start of the outermost structure */
	uint64_t bits;  /* of a bit-field, the same in bits */
	uint64_t width; /* bits of a bit-field; 0: another member */
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
	e = dwarf_type_constant(member, DW_AT_bit_size, &is_bits, &place.width);
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

static struct err *find_member(struct search *s, Dwarf_Die *type, uint64_t base, int depth,
			       struct place *ret);

/* The members of an anonymous structure or union are looked for as its owner's. */
static struct err *find_in_anonymous(struct search *s, Dwarf_Die *member, uint64_t base, int depth,
				     struct place *ret)
{
	struct place place = { .flattened = ret->flattened };
	struct err *e = read_place(member, base, &place);

	if (e || place.width || !dwarf_type_is_aggregate(&place.type))
		return e;
	return find_member(s, &place.type, place.bytes, depth + 1, ret);
}

/* Looks for the name among the members and in anonymous structures. C allows a name only once in all of
 * them, so the order does not matter. */
static struct err *find_member(struct search *s, Dwarf_Die *type, uint64_t base, int depth,
			       struct place *ret)
{
	struct dwarf_children c;
	bool more = dwarf_children_first(&c, type);

	for (; more && !s->found; more = dwarf_children_next(&c)) {
		const char *name = dwarf_diename(&c.die);
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
			e = find_in_anonymous(s, &c.die, base, depth, ret);
		}
		if (e)
			return e;
	}
	return dwarf_children_end(&c);
}

/* One element further into an array. */
static struct err *index_array(struct place *place, uint64_t index, bool *found)
{
	struct dwarf_dimensions d;
	uint64_t stride;
	struct err *e;

	if (dwarf_tag(&place->type) != DW_TAG_array_type)
		return err_new(ERR_DATA, "is no array");
	e = dwarf_type_dimensions(&place->type, &d);
	if (e)
		return e;
	e = dwarf_type_array_size(&place->type, &d, place->skip + 1, &stride);
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
	if (place->width || place->skip || !dwarf_type_is_aggregate(&place->type))
		return err_new(ERR_DATA, "'%.*s' is looked for in something that is no structure",
			       (int)step->name_size, step->name);
	e = find_member(&search, &type, place->bytes, 0, place);
	*found = search.found;
	return e;
}

static struct err *measure(struct place *place, struct layout_member *member)
{
	struct dwarf_dimensions d;
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
	e = dwarf_type_dimensions(&place->type, &d);
	if (e)
		return e;
	member->is_array = true;
	member->count = d.counts[place->skip];
	return dwarf_type_array_size(&place->type, &d, place->skip, &member->length);
}

struct err *dwarf_path_follow(Dwarf_Die *type, const char *path, struct layout_member *member,
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
