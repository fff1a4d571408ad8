#include "kernel-src/kconfig/entry.h"

#include <string.h>

#include "base/alloc.h"

#define NAME_MAX_SIZE 128
#define CHOICES_MAX 10000

void kconfig_place_deinit(struct kconfig_place *p)
{
	free(p->targets);
}

bool kconfig_only(const char *text, size_t size, const char *alphabet)
{
	for (size_t i = 0; i < size; i++)
		if (!text[i] || !strchr(alphabet, text[i]))
			return false;
	return true;
}

struct kconfig_word kconfig_next_word(struct kconfig_word *line)
{
	struct kconfig_word w;
	size_t blank = 0;

	while (blank < line->size && strchr(" \t", line->text[blank]))
		blank++;
	line->text += blank;
	line->size -= blank;
	w = (struct kconfig_word){ line->text, 0 };
	while (w.size < line->size && !strchr(" \t", line->text[w.size]))
		w.size++;
	line->text += w.size;
	line->size -= w.size;
	return w;
}

bool kconfig_is(struct kconfig_word w, const char *text)
{
	return w.size == strlen(text) && !memcmp(w.text, text, w.size);
}

static unsigned int type_of(struct kconfig_word w)
{
	static const struct {
		const char *keyword;
		unsigned int type;
	} types[] = {
		{ "bool", KCONFIG_BOOL },	  { "boolean", KCONFIG_BOOL },
		{ "def_bool", KCONFIG_BOOL },	  { "tristate", KCONFIG_TRISTATE },
		{ "def_tristate", KCONFIG_TRISTATE }, { "int", KCONFIG_INT },
		{ "def_int", KCONFIG_INT },	  { "hex", KCONFIG_HEX },
		{ "def_hex", KCONFIG_HEX },	  { "string", KCONFIG_STRING },
		{ "def_string", KCONFIG_STRING },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (kconfig_is(w, types[i].keyword))
			return types[i].type;
	return 0;
}

static bool is_name(struct kconfig_word w)
{
	return w.size && w.size <= NAME_MAX_SIZE &&
	       kconfig_only(w.text, w.size,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

static struct kconfig_option *option_get(struct kconfig *k, const char *name, size_t size)
{
	size_t before = k->options.count;
	struct kconfig_option *o = table_get(&k->options, name, size, sizeof(*o));

	if (k->options.count > before)
		o->index = (uint32_t)before;
	return o;
}

static uint32_t option_index(void *k, const char *name, size_t size)
{
	return option_get(k, name, size)->index;
}

static const struct expr *read_expr(struct kconfig *k, struct kconfig_word *line)
{
	const struct expr_reader reader = { &k->pool, option_index, k };
	const char *end = line->text + line->size;
	const struct expr *e = expr_read(&reader, &line->text, end);

	line->size = (size_t)(end - line->text);
	return e;
}

/* `if EXPRESSION`, or nothing */
static const struct expr *read_condition(struct kconfig *k, struct kconfig_word *line)
{
	struct kconfig_word w = kconfig_next_word(line);

	return kconfig_is(w, "if") ? read_expr(k, line) : NULL;
}

static struct kconfig_property *add_property(struct kconfig_option *o,
					     enum kconfig_property_kind kind)
{
	o->properties = xrealloc(o->properties, o->count + 1, sizeof(*o->properties));
	o->properties[o->count] = (struct kconfig_property){ .kind = kind };
	return &o->properties[o->count++];
}

static void add_target(struct kconfig_place *p, enum kconfig_property_kind kind,
		       struct kconfig_option *option, const struct expr *condition)
{
	if (p->target_count == p->target_capacity) {
		p->target_capacity = p->target_capacity ? 2 * p->target_capacity : 16;
		p->targets = xrealloc(p->targets, p->target_capacity, sizeof(*p->targets));
	}
	p->targets[p->target_count++] = (struct kconfig_target){ kind, option, condition };
}

/* The entry is complete: what it depends on becomes a part of all that it says. */
void kconfig_entry_end(struct kconfig *k, struct kconfig_place *p)
{
	const struct expr *depends = p->depends, *visible = NULL;
	struct kconfig_option *o = p->option;

	p->option = NULL;
	p->is_frame = false;
	p->depends = NULL;
	if (!o)
		return;
	for (size_t i = k->depth; i-- > 0;) {
		depends = expr_and(&k->pool, k->frames[i].depends, depends);
		visible = expr_and(&k->pool, k->frames[i].visible, visible);
	}
	if (k->lost)
		depends = expr_and(&k->pool, depends, expr_value(&k->pool, VALUES_ALL));
	for (size_t i = p->first; i < o->count; i++) {
		struct kconfig_property *property = &o->properties[i];

		property->condition = expr_and(&k->pool, depends, property->condition);
		if (property->kind == KCONFIG_PROMPT)
			property->condition = expr_and(&k->pool, visible, property->condition);
	}
	o->depends = expr_or(&k->pool, o->depends, depends);
	for (size_t i = 0; i < p->target_count; i++) {
		struct kconfig_property *property =
			add_property(p->targets[i].option, p->targets[i].kind);

		property->by = o->index;
		property->condition = expr_and(&k->pool, depends, p->targets[i].condition);
	}
	p->target_count = 0;
}

static void begin_option(struct kconfig *k, struct kconfig_place *p, struct kconfig_word name)
{
	struct kconfig_option *o;

	if (!is_name(name))
		return;
	o = option_get(k, name.text, name.size);
	if (!o->defined) {
		o->defined = true;
		k->defined++;
		o->depends = expr_value(&k->pool, VALUE_N); /* any of none */
	}
	p->option = o;
	p->first = o->count;
	for (size_t i = 0; i < k->depth; i++)
		if (k->frames[i].kind == FRAME_CHOICE)
			o->choice = k->frames[i].choice;
}

static void push_frame(struct kconfig *k, struct kconfig_place *p, enum kconfig_frame_kind kind,
		       const struct expr *depends)
{
	struct kconfig_frame f = { .kind = kind, .depends = depends };

	if (k->depth == KCONFIG_FRAMES_MAX) {
		k->lost++;
		return;
	}
	if (kind == FRAME_CHOICE && k->choice_count < CHOICES_MAX) {
		if (!k->choice_count)
			k->choice_count = 1;
		k->choices = xrealloc(k->choices, k->choice_count + 1, sizeof(*k->choices));
		k->choices[k->choice_count] = (struct kconfig_choice){ 0 };
		f.choice = (uint32_t)k->choice_count++;
	}
	k->frames[k->depth++] = f;
	p->is_frame = kind != FRAME_IF;
}

static void pop_frame(struct kconfig *k)
{
	const struct expr *depends = NULL;

	if (k->lost) {
		k->lost--;
		return;
	}
	if (!k->depth)
		return;
	for (size_t i = k->depth; i-- > 0;)
		depends = expr_and(&k->pool, k->frames[i].depends, depends);
	if (k->frames[--k->depth].choice)
		k->choices[k->frames[k->depth].choice].depends = depends;
}

/* `depends on A`, and from 7.0 on `depends on A if B`: where B is, A has to be. */
static void take_depends(struct kconfig *k, struct kconfig_place *p, struct kconfig_word line)
{
	const struct expr *e, *condition;

	kconfig_next_word(&line);
	e = read_expr(k, &line);
	condition = read_condition(k, &line);
	if (condition)
		e = expr_or(&k->pool, e, expr_off(&k->pool, condition));
	if (p->option)
		p->depends = expr_and(&k->pool, p->depends, e);
	else if (p->is_frame)
		k->frames[k->depth - 1].depends = expr_and(&k->pool, k->frames[k->depth - 1].depends, e);
}

static void skip_text(struct kconfig_word *line)
{
	size_t i = 0;
	char quote;

	while (i < line->size && strchr(" \t", line->text[i]))
		i++;
	if (i < line->size && strchr("\"'", line->text[i])) {
		quote = line->text[i++];
		while (i < line->size && line->text[i] != quote)
			i += line->text[i] == '\\' && i + 1 < line->size ? 2 : 1;
		i += i < line->size;
	}
	*line = (struct kconfig_word){ line->text + i, line->size - i };
}

static void take_prompt(struct kconfig *k, struct kconfig_place *p, struct kconfig_word line)
{
	p->option->prompt = true;
	skip_text(&line);
	add_property(p->option, KCONFIG_PROMPT)->condition = read_condition(k, &line);
}

static void take_default(struct kconfig *k, struct kconfig_place *p, struct kconfig_word line)
{
	struct kconfig_property *property = add_property(p->option, KCONFIG_DEFAULT);

	property->value = read_expr(k, &line);
	property->condition = read_condition(k, &line);
}

/* A line that says something of the option. */
static void take_property(struct kconfig *k, struct kconfig_place *p, struct kconfig_word first, struct kconfig_word rest)
{
	unsigned int type = type_of(first);
	struct kconfig_word w = rest;

	if (type) {
		p->option->types |= type;
		if (!memcmp(first.text, "def", 3)) {
			take_default(k, p, rest);
			return;
		}
		w = kconfig_next_word(&w);
		if (w.size && strchr("\"'", *w.text))
			take_prompt(k, p, rest);
	} else if (kconfig_is(first, "prompt")) {
		take_prompt(k, p, rest);
	} else if (kconfig_is(first, "default")) {
		take_default(k, p, rest);
	} else if (kconfig_is(first, "select") || kconfig_is(first, "imply")) {
		w = kconfig_next_word(&rest);
		if (is_name(w))
			add_target(p, kconfig_is(first, "select") ? KCONFIG_SELECTED : KCONFIG_IMPLIED,
				   option_get(k, w.text, w.size), read_condition(k, &rest));
	} else if (kconfig_is(first, "modules") ||
		   (kconfig_is(first, "option") && kconfig_is(kconfig_next_word(&rest), "modules"))) {
		p->option->modules = true;
	}
}

static bool take_block(struct kconfig *k, struct kconfig_place *p, struct kconfig_word first, struct kconfig_word rest)
{
	static const char *const words[] = { "menu", "if", "choice", "endmenu", "endif", "endchoice",
					     "comment", "mainmenu" };
	size_t i = 0;

	while (i < 8 && !kconfig_is(first, words[i]))
		i++;
	if (i == 8)
		return false;
	kconfig_entry_end(k, p);
	if (i < 3)
		push_frame(k, p, i == 0 ? FRAME_MENU : i == 1 ? FRAME_IF : FRAME_CHOICE,
			   i == 1 ? read_expr(k, &rest) : NULL);
	else if (i < 6)
		pop_frame(k);
	return true;
}

void kconfig_entry_line(struct kconfig *k, struct kconfig_place *p, struct kconfig_word first,
			struct kconfig_word rest)
{
	if (kconfig_is(first, "config") || kconfig_is(first, "menuconfig")) {
		kconfig_entry_end(k, p);
		begin_option(k, p, kconfig_next_word(&rest));
	} else if (take_block(k, p, first, rest)) {
		return;
	} else if (kconfig_is(first, "depends")) {
		take_depends(k, p, rest);
	} else if (p->option) {
		take_property(k, p, first, rest);
	} else if (p->is_frame && kconfig_is(first, "visible")) {
		struct kconfig_frame *f = &k->frames[k->depth - 1];

		f->visible = expr_and(&k->pool, f->visible, read_condition(k, &rest));
	} else if (p->is_frame && kconfig_is(first, "optional") && k->frames[k->depth - 1].choice) {
		k->choices[k->frames[k->depth - 1].choice].optional = true;
	}
}
