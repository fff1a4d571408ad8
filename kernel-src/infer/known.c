#include "kernel-src/infer/known.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "kernel-src/kconfig/expr.h"

/* What the table holds. */
struct named_option {
	struct table_key key;
	struct infer_option option;
};

struct infer_option *known_get(struct known *known, const char *name)
{
	struct named_option *o = table_get(&known->table, name, strlen(name), sizeof(*o));

	o->option.name = o->key.name;
	return &o->option;
}

const struct infer_option *known_find(const struct known *known, const char *name)
{
	const struct named_option *o = table_find(&known->table, name, strlen(name));

	return o ? &o->option : NULL;
}

size_t known_count(const struct known *known)
{
	return known->table.count;
}

struct infer_option *known_at(const struct known *known, size_t index)
{
	return &((struct named_option *)known->table.list[index])->option;
}

static void option_deinit(void *element)
{
	struct named_option *o = element;

	free(o->option.witness_for);
	free(o->option.witness_against);
	free(o->option.conflict);
}

void known_deinit(struct known *known)
{
	table_deinit(&known->table, option_deinit);
}

/* --- states ------------------------------------------------------------------------------ */

static const uint8_t values_of_state[] = {
	[INFER_UNKNOWN] = VALUES_ALL,	       [INFER_Y] = VALUE_Y,
	[INFER_ON] = VALUE_M | VALUE_Y,	       [INFER_M] = VALUE_M,
	[INFER_NOT_Y] = VALUE_N | VALUE_M,     [INFER_N] = VALUE_N,
};

unsigned int known_values(enum infer_state state)
{
	return values_of_state[state];
}

enum infer_state known_state(unsigned int values)
{
	for (enum infer_state s = INFER_Y; s <= INFER_N; s++)
		if (values_of_state[s] == values)
			return s;
	return INFER_UNKNOWN;
}

/* Where the name of what says that the option is in this state belongs. */
static char **witness_of(struct infer_option *o, enum infer_state state)
{
	return state == INFER_NOT_Y || state == INFER_N ? &o->witness_against : &o->witness_for;
}

void known_set(struct infer_option *o, enum infer_state state, const char *why)
{
	static const char *const names[] = {
		[INFER_UNKNOWN] = "anything", [INFER_Y] = "y",	       [INFER_ON] = "y or m",
		[INFER_M] = "m",	      [INFER_NOT_Y] = "not y", [INFER_N] = "n",
	};
	unsigned int before = values_of_state[o->state], values = before & values_of_state[state];
	char **witness = witness_of(o, state);

	if (!values) {
		if (!o->conflict)
			o->conflict = xasprintf("%s by %s", names[state], why);
		return;
	}
	if (o->given && values == before)
		return; /* it is no news */
	o->state = known_state(values);
	o->given = true;
	free(*witness);
	*witness = xstrdup(why);
}

void known_imply(struct infer_option *o, enum infer_state state, const char *from)
{
	char **witness = witness_of(o, state);

	o->state = state;
	o->implied = true;
	if (!*witness)
		*witness = xasprintf("Kconfig: follows from %s",
				     from && strcmp(from, o->name) != 0 ? from : "what it depends on");
}

/* --- conditions --------------------------------------------------------------------------- */

static enum infer_state state_of(const struct known *known, const char *name)
{
	const struct infer_option *o = known_find(known, name);

	return o ? o->state : INFER_UNKNOWN;
}

/* Whether an atom holds: all values that the option may still have are among those that the atom
 * asks for, or none is. */
static enum infer_truth atom_truth(const struct known *known, const struct atom *a)
{
	static const unsigned int asked[] = {
		[ATOM_Y] = VALUE_Y, [ATOM_ON] = VALUE_M | VALUE_Y, [ATOM_M] = VALUE_M,
	};
	unsigned int values;

	if (a->kind == ATOM_NEVER)
		return a->negated ? INFER_TRUE : INFER_FALSE;
	values = values_of_state[state_of(known, a->name)];
	if (!(values & asked[a->kind]))
		return a->negated ? INFER_TRUE : INFER_FALSE;
	if (!(values & ~asked[a->kind]))
		return a->negated ? INFER_FALSE : INFER_TRUE;
	return INFER_OPEN;
}

enum infer_truth known_condition(const struct known *known, const struct condition *c,
				 const struct atom **open)
{
	*open = NULL;
	for (size_t i = 0; i < c->count; i++) {
		switch (atom_truth(known, &c->atoms[i])) {
		case INFER_FALSE:
			return INFER_FALSE;
		case INFER_OPEN:
			if (*open)
				return INFER_FALSE;
			*open = &c->atoms[i];
			break;
		case INFER_TRUE:
			break;
		}
	}
	return *open ? INFER_OPEN : INFER_TRUE;
}
