#include "kernel-src/kconfig/imply.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* How Kconfig comes to an option's value (scripts/kconfig/symbol.c, sym_calc_value()): where its prompt is
 * visible, the value is what the user chose, limited by `depends on` from above and by `select` from below.
 * Where it is not visible, the value is that of the first default that applies, and again what selects it.
 * So a value equals one of two expressions over other options, and each equation can be read in both
 * directions. We apply all of them in turn until nothing changes any more. */

#define ROUNDS_MAX 64
#define NOBODY UINT32_MAX
#define MENTIONS_DEPTH_MAX 4000

/* An option's value is equal to one of two expressions. */
struct rule {
	const struct expr *chosen;  /* where a user may choose the value */
	const struct expr *derived; /* where it follows from others */
	const struct expr *visible; /* where a user may choose */
	bool prompt;		    /* false: a user never may */
};

struct imply {
	const struct kconfig *k;
	struct expr_pool pool;
	struct rule *rules;
	uint8_t *values;
	uint32_t *reasons; /* whose rule narrowed each option last, or NOBODY */
	uint32_t *choices; /* the choice that each option is one of; 0: none */
	struct contradiction {
		uint32_t by;
		uint8_t values; /* that it should have; 0: no contradiction */
	} *contradictions;
	size_t count;
	uint32_t modules; /* the option MODULES, or NOBODY */
	uint32_t now;	  /* whose rule is being applied, or NOBODY */
	bool news;
};

static bool is_switch(const struct kconfig_option *o)
{
	return o->types & (KCONFIG_BOOL | KCONFIG_TRISTATE);
}

/* --- rules ------------------------------------------------------------------------------ */

/* The value of the first default whose condition is not n: `first || (!first's condition && second)
 * || ...`. */
static const struct expr *default_of(struct imply *m, const struct kconfig_option *o)
{
	const struct expr *value = expr_value(&m->pool, VALUE_N), *earlier = NULL;

	for (size_t i = 0; i < o->count; i++) {
		const struct kconfig_property *p = &o->properties[i];
		const struct expr *this;

		if (p->kind != KCONFIG_DEFAULT)
			continue;
		this = expr_and(&m->pool, p->value, p->condition);
		value = expr_or(&m->pool, value, expr_and(&m->pool, earlier, this));
		earlier = expr_and(&m->pool, earlier, expr_off(&m->pool, p->condition));
	}
	return value;
}

static void make_rule(struct imply *m, const struct kconfig_option *o)
{
	struct rule *r = &m->rules[o->index];
	const struct expr *any = expr_and(&m->pool, expr_value(&m->pool, VALUES_ALL), o->depends);
	const struct expr *selected = expr_value(&m->pool, VALUE_N), *visible = selected;
	const struct expr *free_choice = expr_value(&m->pool, VALUES_ALL);
	bool implied = false;

	for (size_t i = 0; i < o->count; i++) {
		const struct kconfig_property *p = &o->properties[i];

		/* `select` has no effect on a member of a choice, but it has on an option below a member */
		if (p->kind == KCONFIG_SELECTED)
			selected = expr_or(&m->pool, selected,
					   expr_and(&m->pool, o->choice ? free_choice : NULL,
						    expr_and(&m->pool, expr_option(&m->pool, p->by),
							     p->condition)));
		else if (p->kind == KCONFIG_PROMPT)
			visible = expr_or(&m->pool, visible, p->condition);
		implied |= p->kind == KCONFIG_IMPLIED;
	}
	r->prompt = o->prompt;
	r->visible = visible;
	r->chosen = expr_or(&m->pool, any, selected);
	r->derived = implied || o->choice ? r->chosen :
					    expr_or(&m->pool, default_of(m, o), selected);
}

/* Whether e mentions an option of this choice. Deeper than the maximum we assume that it does. */
static bool mentions(const struct imply *m, const struct expr *e, uint32_t choice, int depth)
{
	if (!e)
		return false;
	if (e->kind == EXPR_OPTION || e->kind == EXPR_EQUAL)
		return kconfig_option(m->k, e->option)->choice == choice;
	return depth == MENTIONS_DEPTH_MAX || mentions(m, e->left, choice, depth + 1) ||
	       mentions(m, e->right, choice, depth + 1);
}

