#include "kernel-src/infer/infer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "kernel-src/infer/names.h"

#define ROUNDS_MAX 16
#define LONG_NAME 10 /* characters */

struct infer {
	struct names names;
	struct known known;
	size_t expected, missing; /* global functions, as infer_doubts() says */
	infer_more *more;
	void *arg;
};

void infer_free(struct infer *in)
{
	if (!in)
		return;
	known_deinit(&in->known);
	names_deinit(&in->names);
	free(in);
}

struct err *infer_new(const char *definitions, const char *system_map, struct gates *gates,
		      struct infer **ret)
{
	CLEANUP(infer_freep) struct infer *in = xcalloc(1, sizeof(*in));

	names_add_symbols(&in->names, system_map);
	if (!in->names.symbols.count)
		return err_new(ERR_DATA, "no symbols in the target's symbol table");
	names_add_definitions(&in->names, definitions, gates);
	if (!in->names.count)
		return err_new(ERR_DATA, "no definitions of the source");
	*ret = TAKE(in);
	return NULL;
}

void infer_modules(struct infer *in, const char *symbols)
{
	names_add_modules(&in->names, symbols);
}

/* --- names that are there -------------------------------------------------------------------- */

/* A static function with a name so long that nothing else has it by chance. */
static bool is_long(const struct names_definition *d)
{
	return d->kind == 't' && d->symbol->key.size >= LONG_NAME &&
	       memchr(d->symbol->key.name, '_', d->symbol->key.size);
}

static void vote_against(struct infer *in, const struct names_definition *d, const struct atom *a)
{
	struct infer_option *o = known_get(&in->known, a->name);

	if (!names_is_global(d))
		return;
	*(a->kind == ATOM_Y ? &o->against : &o->against_on) += 1;
	if (!o->witness_against)
		o->witness_against = names_describe(&in->names, d);
}

/* d is in the image, so all atoms of c hold. */
static void vote_for(struct infer *in, const struct names_definition *d, const struct condition *c)
{
	bool global = names_is_global(d);

	for (size_t i = 0; i < c->count; i++) {
		const struct atom *a = &c->atoms[i];
		struct infer_option *o;

		if (a->kind == ATOM_NEVER || a->kind == ATOM_M)
			continue;
		if (a->negated) {
			vote_against(in, d, a);
			continue;
		}
		o = known_get(&in->known, a->name);
		if (a->kind == ATOM_ON)
			o->for_on += global;
		else
			*(global ? &o->for_global : &o->for_static) += 1;
		o->for_long |= a->kind == ATOM_Y && is_long(d);
		if (!o->witness_for)
			o->witness_for = names_describe(&in->names, d);
	}
}

static bool is_m(const struct infer *in, const char *name)
{
	const struct infer_option *o = known_find(&in->known, name);

	return o && o->state == INFER_M;
}

/* d is in a module that is loaded. The options that link its file may be m, and one of them must
 * be; if none is, this is another function of the name, such as a copy of an inline function. */
static void vote_for_module(struct infer *in, const struct names_definition *d, struct condition *c)
{
	CLEANUP(free_ptr) struct condition *own = xmalloc(sizeof(*own));
	bool linked = false;

	condition_read(d->condition, d->condition_size, own);
	for (size_t i = 0; i < c->count; i++) {
		struct atom *a = &c->atoms[i];

		if (a->kind != ATOM_Y || condition_has(own, a))
			continue;
		linked |= !a->negated && is_m(in, a->name);
		a->kind = a->negated ? ATOM_NEVER : ATOM_ON;
	}
	if (linked)
		vote_for(in, d, c);
}

/* d is in neither. Variables are no witnesses of absence: not every kernel lists them. */
static void count_missing(struct infer *in, const struct names_definition *d, const struct condition *c)
{
	if (d->kind != 'T' && d->kind != 't')
		return;
	for (size_t i = 0; i < c->count; i++) {
		struct infer_option *o;

		if (c->atoms[i].kind != ATOM_Y || c->atoms[i].negated)
			continue;
		o = known_get(&in->known, c->atoms[i].name);
		*(names_is_global(d) ? &o->absent_global : &o->absent_static) += 1;
	}
}

static void count_all(struct infer *in)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));

	for (size_t i = 0; i < in->names.count; i++) {
		const struct names_definition *d = &in->names.definitions[i];

		if (!names_is_usable(&in->names, d))
			continue;
		names_common_condition(&in->names, d, c);
		if (names_is_present(d))
			vote_for(in, d, c);
		else if (names_is_in_module(d))
			vote_for_module(in, d, c);
		else
			count_missing(in, d, c);
	}
}

/* Whether static names alone prove =y. A macro may have made such a name elsewhere, so we ask for
 * two of them or for a long one, and for few that are missing; names on the other side count
 * against all of them. */
static bool statics_suffice(const struct infer_option *o)
{
	return !o->against && !o->against_on && !o->absent_global &&
	       (o->for_static >= 2 || (o->for_long && !o->absent_static)) &&
	       o->for_static * 4 >= o->absent_static;
}

/* What the names that are there say of an option. A single name can mislead: definitions does not
 * see what macros define, and a vendor's patch may define a function elsewhere. So the side with
 * more global names wins. */
static enum infer_state state_by_names(const struct infer_option *o)
{
	if (o->for_global > o->against + o->against_on || statics_suffice(o))
		return INFER_Y;
	if (o->against_on > o->for_global + o->for_on)
		return INFER_N;
	if (o->against > o->for_global)
		return o->for_on > o->against_on ? INFER_M : INFER_NOT_Y;
	return o->for_on > o->against_on ? INFER_ON : INFER_UNKNOWN;
}

