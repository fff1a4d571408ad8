#include "kernel-src/infer/infer.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/table.h"

#define ROUNDS_MAX 16
#define LONG_NAME 10 /* characters */

struct symbol {
	struct table_key key;
	bool global, local;
	bool in_module; /* that is loaded */
	/* how many definitions of the name the tree has */
	uint32_t global_definitions, definitions;
};

struct definition {
	struct symbol *symbol;
	uint32_t file;
	char kind;
	const char *condition; /* text, up to the end of its line */
	uint32_t condition_size;
};

struct file {
	const char *path, *gates;
	uint32_t path_size;
};

struct infer {
	struct table symbols, options;
	struct definition *definitions;
	size_t count, capacity;
	struct file *files;
	size_t file_count, file_capacity;
	size_t expected, missing;
	infer_more *more;
	void *arg;
};

/* What the table of options holds. */
struct named_option {
	struct table_key key;
	struct infer_option option;
};

static struct infer_option *option_of(struct infer *in, const char *name)
{
	struct named_option *o = table_get(&in->options, name, strlen(name), sizeof(*o));

	o->option.name = o->key.name;
	return &o->option;
}

static struct infer_option *option_at(const struct infer *in, size_t index)
{
	return &((struct named_option *)in->options.list[index])->option;
}

static void option_deinit(void *element)
{
	struct named_option *o = element;

	free(o->option.witness_for);
	free(o->option.witness_against);
	free(o->option.conflict);
}

void infer_free(struct infer *in)
{
	if (!in)
		return;
	table_deinit(&in->options, option_deinit);
	table_deinit(&in->symbols, NULL);
	free(in->definitions);
	free(in->files);
	free(in);
}

/* --- input ------------------------------------------------------------------------------ */

/* "ffffffff81000000 T name"; names that compilers make of others count for those. */
static void read_symbols(struct infer *in, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n"), size;
		const char *name = text + 19;

		if (n > 19 && text[16] == ' ' && text[18] == ' ' && text[17] != 'w' &&
		    text[17] != 'W') {
			static const char *const calls[] = { "__x64_", "__do_" };
			struct symbol *s;
			bool made;

			size = n - 19;
			made = memchr(name, '.', size) != NULL;
			if (made)
				size = (size_t)((const char *)memchr(name, '.', size) - name);
			for (size_t i = 0; i < 2; i++) {
				size_t skip = strlen(calls[i]);

				if (size > skip + 4 && !memcmp(name, calls[i], skip) &&
				    !memcmp(name + skip, "sys_", 4)) {
					s = table_get(&in->symbols, name + skip, size - skip,
						      sizeof(*s));
					s->global = true;
				}
			}
			s = table_get(&in->symbols, name, size, sizeof(*s));
			if (isupper((unsigned char)text[17]) && !made)
				s->global = true;
			else
				s->local = true;
		}
		text += n + (text[n] == '\n');
	}
}

/* "ffffffffc0a01000 t crc16\t[crc16]" */
void infer_modules(struct infer *in, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n"), size = strcspn(text, "\t\n");

		if (size > 19 && size < n && text[16] == ' ' && text[18] == ' ' && !strchr("wWU", text[17]) &&
		    !memchr(text + 19, '.', size - 19)) {
			struct symbol *s = table_get(&in->symbols, text + 19, size - 19, sizeof(*s));

			s->in_module = true;
		}
		text += n + (text[n] == '\n');
	}
}

/* "I build_utility.c's \"membarrier.c\" KEYS": that file is compiled as a part of this one. */
static void add_include(struct gates *gates, const char *includer, size_t size, const char *line,
			size_t length)
{
	const char *blank = memchr(line, ' ', length);
	size_t name = blank ? (size_t)(blank - line) : length;
	struct condition c;

	condition_read(line + name, length - name, &c);
	gates_include(gates, includer, size, line, name, &c);
}

static void read_includes(const char *text, struct gates *gates)
{
	const char *file = NULL;
	size_t size = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > 2 && *text == 'F') {
			file = text + 2;
			size = n - 2;
		} else if (n > 2 && *text == 'I' && file) {
			add_include(gates, file, size, text + 2, n - 2);
		}
		text += n + (text[n] == '\n');
	}
}

static void add_file(struct infer *in, const struct gates *gates, const char *path, size_t size)
{
	if (in->file_count == in->file_capacity) {
		in->file_capacity = in->file_capacity ? 2 * in->file_capacity : 4096;
		in->files = xrealloc(in->files, in->file_capacity, sizeof(*in->files));
	}
	in->files[in->file_count++] = (struct file){ path, gates_of(gates, path, size),
						     (uint32_t)size };
}

