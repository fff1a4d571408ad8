#include "offsets/layout_btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define DEPTH_MAX 32       /* typedefs on typedefs, structures in structures */
#define SEARCH_MAX 20000   /* members looked at for one name */
#define POINTER_SIZE 8
#define HEADER_SIZE 24 /* as kernels have it; newer headers declare a longer struct btf_header */

struct layout_btf {
	struct btf *btf;
	char *name;
};

void layout_btf_free(struct layout_btf *b)
{
	if (!b)
		return;
	btf__free(b->btf);
	free(b->name);
	free(b);
}

/* libbpf skips as many bytes as the header says it has, but measures what follows
 * as if the header had libbpf's own size. So only that size is let through. */
static bool is_header(const void *bytes, size_t size)
{
	struct btf_header header;

	if (size < HEADER_SIZE || size > BTF_FILE_MAX)
		return false;
	memcpy(&header, bytes, HEADER_SIZE);
	return header.magic == BTF_MAGIC && header.version == BTF_VERSION &&
	       header.hdr_len == HEADER_SIZE;
}

struct err *layout_btf_new(const char *name, const void *bytes, size_t size,
			   struct layout_btf **ret)
{
	CLEANUP(layout_btf_freep) struct layout_btf *b = xcalloc(1, sizeof(*b));

	if (!is_header(bytes, size))
		return err_new(ERR_DATA, "%s: no BTF of version 1 for a little-endian machine", name);
	b->name = xstrdup(name);
	b->btf = btf__new(bytes, (uint32_t)size);
	if (!b->btf)
		return err_new(ERR_DATA, "%s: damaged BTF: %s", name, strerror(errno));
	*ret = TAKE(b);
	return NULL;
}

static const char *name_at(const struct layout_btf *b, uint32_t offset)
{
	const char *name = btf__name_by_offset(b->btf, offset);

	return name ? name : "";
}

static bool is_kind(const struct btf_type *type, enum fields_kind kind)
{
	switch (kind) {
	case FIELDS_STRUCT:
		return btf_is_struct(type);
	case FIELDS_UNION:
		return btf_is_union(type);
	case FIELDS_ENUM:
		return btf_is_any_enum(type) && btf_vlen(type);
	}
	return false;
}

uint32_t layout_btf_find(const struct layout_btf *b, enum fields_kind kind, const char *tag,
			 uint32_t id)
{
	while (++id < btf__type_cnt(b->btf)) {
		const struct btf_type *type = btf__type_by_id(b->btf, id);

		if (type && is_kind(type, kind) && !strcmp(name_at(b, type->name_off), tag))
			return id;
	}
	return 0;
}

static struct err *damaged(const struct layout_btf *b, const char *what)
{
	return err_new(ERR_DATA, "%s: damaged BTF: %s", b->name, what);
}

/* The type without typedefs and qualifiers; NULL when there is none. */
static const struct btf_type *peel(const struct layout_btf *b, uint32_t id)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct btf_type *type = btf__type_by_id(b->btf, id);

		if (!type || !(btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type)))
			return type;
		id = type->type;
	}
	return NULL;
}

static struct err *type_size(const struct layout_btf *b, const struct btf_type *type, int depth,
			     uint64_t *ret)
{
	struct err *e;

	if (!type || depth > DEPTH_MAX)
		return damaged(b, type ? "types nested without an end" : "a reference to no type");
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		*ret = type->size;
		return NULL;
	case BTF_KIND_PTR:
		*ret = POINTER_SIZE;
		return NULL;
	case BTF_KIND_ARRAY:
		e = type_size(b, peel(b, btf_array(type)->type), depth + 1, ret);
		if (e)
			return e;
		if (__builtin_mul_overflow(*ret, btf_array(type)->nelems, ret))
			return damaged(b, "an array larger than memory");
		return NULL;
	}
	return damaged(b, "a member that is no object");
}

/* --- members ------------------------------------------------------------------- */

struct place {
	const struct btf_type *type;
	uint64_t bits;  /* from the start of the outermost structure */
	uint64_t width; /* bits of a bit-field; 0: another member */
};

struct search {
	const struct fields_step *step;
	bool found;
	unsigned int left; /* members that may still be looked at */
};

static struct place member_place(const struct layout_btf *b, const struct btf_type *parent,
				 uint32_t i, uint64_t base)
{
	struct place place = {
		.type = peel(b, btf_members(parent)[i].type),
		.bits = base + btf_member_bit_offset(parent, i),
		.width = btf_member_bitfield_size(parent, i),
	};

	/* Before 4.20 a bit-field had an integer type of its own, whose width was the field's. */
	if (!btf_kflag(parent) && place.type && btf_is_int(place.type) &&
	    btf_int_bits(place.type) != place.type->size * 8) {
		place.width = btf_int_bits(place.type);
		place.bits += btf_int_offset(place.type);
	}
	return place;
}

