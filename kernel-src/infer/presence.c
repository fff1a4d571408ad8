#include "kernel-src/infer/presence.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/table.h"
#include "recover/parse/btf.h"

#define DEPTH_MAX 16	    /* typedefs on typedefs, structures in structures */
#define MEMBERS_MAX 200000 /* of one structure with all it holds without a name */

struct member {
	struct table_key key;
	size_t times; /* in the source, under this name */
	bool clear, there;
	const char *condition; /* text, up to the end of its line */
	size_t condition_size;
};

/* A structure, union or enum. */
struct shape {
	struct table_key key; /* "enum zone_type"; "enum" alone is no tag */
	size_t definitions, listed; /* listed: that have members here; others depend on no option */
	struct table members;
	const char *condition; /* text of all of it, where there is one definition */
	size_t condition_size;
	bool there;
};

struct presence {
	struct table shapes, lists; /* lists: macros that may stand for several enumerators */
	struct btf *btf;
};

static void shape_deinit(void *element)
{
	table_deinit(&((struct shape *)element)->members, NULL);
}

void presence_free(struct presence *p)
{
	if (!p)
		return;
	table_deinit(&p->shapes, shape_deinit);
	table_deinit(&p->lists, NULL);
	btf__free(p->btf);
	free(p);
}

/* --- the source ------------------------------------------------------------------------------ */

static void shape_key(char kind, const char *name, size_t size, struct buf *b)
{
	buf_clear(b);
	buf_addf(b, "%s%.*s", kind == 's' ? "" : kind == 'e' ? "enum " : "enum with ", (int)size, name);
}

static struct shape *add_shape(struct presence *p, char kind, const char *line, size_t size)
{
	CLEANUP(buf_deinit) struct buf key = BUF_INIT;
	const char *blank = memchr(line, ' ', size);
	size_t name = blank ? (size_t)(blank - line) : size;
	struct shape *shape;

	shape_key(kind, line, name, &key);
	shape = table_get(&p->shapes, buf_str(&key), key.size, sizeof(*shape));
	shape->definitions++;
	shape->condition = line + name;
	shape->condition_size = size - name;
	return shape;
}

static void add_member(struct shape *shape, char kind, const char *line, size_t size)
{
	const char *blank = memchr(line, ' ', size);
	size_t name = blank ? (size_t)(blank - line) : size;
	struct member *m = table_get(&shape->members, line, name, sizeof(*m));

	m->times++;
	m->clear = kind == 'm';
	m->condition = line + name;
	m->condition_size = size - name;
}

static void read_members(struct presence *p, const char *text)
{
	struct shape *shape = NULL;
	bool first = false;

	for (; *text; text += *text == '\n') {
		size_t n = strcspn(text, "\n");

		if (n > 2 && text[1] == ' ') {
			if (strchr("sea", *text)) {
				shape = add_shape(p, *text, text + 2, n - 2);
				first = true;
			} else if (*text == 'p') {
				table_get(&p->lists, text + 2, n - 2, sizeof(struct table_key));
			} else if (strchr("mx", *text) && shape) {
				shape->listed += first;
				first = false;
				add_member(shape, *text, text + 2, n - 2);
			}
		}
		text += n;
	}
}

/* --- BTF ------------------------------------------------------------------------------------------ */

static const char *name_at(const struct presence *p, uint32_t offset)
{
	const char *name = btf__name_by_offset(p->btf, offset);

	return name ? name : "";
}

/* The structure or union without typedefs and qualifiers; NULL: it is none. */
static const struct btf_type *composite(const struct presence *p, uint32_t id)
{
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const struct btf_type *type = btf__type_by_id(p->btf, id);

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
	struct member *m = table_find(&shape->members, name, strlen(name));

	if (m)
		m->there = true;
}

static struct err *mark_members(const struct presence *p, struct shape *shape, const struct btf_type *type, int depth,
				size_t *left)
{
	struct err *e = NULL;

	for (uint16_t i = 0; !e && i < btf_vlen(type); i++) {
		const struct btf_member *m = btf_members(type) + i;
		const char *name = name_at(p, m->name_off);
		const struct btf_type *inner = *name ? NULL : composite(p, m->type);

		if (!*left || depth > DEPTH_MAX)
			return err_new(ERR_DATA, "BTF: %s: members nested without an end", shape->key.name);
		--*left;
		mark(shape, name);
		if (inner)
			e = mark_members(p, shape, inner, depth + 1, left);
	}
	return e;
}