/* An option inside a choice that depends on a member of it is no member itself, but stands below
 * one. Up to 6.9 a choice of tristates may have several members that are m: nothing follows from
 * these. */
static void find_choices(struct imply *m)
{
	CLEANUP(free_ptr) bool *several = xcalloc(m->count + 1, sizeof(*several));

	for (size_t i = 0; i < m->count; i++) {
		const struct kconfig_option *o = kconfig_option(m->k, i);

		if (o->choice <= m->count && (o->types & KCONFIG_TRISTATE))
			several[o->choice] = true;
	}
	for (size_t i = 0; i < m->count; i++) {
		const struct kconfig_option *o = kconfig_option(m->k, i);

		if (o->choice && o->choice <= m->count && !several[o->choice] && (o->types & KCONFIG_BOOL) &&
		    !mentions(m, o->depends, o->choice, 0))
			m->choices[i] = o->choice;
	}
}

struct imply *imply_new(const struct kconfig *k)
{
	struct imply *m = xcalloc(1, sizeof(*m));

	m->k = k;
	m->count = kconfig_mentioned(k);
	m->rules = xcalloc(m->count + 1, sizeof(*m->rules));
	m->values = xcalloc(m->count + 1, sizeof(*m->values));
	m->reasons = xcalloc(m->count + 1, sizeof(*m->reasons));
	m->contradictions = xcalloc(m->count + 1, sizeof(*m->contradictions));
	m->choices = xcalloc(m->count + 1, sizeof(*m->choices));
	m->modules = NOBODY;
	for (size_t i = 0; i < m->count; i++) {
		const struct kconfig_option *o = kconfig_option(k, i);

		m->reasons[i] = NOBODY;
		if (o->modules)
			m->modules = o->index;
		m->values[i] = o->types & KCONFIG_TRISTATE ? VALUES_ALL :
			       o->types & KCONFIG_BOOL ? VALUE_N | VALUE_Y : VALUE_N;
		if (is_switch(o))
			make_rule(m, o);
	}
	find_choices(m);
	return m;
}

void imply_free(struct imply *m)
{
	if (!m)
		return;
	expr_pool_deinit(&m->pool);
	free(m->rules);
	free(m->values);
	free(m->reasons);
	free(m->choices);
	free(m->contradictions);
	free(m);
}

/* --- conclusions ------------------------------------------------------------------------- */

/* Without MODULES a tristate is a bool. */
static bool is_bool(const struct imply *m, const struct kconfig_option *o)
{
	return !(o->types & KCONFIG_TRISTATE) ||
	       (m->modules != NOBODY && m->values[m->modules] == VALUE_N);
}

/* A bool takes y for m. */
static unsigned int as_bool(unsigned int values)
{
	return (values & ~(unsigned int)VALUE_M) | (values & VALUE_M ? VALUE_Y : 0);
}

/* The option has one of the allowed values, as follows from the rule of m->now. */
static void narrow(void *arg, uint32_t option, unsigned int allowed)
{
	struct imply *m = arg;
	unsigned int before = m->values[option], after = before & allowed;

	if (after == before || !is_switch(kconfig_option(m->k, option)))
		return;
	if (!after) {
		if (!m->contradictions[option].values)
			m->contradictions[option] =
				(struct contradiction){ m->now, (uint8_t)(allowed & VALUES_ALL) };
		return;
	}
	m->values[option] = (uint8_t)after;
	m->reasons[option] = m->now;
	m->news = true;
}

