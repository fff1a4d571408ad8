#include "recover/parse/btf.h"

#include <stdbool.h>
#include <string.h>

#include "base/view.h"

#define HEADER_SIZE 24u
#define TYPE_SIZE 12u
#define KIND_ARRAY 3u
#define KIND_STRUCT 4u
#define KIND_MAX 19u

/* What follows a type of each kind: how many bytes, VLEN times or once; where in these bytes a string
 * and a type are referred to (NONE: nowhere); and whether the type's own last word is a type, where
 * other kinds have a size. */
#define NONE 0xffu
static const struct kind {
	const char *name;
	uint8_t size;
	bool repeated;
	uint8_t string, type;
	bool refers;
} kinds[KIND_MAX + 1] = {
	[1] = { "int", 4, false, NONE, NONE, false },
	[2] = { "pointer", 0, false, NONE, NONE, true },
	[3] = { "array", 12, false, NONE, 0, false },
	[4] = { "struct", 12, true, 0, 4, false },
	[5] = { "union", 12, true, 0, 4, false },
	[6] = { "enum", 8, true, 0, NONE, false },
	[7] = { "forward", 0, false, NONE, NONE, false },
	[8] = { "typedef", 0, false, NONE, NONE, true },
	[9] = { "volatile", 0, false, NONE, NONE, true },
	[10] = { "const", 0, false, NONE, NONE, true },
	[11] = { "restrict", 0, false, NONE, NONE, true },
	[12] = { "function", 0, false, NONE, NONE, true },
	[13] = { "prototype", 8, true, 0, 4, true },
	[14] = { "variable", 4, false, NONE, NONE, true },
	[15] = { "section", 12, true, NONE, 0, false },
	[16] = { "float", 0, false, NONE, NONE, false },
	[17] = { "declaration tag", 4, false, NONE, NONE, true },
	[18] = { "type tag", 0, false, NONE, NONE, true },
	[19] = { "enum64", 12, true, 0, NONE, false },
};

struct parts {
	const uint8_t *types, *strings;
	uint32_t types_size, strings_size;
	uint32_t count; /* types, without void */
	bool has_task_struct;
};

struct type {
	uint32_t id, name, info, size_or_type;
	const struct kind *kind;
	const uint8_t *extra; /* the bytes that its kind adds */
	uint32_t extras, extra_size;
};

static struct err *header_check(const uint8_t *data, size_t size, struct parts *p, size_t *whole)
{
	uint64_t type_off, type_len, str_off, str_len, end;

	if (size < HEADER_SIZE || memcmp(data, BTF_NEEDLE, BTF_NEEDLE_SIZE))
		return err_new(ERR_ABSENT, "no BTF header");
	type_off = load_u32(data + 8);
	type_len = load_u32(data + 12);
	str_off = load_u32(data + 16);
	str_len = load_u32(data + 20);
	end = HEADER_SIZE + str_off + str_len;
	if (end < HEADER_SIZE + type_off + type_len)
		end = HEADER_SIZE + type_off + type_len;
	if (end > BTF_SIZE_MAX || end > size)
		return err_new(ERR_DATA, "BTF: %ju bytes, of %zu that are there",
			       (uintmax_t)end, size);
	if (type_off + type_len > str_off || type_off % 4 || type_len % 4)
		return err_new(ERR_DATA, "BTF: types at %#jx+%#jx, strings at %#jx",
			       (uintmax_t)type_off, (uintmax_t)type_len, (uintmax_t)str_off);
	p->types = data + HEADER_SIZE + type_off;
	p->types_size = (uint32_t)type_len;
	p->strings = data + HEADER_SIZE + str_off;
	p->strings_size = (uint32_t)str_len;
	if (!str_len || p->strings[0] || p->strings[str_len - 1])
		return err_new(ERR_DATA, "BTF: strings neither begin nor end with a NUL");
	*whole = (size_t)end;
	return NULL;
}