static const char *enumerator(const struct presence *p, const struct btf_type *type, uint16_t index)
{
	return name_at(p, btf_is_enum(type) ? btf_enum(type)[index].name_off : btf_enum64(type)[index].name_off);
}

static struct err *read_type(struct presence *p, const struct btf_type *type, struct buf *key)
{
	const char *name = name_at(p, type->name_off);
	bool is_enum = btf_is_any_enum(type) && btf_vlen(type);
	const struct btf_type *inside = btf_is_composite(type) ? type : NULL;
	size_t left = MEMBERS_MAX;
	struct shape *shape;

	if (btf_is_typedef(type)) {
		inside = btf__type_by_id(p->btf, type->type);
		if (inside && (!btf_is_composite(inside) || *name_at(p, inside->name_off)))
			inside = NULL;
	}
	if (!is_enum && (!inside || !*name))
		return NULL;
	if (is_enum && !*name)
		shape_key('a', enumerator(p, type, 0), strlen(enumerator(p, type, 0)), key);
	else
		shape_key(is_enum ? 'e' : 's', name, strlen(name), key);
	shape = table_find(&p->shapes, buf_str(key), key->size);
	if (!shape || !shape->members.count)
		return NULL;
	shape->there = true;
	for (uint16_t i = 0; is_enum && i < btf_vlen(type); i++)
		mark(shape, enumerator(p, type, i));
	return is_enum ? NULL : mark_members(p, shape, inside, 0, &left);
}

static struct err *read_btf(struct presence *p, const void *bytes, size_t size)
{
	CLEANUP(buf_deinit) struct buf key = BUF_INIT;
	struct btf_blob blob;
	struct err *e = btf_check(bytes, size, &blob);

	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		e = err_new(ERR_DATA, "no BTF");
	}
	if (e)
		return e;
	p->btf = btf__new(bytes, (uint32_t)blob.size);
	if (!p->btf)
		return err_new(ERR_DATA, "damaged BTF: %s", strerror(errno));
	for (uint32_t id = 1; !e && id < btf__type_cnt(p->btf); id++)
		e = read_type(p, btf__type_by_id(p->btf, id), &key);
	return e;
}

struct err *presence_new(const char *definitions, const void *btf, size_t size, struct presence **ret)
{
	CLEANUP(presence_freep) struct presence *p = xcalloc(1, sizeof(*p));
	struct err *e;

	read_members(p, definitions);
	e = read_btf(p, btf, size);
	if (!e)
		*ret = TAKE(p);
	return e;
}

/* --- what they say ---------------------------------------------------------------------------------- */

static const struct shape *shape_at(const struct presence *p, size_t index)
{
	return p->shapes.list[index];
}

static bool is_conditional(const struct member *m)
{
	bool unknown = m->condition_size == 2 && m->condition[1] == '?';

	return m->clear && m->times == 1 && m->condition_size && !unknown;
}

/* Whether it is the definition that the kernel was built of, all of which was understood: BTF has all that it always has. */
static bool is_known(const struct shape *shape)
{
	size_t always = 0;

	if (!shape->there || shape->definitions != 1 || !shape->listed)
		return false;
	for (size_t i = 0; i < shape->members.count; i++) {
		const struct member *m = shape->members.list[i];

		if (!m->clear || m->times != 1 || m->condition_size != shape->condition_size ||
		    memcmp(m->condition, shape->condition, m->condition_size) != 0)
			continue;
		if (!m->there)
			return false;
		always++;
	}
	return always > 0;
}

/* The only atom that is not known to hold. holds: all do. */
static const struct atom *open_atom(const struct infer *in, const struct condition *c, bool *holds)
{
	const struct atom *open = NULL;

	*holds = false;
	for (size_t i = 0; i < c->count; i++) {
		int truth = infer_holds(in, &c->atoms[i]);

		if (!truth || (truth < 0 && open))
			return NULL;
		if (truth < 0)
			open = &c->atoms[i];
	}
	*holds = !open;
	return open;
}