static void add_definition(struct infer *in, const char *line, size_t size)
{
	const char *name = line + 2, *blank = memchr(name, ' ', size - 2);
	size_t length = blank ? (size_t)(blank - name) : size - 2;
	struct symbol *s = table_get(&in->symbols, name, length, sizeof(*s));
	bool global = isupper((unsigned char)*line);

	s->definitions++;
	s->global_definitions += global;
	if (in->count == in->capacity) {
		in->capacity = in->capacity ? 2 * in->capacity : 65536;
		in->definitions = xrealloc(in->definitions, in->capacity, sizeof(*in->definitions));
	}
	in->definitions[in->count++] = (struct definition){
		s, (uint32_t)(in->file_count - 1), *line, name + length,
		(uint32_t)(size - 2 - length)
	};
}

static void read_definitions(struct infer *in, const char *text, const struct gates *gates)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > 2 && *text == 'F')
			add_file(in, gates, text + 2, n - 2);
		else if (n > 2 && text[1] == ' ' && strchr("TtWDd", *text) && in->file_count)
			add_definition(in, text, n);
		text += n + (text[n] == '\n');
	}
}

struct err *infer_new(const char *definitions, const char *system_map, struct gates *gates,
		      struct infer **ret)
{
	CLEANUP(infer_freep) struct infer *in = xcalloc(1, sizeof(*in));

	read_symbols(in, system_map);
	if (!in->symbols.count)
		return err_new(ERR_DATA, "no symbols in the target's symbol table");
	read_includes(definitions, gates);
	read_definitions(in, definitions, gates);
	if (!in->count)
		return err_new(ERR_DATA, "no definitions of the source");
	*ret = TAKE(in);
	return NULL;
}

/* --- what a name says --------------------------------------------------------------------- */

static bool is_global(const struct definition *d)
{
	return isupper((unsigned char)d->kind);
}

/* Whether the image would have this name from here and from nowhere else. */
static bool is_usable(const struct infer *in, const struct definition *d)
{
	const struct file *f = &in->files[d->file];

	if (d->kind == 'W' || !f->gates)
		return false;
	return is_global(d) ? d->symbol->global_definitions == 1 : d->symbol->definitions == 1;
}

static bool is_present(const struct definition *d)
{
	return is_global(d) ? d->symbol->global : d->symbol->local;
}

/* A module's table does not tell which of its symbols are static. */
static bool is_in_module(const struct definition *d)
{
	return d->symbol->in_module && d->symbol->definitions == 1;
}

/* Takes the next of the file's conditions off *gates, together with that of the definition in it. */
static bool next_condition(const char **gates, const struct definition *d, struct condition *ret)
{
	const char *end = strchr(*gates, '\n');
	struct condition own;

	if (!end)
		return false;
	condition_read(*gates, (size_t)(end - *gates), ret);
	condition_read(d->condition, d->condition_size, &own);
	condition_and(ret, &own);
	*gates = end + 1;
	return true;
}

/* What holds whichever of the file's conditions does. */
static void common_condition(const struct infer *in, const struct definition *d,
			     struct condition *ret)
{
	CLEANUP(free_ptr) struct condition *other = xmalloc(sizeof(*other));
	const char *gates = in->files[d->file].gates;

	if (!next_condition(&gates, d, ret))
		condition_clear(ret);
	while (next_condition(&gates, d, other)) {
		size_t kept = 0;

		for (size_t i = 0; i < ret->count; i++)
			if (condition_has(other, &ret->atoms[i]))
				ret->atoms[kept++] = ret->atoms[i];
		ret->count = kept;
		ret->exact = false;
	}
}

static char *describe(const struct infer *in, const struct definition *d)
{
	const struct file *f = &in->files[d->file];

	return xasprintf("%.*s in %.*s", (int)d->symbol->key.size, d->symbol->key.name,
			 (int)f->path_size, f->path);
}

static enum infer_state state_of(const struct infer *in, const char *name)
{
	const struct infer_option *o = infer_find(in, name);

	return o ? o->state : INFER_UNKNOWN;
}

int infer_holds(const struct infer *in, const struct atom *a)
{
	static const signed char truth[][3] = {
		/*		 ATOM_Y ATOM_ON ATOM_M */
		[INFER_UNKNOWN] = { -1, -1, -1 }, [INFER_Y] = { 1, 1, 0 },  [INFER_ON] = { -1, 1, -1 },
		[INFER_M] = { 0, 1, 1 },	  [INFER_NOT_Y] = { 0, -1, -1 }, [INFER_N] = { 0, 0, 0 },
	};
	int value;

	if (a->kind == ATOM_NEVER)
		return a->negated;
	value = truth[state_of(in, a->name)][a->kind];
	return value < 0 ? -1 : a->negated ? !value : value;
}

