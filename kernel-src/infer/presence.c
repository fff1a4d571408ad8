#include "kernel-src/infer/presence.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/infer/shapes.h"

struct presence {
	struct shapes shapes;
};

void presence_free(struct presence *p)
{
	if (!p)
		return;
	shapes_deinit(&p->shapes);
	free(p);
}

struct err *presence_new(const char *definitions, const void *btf, size_t size, struct presence **ret)
{
	CLEANUP(presence_freep) struct presence *p = xcalloc(1, sizeof(*p));
	struct err *e;

	shapes_read(&p->shapes, definitions);
	e = shapes_mark(&p->shapes, btf, size);
	if (e)
		return e;
	*ret = TAKE(p);
	return NULL;
}

/* A step on the way through all members that a known structure lacks. */
struct missing {
	const struct shape *shape;
	const struct shape_member *member;
	size_t next_shape, next_member;
};

/* Moves to the next one, from { 0 }; false: there are no more. */
static bool missing_next(const struct presence *p, struct missing *m)
{
	for (; m->next_shape < shapes_count(&p->shapes); m->next_shape++, m->next_member = 0) {
		m->shape = shapes_at(&p->shapes, m->next_shape);
		if (!m->next_member && !shape_is_known(m->shape))
			continue;
		while (m->next_member < m->shape->members.count) {
			m->member = shape_member_at(m->shape, m->next_member++);
			if (shapes_is_missing(&p->shapes, m->member))
				return true;
		}
	}
	return false;
}

/* Says that an atom holds, or does not. Returns whether a state says so. */
static bool set_atom(struct infer *in, const struct atom *a, bool value, const char *why)
{
	static const enum infer_state states[][2] = {
		[ATOM_Y] = { INFER_NOT_Y, INFER_Y }, [ATOM_ON] = { INFER_N, INFER_ON },
		[ATOM_M] = { INFER_UNKNOWN, INFER_M },
	};
	enum infer_state state;

	if (a->kind == ATOM_NEVER)
		return false;
	state = states[a->kind][value != a->negated];
	if (state == INFER_UNKNOWN)
		return false;
	infer_set(in, a->name, state, why);
	return true;
}

static void tell_member(struct infer *in, const struct shape *shape, const struct shape_member *m)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	CLEANUP(free_ptr) char *why = xasprintf("BTF: %s has %s", shape->key.name, m->key.name);

	condition_read(m->condition, m->condition_size, c);
	for (size_t i = 0; i < c->count; i++)
		set_atom(in, &c->atoms[i], true, why);
}

/* Says of each member that is not there, of a structure that is known, that the last atom which is
 * open does not hold. */
static bool use_missing(void *arg, struct infer *in)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	struct missing m = { 0 };
	const struct atom *open;
	bool news = false;

	while (missing_next(arg, &m)) {
		condition_read(m.member->condition, m.member->condition_size, c);
		if (c->exact && infer_condition(in, c, &open) == INFER_OPEN) {
			CLEANUP(free_ptr) char *why =
				xasprintf("BTF: %s has no %s", m.shape->key.name, m.member->key.name);

			news |= set_atom(in, open, false, why);
		}
	}
	return news;
}

/* Whether a member of the shape that BTF has proves its options. */
static bool proves(const struct shape *shape)
{
	if (!shape->there || shape->definitions != shape->listed)
		return false;
	return shape->definitions != 1 || shape_is_known(shape);
}

void presence_tell(struct presence *p, struct infer *in)
{
	for (size_t i = 0; i < shapes_count(&p->shapes); i++) {
		const struct shape *shape = shapes_at(&p->shapes, i);

		if (!proves(shape))
			continue;
		for (size_t k = 0; k < shape->members.count; k++) {
			const struct shape_member *m = shape_member_at(shape, k);

			if (shape_member_is_conditional(m) && m->there)
				tell_member(in, shape, m);
		}
	}
	infer_ask(in, use_missing, p);
}

void presence_count(const struct presence *p, size_t *shapes, size_t *there, size_t *missing)
{
	*shapes = *there = *missing = 0;
	for (size_t i = 0; i < shapes_count(&p->shapes); i++) {
		const struct shape *shape = shapes_at(&p->shapes, i);

		*shapes += shape->there;
		for (size_t k = 0; shape->there && k < shape->members.count; k++) {
			const struct shape_member *m = shape_member_at(shape, k);

			if (shape_member_is_conditional(m))
				*(m->there ? there : missing) += 1;
		}
	}
}

/* " CONFIG_X is y by WITNESS" */
static void describe_atom(const struct infer *in, const struct atom *a, struct buf *b)
{
	const struct infer_option *o = infer_find(in, a->name);
	const char *witness = !o ? NULL : a->negated ? o->witness_against : o->witness_for;

	buf_addf(b, " CONFIG_%s is%s by %s", a->name,
		 a->negated ? " not" : a->kind == ATOM_ON ? " on" : " y", witness ? witness : "names");
}

void presence_contradictions(const struct presence *p, const struct infer *in, struct buf *b)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));
	struct missing m = { 0 };
	const struct atom *open;

	while (missing_next(p, &m)) {
		condition_read(m.member->condition, m.member->condition_size, c);
		if (!c->exact || infer_condition(in, c, &open) != INFER_TRUE)
			continue;
		buf_addf(b, "contradiction: BTF: %s has no %s, though", m.shape->key.name,
			 m.member->key.name);
		for (size_t i = 0; i < c->count; i++) {
			buf_add_str(b, i ? "," : "");
			describe_atom(in, &c->atoms[i], b);
		}
		buf_add_char(b, '\n');
	}
}
