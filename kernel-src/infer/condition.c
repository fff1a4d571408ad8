#include "kernel-src/infer/condition.h"

#include <string.h>

void condition_clear(struct condition *c)
{
	c->count = 0;
	c->exact = true;
}

void condition_add(struct condition *c, enum atom_kind kind, bool negated, const char *name,
		   size_t size)
{
	struct atom *a;

	if (c->count == CONDITION_ATOMS_MAX || size >= CONDITION_NAME_MAX) {
		c->exact = false;
		return;
	}
	for (size_t i = 0; i < c->count; i++) {
		a = &c->atoms[i];
		if (a->kind == kind && a->negated == negated && strlen(a->name) == size &&
		    !memcmp(a->name, name, size))
			return;
	}
	a = &c->atoms[c->count++];
	a->kind = kind;
	a->negated = negated;
	memcpy(a->name, name, size);
	a->name[size] = '\0';
}

bool condition_has(const struct condition *c, const struct atom *a)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].kind == a->kind && c->atoms[i].negated == a->negated &&
		    !strcmp(c->atoms[i].name, a->name))
			return true;
	return false;
}

bool condition_is_never(const struct condition *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->atoms[i].kind == ATOM_NEVER)
			return true;
	return false;
}

void condition_and(struct condition *c, const struct condition *other)
{
	for (size_t i = 0; i < other->count; i++)
		condition_add(c, other->atoms[i].kind, other->atoms[i].negated, other->atoms[i].name,
			      strlen(other->atoms[i].name));
	c->exact = c->exact && other->exact;
}

/* --- text -------------------------------------------------------------------------- */

void condition_format(const struct condition *c, struct buf *b)
{
	static const char *const suffix[] = {
		[ATOM_Y] = "", [ATOM_ON] = "+", [ATOM_M] = "=m", [ATOM_NEVER] = "0",
	};

	for (size_t i = 0; i < c->count; i++)
		buf_addf(b, " %s%s%s", c->atoms[i].negated ? "!" : "", c->atoms[i].name,
			 suffix[c->atoms[i].kind]);
	if (!c->exact)
		buf_add_str(b, " ?");
}

/* One atom's text, or `?`. */
static void read_atom(const char *text, size_t size, struct condition *ret)
{
	bool negated = size && *text == '!';

	text += negated;
	size -= negated;
	if (!size)
		return;
	if (size == 1 && *text == '?')
		ret->exact = false;
	else if (size == 1 && *text == '0')
		condition_add(ret, ATOM_NEVER, negated, "", 0);
	else if (text[size - 1] == '+')
		condition_add(ret, ATOM_ON, negated, text, size - 1);
	else if (size > 2 && !memcmp(text + size - 2, "=m", 2))
		condition_add(ret, ATOM_M, negated, text, size - 2);
	else
		condition_add(ret, ATOM_Y, negated, text, size);
}

void condition_read(const char *text, size_t size, struct condition *ret)
{
	const char *end = text + size;

	condition_clear(ret);
	while (text < end) {
		const char *blank = memchr(text, ' ', (size_t)(end - text));
		const char *stop = blank ? blank : end;

		read_atom(text, (size_t)(stop - text), ret);
		text = stop + (stop < end);
	}
}

/* --- around a place in a file --------------------------------------------------------- */

void condition_push(struct condition_stack *s, const struct condition *yes,
		    const struct condition *no)
{
	if (s->depth == CONDITION_DEPTH_MAX) {
		s->lost++;
		return;
	}
	s->frames[s->depth].here = *yes;
	s->frames[s->depth].rest = *no;
	s->depth++;
}

void condition_next(struct condition_stack *s, const struct condition *yes,
		    const struct condition *no)
{
	if (s->lost || !s->depth)
		return;
	s->frames[s->depth - 1].here = s->frames[s->depth - 1].rest;
	if (yes) {
		condition_and(&s->frames[s->depth - 1].here, yes);
		condition_and(&s->frames[s->depth - 1].rest, no);
	}
}

void condition_pop(struct condition_stack *s)
{
	if (s->lost)
		s->lost--;
	else if (s->depth)
		s->depth--;
}

void condition_of_frames(const struct condition_stack *s, size_t depth, struct condition *ret)
{
	condition_clear(ret);
	for (size_t i = 0; i < depth && i < s->depth; i++)
		condition_and(ret, &s->frames[i].here);
	if (s->lost || depth < s->depth)
		ret->exact = false;
}

void condition_of_stack(const struct condition_stack *s, struct condition *ret)
{
	condition_of_frames(s, s->depth, ret);
}