/* Reads the type at *at and moves *at behind it. */
static struct err *type_next(const struct parts *p, uint32_t id, uint32_t *at, struct type *t)
{
	const uint8_t *data = p->types + *at;
	uint32_t left = p->types_size - *at, kind;

	if (left < TYPE_SIZE)
		return err_new(ERR_DATA, "BTF: type %u is cut off", id);
	*t = (struct type){ .id = id, .name = load_u32(data), .info = load_u32(data + 4),
			    .size_or_type = load_u32(data + 8), .extra = data + TYPE_SIZE };
	kind = t->info >> 24 & 0x1f;
	if (kind > KIND_MAX || !kinds[kind].name)
		return err_new(ERR_DATA, "BTF: type %u is of unknown kind %u", id, kind);
	t->kind = &kinds[kind];
	t->extras = !t->kind->repeated ? 1 : t->info & 0xffff;
	t->extra_size = t->extras * t->kind->size;
	if (t->extra_size > left - TYPE_SIZE)
		return err_new(ERR_DATA, "BTF: %s %u is cut off", t->kind->name, id);
	*at += TYPE_SIZE + t->extra_size;
	return NULL;
}

static struct err *types_count(struct parts *p)
{
	uint32_t at = 0;
	struct type t;

	while (at < p->types_size) {
		struct err *e = type_next(p, p->count + 1, &at, &t);

		if (e)
			return e;
		p->count++;
	}
	return NULL;
}

static struct err *refers_check(const struct type *t, const char *what, uint32_t to,
				uint32_t limit)
{
	if (to < limit)
		return NULL;
	return err_new(ERR_DATA, "BTF: %s %u refers to %s %u, which is not there", t->kind->name,
		       t->id, what, to);
}

static struct err *string_check(const struct parts *p, const struct type *t, uint32_t to)
{
	return refers_check(t, "string", to, p->strings_size);
}

static struct err *reference_check(const struct parts *p, const struct type *t, uint32_t to)
{
	return refers_check(t, "type", to, p->count + 1);
}

static struct err *extra_check(const struct parts *p, const struct type *t, const uint8_t *extra)
{
	const struct kind *kind = t->kind;
	struct err *e;

	if (kind->string != NONE) {
		e = string_check(p, t, load_u32(extra + kind->string));
		if (e)
			return e;
	}
	if (kind->type != NONE) {
		e = reference_check(p, t, load_u32(extra + kind->type));
		if (e)
			return e;
	}
	/* an array has the type of its index as well, at 4 */
	return kind == &kinds[KIND_ARRAY] ? reference_check(p, t, load_u32(extra + 4)) : NULL;
}

static struct err *type_check(const struct parts *p, const struct type *t)
{
	uint32_t extras = t->kind->size ? t->extras : 0;
	struct err *e = string_check(p, t, t->name);

	if (e)
		return e;
	if (t->kind->refers) {
		e = reference_check(p, t, t->size_or_type);
		if (e)
			return e;
	}
	for (uint32_t i = 0; i < extras; i++) {
		e = extra_check(p, t, t->extra + i * t->kind->size);
		if (e)
			return e;
	}
	return NULL;
}

static struct err *types_check(struct parts *p)
{
	uint32_t at = 0;

	for (uint32_t id = 1; id <= p->count; id++) {
		struct type t;
		struct err *e = type_next(p, id, &at, &t);

		if (e)
			return e;
		e = type_check(p, &t);
		if (e)
			return e;
		p->has_task_struct |= t.kind == &kinds[KIND_STRUCT] && t.extras &&
				      !strcmp((const char *)p->strings + t.name, "task_struct");
	}
	return NULL;
}

struct err *btf_check(const uint8_t *data, size_t size, struct btf_blob *ret)
{
	struct parts p = { .count = 0 };
	size_t whole = 0;
	struct err *e = header_check(data, size, &p, &whole);