static struct err *find_member(const struct layout_btf *b, struct search *s,
			       const struct btf_type *parent, uint64_t base, int depth,
			       struct place *ret)
{
	for (uint32_t i = 0; i < btf_vlen(parent) && !s->found; i++) {
		const char *name = name_at(b, btf_members(parent)[i].name_off);
		struct place place = member_place(b, parent, i, base);
		struct err *e;

		if (!s->left-- || depth > DEPTH_MAX)
			return damaged(b, "structures nested without an end");
		if (*name) {
			s->found = !strncmp(name, s->step->name, s->step->name_size) &&
				   !name[s->step->name_size];
			if (s->found)
				*ret = place;
		} else if (place.type && btf_is_composite(place.type) && !place.width) {
			e = find_member(b, s, place.type, place.bits, depth + 1, ret);
			if (e)
				return e;
		}
	}
	return NULL;
}

static struct err *take_step(const struct layout_btf *b, struct place *place,
			     const struct fields_step *step, bool *found)
{
	struct search s = { .step = step, .left = SEARCH_MAX };
	const struct btf_type *type = place->type;
	uint64_t size;
	struct err *e;

	*found = false;
	if (!type || place->width)
		return NULL;
	if (step->name) {
		e = btf_is_composite(type) ? find_member(b, &s, type, place->bits, 0, place) : NULL;
		*found = s.found;
		return e;
	}
	if (!btf_is_array(type))
		return NULL;
	place->type = peel(b, btf_array(type)->type);
	e = type_size(b, place->type, 0, &size);
	place->bits += step->index * size * 8;
	*found = !btf_array(type)->nelems || step->index < btf_array(type)->nelems;
	return e;
}

static struct err *read_path(const struct layout_btf *b, const struct btf_type *type,
			     const char *path, struct layout_member *ret)
{
	struct place place = { .type = type };
	struct fields_step step;
	struct err *e;
	bool found;

	while (fields_step(&path, &step)) {
		e = take_step(b, &place, &step, &found);
		if (e || !found)
			return e;
	}
	ret->have = true;
	ret->is_bits = place.width;
	ret->offset = place.width ? place.bits : place.bits / 8;
	if (place.width) {
		ret->length = place.width;
		return NULL;
	}
	ret->is_array = place.type && btf_is_array(place.type);
	ret->count = ret->is_array ? btf_array(place.type)->nelems : 0;
	return type_size(b, place.type, 0, &ret->length);
}

/* --- enumerators ---------------------------------------------------------------- */

static struct layout_value value_at(const struct btf_type *type, uint32_t i)
{
	struct layout_value v = { .have = true, .derived = DERIVED_BTF };

	if (btf_is_enum64(type)) {
		v.bits = btf_enum64_value(&btf_enum64(type)[i]);
		v.negative = btf_kflag(type) && v.bits >> 63;
	} else if (btf_kflag(type) || !(btf_enum(type)[i].val >> 31 & 1)) {
		v.bits = (uint64_t)(int64_t)btf_enum(type)[i].val;
		v.negative = v.bits >> 63;
	} else {
		/* Signed or not: layout_btf_agrees() */
		v.bits = (uint32_t)btf_enum(type)[i].val;
	}
	return v;
}

static uint32_t value_name(const struct btf_type *type, uint32_t i)
{
	return btf_is_enum64(type) ? btf_enum64(type)[i].name_off : btf_enum(type)[i].name_off;
}

static struct layout_value find_value(const struct layout_btf *b, const struct btf_type *type,
				      const char *name)
{
	for (uint32_t i = 0; i < btf_vlen(type); i++)
		if (!strcmp(name_at(b, value_name(type, i)), name))
			return value_at(type, i);
	return (struct layout_value){ .have = false };
}

bool layout_btf_agrees(const struct layout_value *btf, const struct layout_value *value)
{
	return btf->bits == value->bits || (value->negative && btf->bits == (uint32_t)value->bits);
}

void layout_btf_enumerator(const struct layout_btf *b, const char *name,
			   const struct layout_value *value, struct layout_value *ret)
{
	*ret = (struct layout_value){ .have = false };
	for (uint32_t id = 1; id < btf__type_cnt(b->btf); id++) {
		const struct btf_type *type = btf__type_by_id(b->btf, id);
		struct layout_value v;

		if (!type || !btf_is_any_enum(type))
			continue;
		v = find_value(b, type, name);
		if (v.have && (!ret->have || layout_btf_agrees(&v, value)))
			*ret = v;
		if (ret->have && layout_btf_agrees(ret, value))
			return;
	}
}

/* The first of a member's alternatives that exists. */
static struct err *read_member(const struct layout_btf *b, const struct btf_type *type, enum fields_kind kind,
			       const struct fields_member *field, struct layout_member *m)
{
	for (size_t i = 0; i < field->path_count && !m->have; i++) {
		if (kind == FIELDS_ENUM) {
			m->value = find_value(b, type, field->paths[i]);
			m->have = m->value.have;
		} else {
			struct err *e = read_path(b, type, field->paths[i], m);

			if (e)
				return e;
		}
		m->choice = m->have ? i : 0;
	}
	return NULL;
}

struct err *layout_btf_type(const struct layout_btf *b, uint32_t id,
			    const struct fields_type *field, struct layout_type *ret)
{
	const struct btf_type *type = btf__type_by_id(b->btf, id);

	if (!type)
		return damaged(b, "a reference to no type");
	ret->have = true;
	ret->size = type->size;
	for (size_t k = 0; k < field->member_count; k++) {
		struct err *e = read_member(b, type, field->kind, &field->members[k], &ret->members[k]);

		if (e)
			return e;
	}
	return NULL;
}
