#include "kernel-src/infer/shapes.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "recover/parse/btf.h"

#define DEPTH_MAX 16	   /* typedefs on typedefs, structures in structures */
#define MEMBERS_MAX 200000 /* of one structure with all that it holds without a name */

static void shape_deinit(void *element)
{
	table_deinit(&((struct shape *)element)->members, NULL);
}

void shapes_deinit(struct shapes *s)
{
	table_deinit(&s->table, shape_deinit);
	table_deinit(&s->lists, NULL);
}

size_t shapes_count(const struct shapes *s)
{
	return s->table.count;
}

const struct shape *shapes_at(const struct shapes *s, size_t index)
{
	return s->table.list[index];
}

const struct shape_member *shape_member_at(const struct shape *shape, size_t index)
{
	return shape->members.list[index];
}

/* --- the source ------------------------------------------------------------------------------ */

/* The key of a structure (s), an enum with a tag (e), or one without (a), whose name is its first
 * enumerator's. */
static void shape_key(char kind, const char *name, size_t size, struct buf *b)
{
	buf_clear(b);
	buf_addf(b, "%s%.*s", kind == 's' ? "" : kind == 'e' ? "enum " : "enum with ", (int)size, name);
}

static struct shape *add_shape(struct shapes *s, char kind, const char *line, size_t size)
{
	CLEANUP(buf_deinit) struct buf key = BUF_INIT;
	const char *blank = memchr(line, ' ', size);
	size_t name = blank ? (size_t)(blank - line) : size;
	struct shape *shape;

	shape_key(kind, line, name, &key);
	shape = table_get(&s->table, buf_str(&key), key.size, sizeof(*shape));
	shape->definitions++;
	shape->condition = line + name;
	shape->condition_size = size - name;
	return shape;
}

/* kind: m or x, as in members.h. */
static void add_member(struct shape *shape, char kind, const char *line, size_t size)
{
	const char *blank = memchr(line, ' ', size);
	size_t name = blank ? (size_t)(blank - line) : size;
	struct shape_member *m = table_get(&shape->members, line, name, sizeof(*m));

	m->times++;
	m->clear = kind == 'm';
	m->condition = line + name;
	m->condition_size = size - name;
}

void shapes_read(struct shapes *s, const char *definitions)
{
	struct shape *shape = NULL;
	bool first = false; /* the shape has no members so far */

	for (const char *line = definitions; *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n");

		if (length > 2 && line[1] == ' ') {
			if (strchr("sea", *line)) {
				shape = add_shape(s, *line, line + 2, length - 2);
				first = true;
			} else if (*line == 'p') {
				table_get(&s->lists, line + 2, length - 2, sizeof(struct table_key));
			} else if (strchr("mx", *line) && shape) {
				shape->listed += first;
				first = false;
				add_member(shape, *line, line + 2, length - 2);
			}
		}
		line += length;
	}
}

/* --- BTF ------------------------------------------------------------------------------------------ */

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* The structure or union behind typedefs and qualifiers; NULL: the type is none. */
static const struct btf_type *composite(const struct btf *btf, uint32_t id)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (!type || btf_is_composite(type))
			return type;
		if (!btf_is_mod(type) && !btf_is_typedef(type) && !btf_is_type_tag(type))
			return NULL;
		id = type->type;
	}
	return NULL;
}

static void mark(struct shape *shape, const char *name)
{
	struct shape_member *m = table_find(&shape->members, name, strlen(name));

	if (m)
		m->there = true;
}

/* Marks the members of a type, and those of what it holds without a name. left: how many more there
 * may be. */
static struct err *mark_members(const struct btf *btf, struct shape *shape,
				const struct btf_type *type, int depth, size_t *left)
{
	for (uint16_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *m = btf_members(type) + i;
		const char *name = name_at(btf, m->name_off);
		const struct btf_type *inner = *name ? NULL : composite(btf, m->type);

		if (!*left || depth > DEPTH_MAX)
			return err_new(ERR_DATA, "BTF: %s: members nested without an end", shape->key.name);
		--*left;
		mark(shape, name);
		if (inner) {
			struct err *e = mark_members(btf, shape, inner, depth + 1, left);

			if (e)
				return e;
		}
	}
	return NULL;
}