	if (e)
		return e;
	e = types_count(&p);
	if (e)
		return e;
	e = types_check(&p);
	if (e)
		return e;
	if (!p.has_task_struct)
		return err_new(ERR_DATA, "BTF: no task_struct among %u types", p.count);
	*ret = (struct btf_blob){ whole, p.count };
	return NULL;
}

/* --- the live one ------------------------------------------------------------- */

/* Checks the BTF that fills the `room` bytes at data: __stop_BTF follows it, but for alignment. */
static struct err *check_whole(const uint8_t *data, size_t room, struct btf_blob *ret)
{
	struct err *e = btf_check(data, room, ret);

	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		return err_new(ERR_DATA, "no BTF header");
	}
	if (!e && room - ret->size >= 8)
		return err_new(ERR_DATA, "BTF: %zu bytes in a place of %zu", ret->size, room);
	return e;
}

/* The BTF that the symbols of the image enclose. */
static struct err *find_by_symbols(const uint8_t *image, size_t size, struct kaddr image_va,
				   const struct kallsyms *k, size_t *offset, struct btf_blob *ret)
{
	struct kaddr start, stop;
	struct err *e = kallsyms_lookup(k, "__start_BTF", &start);

	if (e)
		return e;
	e = kallsyms_lookup(k, "__stop_BTF", &stop);
	if (e)
		return e;
	if (start.v == stop.v)
		return err_new(ERR_ABSENT, "BTF: the kernel was built without");
	if (start.v > stop.v || start.v - image_va.v > size || stop.v - image_va.v > size)
		return err_new(ERR_DATA, "BTF: %#jx to %#jx is not in the image",
			       (uintmax_t)start.v, (uintmax_t)stop.v);
	*offset = (size_t)(start.v - image_va.v);
	e = check_whole(image + *offset, (size_t)(stop.v - start.v), ret);
	return err_in(e, "__start_BTF at %#zx in the image", *offset);
}

/* Each check may take as long as the image is large. Without this limit a hostile image full of
 * headers would take the square of its size. */
#define CANDIDATES_MAX 64

static struct err *find_by_header(const uint8_t *image, size_t size, size_t *offset,
				  struct btf_blob *ret)
{
	const uint8_t *at = image, *end = image + size;
	unsigned found = 0, tried = 0;

	while (size && (at = memmem(at, (size_t)(end - at), BTF_NEEDLE, BTF_NEEDLE_SIZE))) {
		struct btf_blob blob;
		struct err *e = btf_check(at, (size_t)(end - at), &blob);

		if (++tried > CANDIDATES_MAX) {
			err_discard(e);
			return err_new(ERR_DATA, "BTF: more than %u headers in the image",
				       CANDIDATES_MAX);
		}
		if (!e && found++)
			return err_new(ERR_DATA, "BTF: one at %#zx and one at %#zx in the image",
				       *offset, (size_t)(at - image));
		if (!e) {
			*offset = (size_t)(at - image);
			*ret = blob;
		}
		err_discard(e);
		at += BTF_NEEDLE_SIZE;
	}
	return found ? NULL : err_new(ERR_ABSENT, "BTF: none in the image");
}

/* Whether the symbols say where the BTF begins, even if not clearly. */
static bool say_where(const struct kallsyms *k)
{
	struct kaddr start;
	struct err *e = k ? kallsyms_lookup(k, "__start_BTF", &start) : NULL;
	bool said = k && (!e || err_code(e) != ERR_ABSENT);

	err_discard(e);
	return said;
}

struct err *btf_find(const uint8_t *image, size_t size, struct kaddr image_va,
		     const struct kallsyms *k, size_t *offset, struct btf_blob *ret)
{
	struct btf_blob blob;
	size_t at = 0;
	struct err *e = say_where(k) ? find_by_symbols(image, size, image_va, k, &at, &blob) :
				       find_by_header(image, size, &at, &blob);

	if (e)
		return e;
	*offset = at;
	*ret = blob;
	return NULL;
}