static void vote_for(struct infer *in, const struct definition *d, const struct condition *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct atom *a = &c->atoms[i];
		struct infer_option *o;

		if (a->kind == ATOM_NEVER || a->kind == ATOM_M)
			continue;
		o = option_of(in, a->name);
		if (a->negated) {
			*(a->kind == ATOM_Y ? &o->against : &o->against_on) += is_global(d);
			if (!o->witness_against && is_global(d))
				o->witness_against = describe(in, d);
			continue;
		}
		if (a->kind == ATOM_ON)
			o->for_on += is_global(d);
		else
			*(is_global(d) ? &o->for_global : &o->for_static) += 1;
		o->for_long |= a->kind == ATOM_Y && d->kind == 't' && d->symbol->key.size >= LONG_NAME &&
			       memchr(d->symbol->key.name, '_', d->symbol->key.size);
		if (!o->witness_for)
			o->witness_for = describe(in, d);
	}
}

/* It is in a module: the options by which its file is linked may be m, and one of them is. Otherwise it is another of the
 * name, a copy of an inline function. */
static void vote_for_module(struct infer *in, const struct definition *d, struct condition *c)
{
	CLEANUP(free_ptr) struct condition *own = xmalloc(sizeof(*own));
	bool linked = false;

	condition_read(d->condition, d->condition_size, own);
	for (size_t i = 0; i < c->count; i++) {
		struct atom *a = &c->atoms[i];

		if (a->kind != ATOM_Y || condition_has(own, a))
			continue;
		linked |= !a->negated && state_of(in, a->name) == INFER_M;
		a->kind = a->negated ? ATOM_NEVER : ATOM_ON;
	}
	if (linked)
		vote_for(in, d, c);
}

/* Variables are no witnesses of absence: not every kernel lists them. */
static void count_missing(struct infer *in, const struct definition *d, const struct condition *c)
{
	if (d->kind != 'T' && d->kind != 't')
		return;
	for (size_t i = 0; i < c->count; i++) {
		struct infer_option *o;

		if (c->atoms[i].kind != ATOM_Y || c->atoms[i].negated)
			continue;
		o = option_of(in, c->atoms[i].name);
		*(is_global(d) ? &o->absent_global : &o->absent_static) += 1;
	}
}

static void count_all(struct infer *in)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));

	for (size_t i = 0; i < in->count; i++) {
		const struct definition *d = &in->definitions[i];

		if (!is_usable(in, d))
			continue;
		common_condition(in, d, c);
		if (is_present(d))
			vote_for(in, d, c);
		else if (is_in_module(d))
			vote_for_module(in, d, c);
		else
			count_missing(in, d, c);
	}
}

static const uint8_t values_of_state[] = {
	[INFER_UNKNOWN] = VALUES_ALL,	       [INFER_Y] = VALUE_Y,
	[INFER_ON] = VALUE_M | VALUE_Y,	       [INFER_M] = VALUE_M,
	[INFER_NOT_Y] = VALUE_N | VALUE_M,     [INFER_N] = VALUE_N,
};

/* Static names alone: a macro may have made them elsewhere. */
static bool statics_suffice(const struct infer_option *o)
{
	return !o->against && !o->against_on && !o->absent_global &&
	       (o->for_static >= 2 || (o->for_long && !o->absent_static)) &&
	       o->for_static * 4 >= o->absent_static;
}

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

/* What was given stands, and may become narrower. */
static bool may_become(const struct infer_option *o, enum infer_state state)
{
	return !o->given || (values_of_state[o->state] | values_of_state[state]) == values_of_state[o->state];
}

static void decide_present(struct infer *in)
{
	for (size_t i = 0; i < in->options.count; i++) {
		struct infer_option *o = option_at(in, i);
		enum infer_state state = state_by_names(o);

		if (state != INFER_UNKNOWN && may_become(o, state))
			o->state = state;
	}
}

/* A global function that is not there: of each condition that would make it, the only atom that is
 * not known to hold does not. */