/* Narrows the option by its rule, and then what stands in the rule by the option. */
static void apply(struct imply *m, uint32_t option)
{
	const struct kconfig_option *o = kconfig_option(m->k, option);
	const struct rule *r = &m->rules[option];
	bool derived = !r->prompt || expr_eval(r->visible, m->values) == VALUE_N;
	const struct expr *e = derived ? r->derived : r->chosen;
	unsigned int values = expr_eval(e, m->values);

	m->now = option;
	narrow(m, option, is_bool(m, o) ? as_bool(values) : values);
	values = m->values[option];
	if (is_bool(m, o) && (values & VALUE_Y))
		values |= VALUE_M;
	if (m->contradictions[option].values)
		return; /* nothing follows from what contradicts itself */
	expr_narrow(e, m->values, values, narrow, m);
}

/* What is known of the members of a choice. */
struct members {
	size_t on, open; /* how many are y; how many may be on */
	uint32_t one;	 /* the last that is y, or else the last that may be on */
};

/* Element i is of choice i. The caller frees it. */
static struct members *count_members(const struct imply *m)
{
	struct members *members;
	size_t choices = 1;

	while (kconfig_choice(m->k, choices))
		choices++;
	members = xcalloc(choices, sizeof(*members));
	for (size_t i = 0; i < m->count; i++) {
		struct members *of = &members[m->choices[i]];

		of->on += m->values[i] == VALUE_Y;
		of->open += m->values[i] != VALUE_N;
		if (m->values[i] == VALUE_Y || (m->values[i] != VALUE_N && !of->on))
			of->one = (uint32_t)i;
	}
	return members;
}

/* Where one member of a choice is on, the others are off. Where all but one are off, that one is on. */
static void apply_choices(struct imply *m)
{
	CLEANUP(free_ptr) struct members *members = count_members(m);

	for (size_t i = 0; i < m->count; i++) {
		const struct kconfig_choice *c = kconfig_choice(m->k, m->choices[i]);
		const struct members *of = &members[m->choices[i]];

		if (!c)
			continue;
		m->now = of->one;
		if (of->on && i != of->one)
			narrow(m, (uint32_t)i, VALUE_N);
		else if (of->open == 1 && m->values[i] != VALUE_N && !c->optional &&
			 expr_eval(c->depends, m->values) == VALUE_Y)
			narrow(m, (uint32_t)i, VALUE_Y);
	}
}

void imply_set(struct imply *m, const char *name, unsigned int values)
{
	const struct kconfig_option *o = kconfig_find(m->k, name, strlen(name));

	m->now = NOBODY;
	if (o)
		narrow(m, o->index, is_bool(m, o) ? values & ~(unsigned int)VALUE_M : values);
}

void imply_run(struct imply *m)
{
	m->news = true;
	for (int i = 0; i < ROUNDS_MAX && m->news; i++) {
		m->news = false;
		for (uint32_t k = 0; k < m->count; k++)
			if (is_switch(kconfig_option(m->k, k)))
				apply(m, k);
		apply_choices(m);
	}
}

size_t imply_count(const struct imply *m)
{
	return m->count;
}

const char *imply_name(const struct imply *m, size_t index)
{
	return kconfig_option(m->k, index)->key.name;
}

unsigned int imply_values(const struct imply *m, size_t index)
{
	return is_switch(kconfig_option(m->k, index)) ? m->values[index] : 0;
}

const char *imply_reason(const struct imply *m, size_t index)
{
	return m->reasons[index] == NOBODY ? NULL : kconfig_option(m->k, m->reasons[index])->key.name;
}

static void format_values(unsigned int values, struct buf *b)
{
	buf_add_str(b, values & VALUE_Y ? "y" : "");
	buf_add_str(b, values & VALUE_M ? "m" : "");
	buf_add_str(b, values & VALUE_N ? "n" : "");
}

void imply_contradictions(const struct imply *m, struct buf *b)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct contradiction *c = &m->contradictions[i];

		if (!c->values)
			continue;
		buf_addf(b, "%s\t", kconfig_option(m->k, i)->key.name);
		format_values(m->values[i], b);
		buf_addf(b, "\t%s\t", c->by == NOBODY ? "-" : kconfig_option(m->k, c->by)->key.name);
		format_values(c->values, b);
		buf_add_char(b, '\n');
	}
}