/* What infer_set() said stands, and may become narrower. */
static bool may_become(const struct infer_option *o, enum infer_state state)
{
	unsigned int before = known_values(o->state);

	return !o->given || (before | known_values(state)) == before;
}

static void decide_present(struct infer *in)
{
	for (size_t i = 0; i < known_count(&in->known); i++) {
		struct infer_option *o = known_at(&in->known, i);
		enum infer_state state = state_by_names(o);

		if (state != INFER_UNKNOWN && may_become(o, state))
			o->state = state;
	}
}

/* --- names that are not there ------------------------------------------------------------------ */

/* A global function is not there: so each condition that would make it is false. Where all atoms of
 * one but one are known to hold, that one does not. */
static void use_absent(struct infer *in, const struct names_definition *d, const struct condition *c)
{
	const struct atom *open;
	struct infer_option *o;

	if (!c->exact)
		return;
	switch (known_condition(&in->known, c, &open)) {
	case INFER_FALSE:
		return;
	case INFER_TRUE:
		in->missing++;
		return;
	case INFER_OPEN:
		break;
	}
	if (open->negated || open->kind == ATOM_M)
		return;
	o = known_get(&in->known, open->name);
	*(open->kind == ATOM_Y ? &o->against : &o->against_on) += 1;
	if (!o->witness_against)
		o->witness_against = xasprintf("no %.*s", (int)d->symbol->key.size,
					       d->symbol->key.name);
}

/* Counts anew, since more is known than in the round before. */
static void count_absent(struct infer *in)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));

	for (size_t i = 0; i < known_count(&in->known); i++) {
		struct infer_option *o = known_at(&in->known, i);

		if (o->state == INFER_UNKNOWN || o->state == INFER_ON)
			o->against = o->against_on = 0;
	}
	in->missing = in->expected = 0;
	for (size_t i = 0; i < in->names.count; i++) {
		const struct names_definition *d = &in->names.definitions[i];
		const char *gates = in->names.files[d->file].gates;

		if (d->kind != 'T' || !names_is_usable(&in->names, d))
			continue;
		if (names_is_present(d)) {
			in->expected++;
			continue;
		}
		while (names_next_condition(&gates, d, c))
			use_absent(in, d, c);
	}
	in->expected += in->missing;
}

/* Absence says something only of an option of which nothing else does. Returns whether any option
 * changed. */
static bool decide_absent(struct infer *in)
{
	bool news = false;

	for (size_t i = 0; i < known_count(&in->known); i++) {
		struct infer_option *o = known_at(&in->known, i);
		enum infer_state before = o->state;

		if ((o->given && o->state != INFER_ON) || o->implied || o->for_global || o->for_static)
			continue;
		if (o->state == INFER_ON && o->against)
			o->state = INFER_M;
		else if (o->state == INFER_UNKNOWN && o->against_on && !o->for_on)
			o->state = INFER_N;
		else if (o->state == INFER_UNKNOWN && o->against)
			o->state = INFER_NOT_Y;
		news |= o->state != before;
	}
	return news;
}

/* --- Kconfig's rules ---------------------------------------------------------------------------- */

/* Narrows options by what follows from all that is known by now. Returns whether any changed. */
static bool use_rules(struct infer *in, struct imply *rules)
{
	bool news = false;

	for (size_t i = 0; i < known_count(&in->known); i++) {
		const struct infer_option *o = known_at(&in->known, i);

		if (o->state != INFER_UNKNOWN)
			imply_set(rules, o->name, known_values(o->state));
	}
	imply_run(rules);
	for (size_t i = 0; i < imply_count(rules); i++) {
		unsigned int after = imply_values(rules, i), before;
		enum infer_state state = known_state(after);
		struct infer_option *o;

		if (state == INFER_UNKNOWN)
			continue;
		o = known_get(&in->known, imply_name(rules, i));
		before = known_values(o->state);
		if (before == after || (before & after) != after)
			continue;
		known_imply(o, state, imply_reason(rules, i));
		news = true;
	}
	return news;
}

void infer_ask(struct infer *in, infer_more *more, void *arg)
{
	in->more = more;
	in->arg = arg;
}

/* The surest evidence comes first. A name that is there needs nothing else to be known, so we count
 * these once, at the beginning. A name that is not there says something only when all but one of
 * its options are known. So we go in rounds: first Kconfig's rules, which make more options known,
 * and then absence, which may feed the rules of the next round. */
void infer_run(struct infer *in, struct imply *rules)
{
	bool news = true;

	count_all(in);
	decide_present(in);
	for (int i = 0; i < ROUNDS_MAX && news; i++) {
		news = rules && use_rules(in, rules);
		count_absent(in);
		news |= decide_absent(in);
		news |= in->more && in->more(in->arg, in);
	}
}

void infer_set(struct infer *in, const char *name, enum infer_state state, const char *why)
{
	known_set(known_get(&in->known, name), state, why);
}

enum infer_truth infer_condition(const struct infer *in, const struct condition *c,
				 const struct atom **open)
{
	return known_condition(&in->known, c, open);
}

size_t infer_count(const struct infer *in)
{
	return known_count(&in->known);
}

const struct infer_option *infer_at(const struct infer *in, size_t index)
{
	return known_at(&in->known, index);
}

const struct infer_option *infer_find(const struct infer *in, const char *name)
{
	return known_find(&in->known, name);
}

void infer_doubts(const struct infer *in, size_t *expected, size_t *missing)
{
	*expected = in->expected;
	*missing = in->missing;
}