static void use_absent(struct infer *in, const struct definition *d, const struct condition *c)
{
	const struct atom *open = NULL;
	struct infer_option *o;

	if (!c->exact)
		return;
	for (size_t i = 0; i < c->count; i++) {
		int truth = infer_holds(in, &c->atoms[i]);

		if (!truth || (truth < 0 && open))
			return;
		if (truth < 0)
			open = &c->atoms[i];
	}
	if (!open) {
		in->missing++;
		return;
	}
	if (open->negated || open->kind == ATOM_M)
		return;
	o = option_of(in, open->name);
	*(open->kind == ATOM_Y ? &o->against : &o->against_on) += 1;
	if (!o->witness_against)
		o->witness_against = xasprintf("no %.*s", (int)d->symbol->key.size,
					       d->symbol->key.name);
}

static void count_absent(struct infer *in)
{
	CLEANUP(free_ptr) struct condition *c = xmalloc(sizeof(*c));

	for (size_t i = 0; i < in->options.count; i++)
		if (option_at(in, i)->state == INFER_UNKNOWN || option_at(in, i)->state == INFER_ON)
			option_at(in, i)->against = option_at(in, i)->against_on = 0;
	in->missing = in->expected = 0;
	for (size_t i = 0; i < in->count; i++) {
		const struct definition *d = &in->definitions[i];
		const char *gates = in->files[d->file].gates;

		if (d->kind != 'T' || !is_usable(in, d))
			continue;
		if (is_present(d)) {
			in->expected++;
			continue;
		}
		while (next_condition(&gates, d, c))
			use_absent(in, d, c);
	}
	in->expected += in->missing;
}

static bool decide_absent(struct infer *in)
{
	bool news = false;

	for (size_t i = 0; i < in->options.count; i++) {
		struct infer_option *o = option_at(in, i);
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

static enum infer_state state_of_values(unsigned int values)
{
	for (enum infer_state s = INFER_Y; s <= INFER_N; s++)
		if (values_of_state[s] == values)
			return s;
	return INFER_UNKNOWN;
}

static void narrow(struct infer_option *o, enum infer_state state, const char *reason)
{
	char **witness = state == INFER_NOT_Y || state == INFER_N ? &o->witness_against : &o->witness_for;

	o->state = state;
	o->implied = true;
	if (!*witness)
		*witness = xasprintf("Kconfig: follows from %s",
				     reason && strcmp(reason, o->name) != 0 ? reason : "what it depends on");
}

/* What follows from all that is known by now. */
static bool use_rules(struct infer *in, struct imply *rules)
{
	bool news = false;

	for (size_t i = 0; i < in->options.count; i++) {
		const struct infer_option *o = option_at(in, i);

		if (o->state != INFER_UNKNOWN)
			imply_set(rules, o->name, values_of_state[o->state]);
	}
	imply_run(rules);
	for (size_t i = 0; i < imply_count(rules); i++) {
		unsigned int values = imply_values(rules, i);
		enum infer_state state = state_of_values(values);
		struct infer_option *o;

		if (state == INFER_UNKNOWN)
			continue;
		o = option_of(in, imply_name(rules, i));
		if (values_of_state[o->state] == values ||
		    (values_of_state[o->state] & values) != values)
			continue;
		narrow(o, state, imply_reason(rules, i));
		news = true;
	}
	return news;
}

void infer_ask(struct infer *in, infer_more *more, void *arg)
{
	in->more = more;
	in->arg = arg;
}

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
	static const char *const names[] = { [INFER_UNKNOWN] = "anything", [INFER_Y] = "y", [INFER_ON] = "y or m",
					     [INFER_M] = "m", [INFER_NOT_Y] = "not y", [INFER_N] = "n" };
	struct infer_option *o = option_of(in, name);
	unsigned int values = values_of_state[o->state] & values_of_state[state];
	char **witness;

	if (!values) {
		if (!o->conflict)
			o->conflict = xasprintf("%s by %s", names[state], why);
		return;
	}
	if (o->given && values == values_of_state[o->state])
		return; /* it is no news */
	o->state = state_of_values(values);
	o->given = true;
	witness = state == INFER_N || state == INFER_NOT_Y ? &o->witness_against : &o->witness_for;
	free(*witness);
	*witness = xstrdup(why);
}

size_t infer_count(const struct infer *in)
{
	return in->options.count;
}

const struct infer_option *infer_at(const struct infer *in, size_t index)
{
	return option_at(in, index);
}

const struct infer_option *infer_find(const struct infer *in, const char *name)
{
	const struct named_option *o = table_find(&in->options, name, strlen(name));

	return o ? &o->option : NULL;
}

void infer_doubts(const struct infer *in, size_t *expected, size_t *missing)
{
	*expected = in->expected;
	*missing = in->missing;
}