static const char *enumerator(const struct btf *btf, const struct btf_type *type, uint16_t index)
{
	if (btf_is_enum(type))
		return name_at(btf, btf_enum(type)[index].name_off);
	return name_at(btf, btf_enum64(type)[index].name_off);
}

/* The shape of this kind and name, if the source has members of it. */
static struct shape *find_shape(struct shapes *s, char kind, const char *name)
{
	CLEANUP(buf_deinit) struct buf key = BUF_INIT;
	struct shape *shape;

	shape_key(kind, name, strlen(name), &key);
	shape = table_find(&s->table, buf_str(&key), key.size);
	if (!shape || !shape->members.count)
		return NULL;
	shape->there = true;
	return shape;
}

static void mark_enum(struct shapes *s, const struct btf *btf, const struct btf_type *type)
{
	const char *name = name_at(btf, type->name_off);
	struct shape *shape = *name ? find_shape(s, 'e', name) :
				      find_shape(s, 'a', enumerator(btf, type, 0));

	for (uint16_t i = 0; shape && i < btf_vlen(type); i++)
		mark(shape, enumerator(btf, type, i));
}

static struct err *mark_type(struct shapes *s, const struct btf *btf, const struct btf_type *type)
{
	const char *name = name_at(btf, type->name_off);
	const struct btf_type *inside = btf_is_composite(type) ? type : NULL;
	size_t left = MEMBERS_MAX;
	struct shape *shape;

	if (btf_is_any_enum(type) && btf_vlen(type)) {
		mark_enum(s, btf, type);
		return NULL;
	}
	if (btf_is_typedef(type)) { /* of a structure without a tag */
		inside = btf__type_by_id(btf, type->type);
		if (inside && (!btf_is_composite(inside) || *name_at(btf, inside->name_off)))
			inside = NULL;
	}
	if (!inside || !*name)
		return NULL;
	shape = find_shape(s, 's', name);
	return shape ? mark_members(btf, shape, inside, 0, &left) : NULL;
}

struct err *shapes_mark(struct shapes *s, const void *bytes, size_t size)
{
	CLEANUP(free_btf) struct btf *btf = NULL;
	struct btf_blob blob;
	struct err *e = btf_check(bytes, size, &blob);

	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		return err_new(ERR_DATA, "no BTF");
	}
	if (e)
		return e;
	btf = btf__new(bytes, (uint32_t)blob.size);
	if (!btf)
		return err_new(ERR_DATA, "damaged BTF: %s", strerror(errno));
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		e = mark_type(s, btf, btf__type_by_id(btf, id));
		if (e)
			return e;
	}
	return NULL;
}

/* --- both ------------------------------------------------------------------------------------------- */

bool shape_member_is_conditional(const struct shape_member *m)
{
	bool unknown = m->condition_size == 2 && m->condition[1] == '?';

	return m->clear && m->times == 1 && m->condition_size && !unknown;
}

/* Whether the member depends on no option that the shape does not depend on itself. */
static bool is_always_there(const struct shape *shape, const struct shape_member *m)
{
	return m->clear && m->times == 1 && m->condition_size == shape->condition_size &&
	       !memcmp(m->condition, shape->condition, m->condition_size);
}

bool shape_is_known(const struct shape *shape)
{
	size_t always = 0;

	if (!shape->there || shape->definitions != 1 || !shape->listed)
		return false;
	for (size_t i = 0; i < shape->members.count; i++) {
		const struct shape_member *m = shape_member_at(shape, i);

		if (!is_always_there(shape, m))
			continue;
		if (!m->there)
			return false;
		always++;
	}
	return always > 0;
}

bool shapes_is_missing(const struct shapes *s, const struct shape_member *m)
{
	return shape_member_is_conditional(m) && !m->there &&
	       !table_find(&s->lists, m->key.name, m->key.size);
}