static bool set_atom(struct infer *in, const struct atom *a, bool value, const char *why)
{
	static const enum infer_state states[][2] = {
		[ATOM_Y] = { INFER_NOT_Y, INFER_Y }, [ATOM_ON] = { INFER_N, INFER_ON },
		[ATOM_M] = { INFER_UNKNOWN, INFER_M },
	};
	enum infer_state state = a->kind == ATOM_NEVER ? INFER_UNKNOWN : states[a->kind][value != a->negated];

	if (state != INFER_UNKNOWN)
		infer_set(in, a->name, state, why);
	return state != INFER_UNKNOWN;
}

static void tell_member(struct infer *in, const struct shape *shape, const struct member *m)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	CLEANUP(free_ptr) char *why = xasprintf("BTF: %s has %s", shape->key.name, m->key.name);

	condition_read(m->condition, m->condition_size, c);
	for (size_t i = 0; i < c->count; i++)
		set_atom(in, &c->atoms[i], true, why);
}

static bool is_missing(const struct presence *p, const struct member *m)
{
	return is_conditional(m) && !m->there && !table_find(&p->lists, m->key.name, m->key.size);
}

/* Each member that is not there, of a structure that is known; true: something was said. */
static bool use_missing(void *arg, struct infer *in)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	const struct presence *p = arg;
	bool news = false, holds;

	for (size_t i = 0; i < p->shapes.count; i++) {
		const struct shape *shape = shape_at(p, i);

		for (size_t k = 0, count = is_known(shape) ? shape->members.count : 0; k < count; k++) {
			const struct member *m = shape->members.list[k];
			CLEANUP(free_ptr) char *why = NULL;
			const struct atom *open;

			if (!is_missing(p, m))
				continue;
			condition_read(m->condition, m->condition_size, c);
			open = c->exact ? open_atom(in, c, &holds) : NULL;
			why = xasprintf("BTF: %s has no %s", shape->key.name, m->key.name);
			news |= open && set_atom(in, open, false, why);
		}
	}
	return news;
}

void presence_tell(struct presence *p, struct infer *in)
{
	for (size_t i = 0; i < p->shapes.count; i++) {
		const struct shape *shape = shape_at(p, i);

		if (!shape->there || shape->definitions != shape->listed || (shape->definitions == 1 && !is_known(shape)))
			continue;
		for (size_t k = 0; k < shape->members.count; k++) {
			const struct member *m = shape->members.list[k];

			if (is_conditional(m) && m->there)
				tell_member(in, shape, m);
		}
	}
	infer_ask(in, use_missing, p);
}

void presence_count(const struct presence *p, size_t *shapes, size_t *there, size_t *missing)
{
	*shapes = *there = *missing = 0;
	for (size_t i = 0; i < p->shapes.count; i++) {
		const struct shape *shape = shape_at(p, i);

		*shapes += shape->there;
		for (size_t k = 0; shape->there && k < shape->members.count; k++) {
			const struct member *m = shape->members.list[k];

			if (is_conditional(m))
				*(m->there ? there : missing) += 1;
		}
	}
}

void presence_contradictions(const struct presence *p, const struct infer *in, struct buf *b)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	bool holds;

	for (size_t i = 0; i < p->shapes.count; i++) {
		const struct shape *shape = shape_at(p, i);

		for (size_t k = 0, count = is_known(shape) ? shape->members.count : 0; k < count; k++) {
			const struct member *m = shape->members.list[k];

			if (!is_missing(p, m))
				continue;
			condition_read(m->condition, m->condition_size, c);
			open_atom(in, c, &holds);
			if (!holds || !c->exact)
				continue;
			buf_addf(b, "contradiction: BTF: %s has no %s, though", shape->key.name, m->key.name);
			for (size_t a = 0; a < c->count; a++) {
				const struct infer_option *o = infer_find(in, c->atoms[a].name);
				const char *witness = !o ? NULL : c->atoms[a].negated ? o->witness_against : o->witness_for;

				buf_addf(b, "%s CONFIG_%s is%s by %s", a ? "," : "", c->atoms[a].name,
					 c->atoms[a].negated ? " not" : c->atoms[a].kind == ATOM_ON ? " on" : " y",
					 witness ? witness : "names");
			}
			buf_add_char(b, '\n');
		}
	}
}
