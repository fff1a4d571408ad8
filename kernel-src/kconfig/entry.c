#include "kernel-src/kconfig/entry.h"

#include <string.h>

#include "base/vec.h"

#define NAME_MAX_SIZE 128
#define CHOICES_MAX 10000

void kconfig_place_deinit(struct kconfig_place *p)
{
	free(p->targets);
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

/* 0: the word gives no type. */
static unsigned int type_of(struct kconfig_word w)
{
	static const struct {
		const char *keyword;
		enum kconfig_type type;
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

static uint32_t option_index(void *k, const char *name, size_t size)
{
	return kconfig_option_get(k, name, size)->index;
}

static const struct expr *read_expr(struct kconfig_place *p, struct kconfig_word *line)
{
	const struct expr_reader reader = { &p->k->pool, option_index, p->k };
	const char *end = line->text + line->size;
	const struct expr *e = expr_read(&reader, &line->text, end);

	line->size = (size_t)(end - line->text);
	return e;
}

/* `if EXPRESSION`, or nothing */
static const struct expr *read_condition(struct kconfig_place *p, struct kconfig_word *line)
{
	struct kconfig_word w = kconfig_next_word(line);

	return kconfig_is(w, "if") ? read_expr(p, line) : NULL;
}

static struct kconfig_property *add_property(struct kconfig_option *o,
					     enum kconfig_property_kind kind)
{
	struct kconfig_property *p = vec_add(o->properties, o->count, o->capacity);

	p->kind = kind;
	return p;
}

static void add_target(struct kconfig_place *p, enum kconfig_property_kind kind,
		       struct kconfig_option *option, const struct expr *condition)
{
	*vec_add(p->targets, p->target_count, p->target_capacity) =
		(struct kconfig_target){ kind, option, condition };
}

/* The conjunction of what each frame says, with e. */
static const struct expr *depends_around(const struct kconfig_place *p, const struct expr *e)
{
	for (size_t i = p->frames->depth; i-- > 0;)
		e = expr_and(&p->k->pool, p->frames->list[i].depends, e);
	return e;
}

static const struct expr *visible_around(const struct kconfig_place *p)
{
	const struct expr *e = NULL;

	for (size_t i = p->frames->depth; i-- > 0;)
		e = expr_and(&p->k->pool, p->frames->list[i].visible, e);
	return e;
}

/* The entry is complete: what it depends on becomes a part of all that it says. */
void kconfig_entry_end(struct kconfig_place *p)
{
	struct expr_pool *pool = &p->k->pool;
	const struct expr *depends = p->depends, *visible;
	struct kconfig_option *o = p->option;

	p->option = NULL;
	p->is_frame = false;
	p->depends = NULL;
	if (!o)
		return;
	depends = depends_around(p, depends);
	visible = visible_around(p);
	if (p->frames->lost)
		depends = expr_and(pool, depends, expr_value(pool, VALUES_ALL));
	for (size_t i = p->first; i < o->count; i++) {
		struct kconfig_property *property = &o->properties[i];

		property->condition = expr_and(pool, depends, property->condition);
		if (property->kind == KCONFIG_PROMPT)
			property->condition = expr_and(pool, visible, property->condition);
	}
	o->depends = expr_or(pool, o->depends, depends);
	for (size_t i = 0; i < p->target_count; i++) {
		struct kconfig_property *property =
			add_property(p->targets[i].option, p->targets[i].kind);

		property->by = o->index;
		property->condition = expr_and(pool, depends, p->targets[i].condition);
	}
	p->target_count = 0;
}

static void begin_option(struct kconfig_place *p, struct kconfig_word name)
{
	const struct kconfig_frames *frames = p->frames;
	struct kconfig_option *o;

	if (!is_name(name))
		return;
	o = kconfig_option_get(p->k, name.text, name.size);
	if (!o->defined) {
		o->defined = true;
		p->k->defined++;
		o->depends = expr_value(&p->k->pool, VALUE_N); /* no definition so far: the `or` of none */
	}
	p->option = o;
	p->first = o->count;
	for (size_t i = 0; i < frames->depth; i++)
		if (frames->list[i].kind == FRAME_CHOICE)
			o->choice = frames->list[i].choice;
}

/* The number of a new choice; 0 when there are too many. */
static uint32_t add_choice(struct kconfig *k)
{
	static const struct kconfig_choice none;

	if (k->choice_count == CHOICES_MAX)
		return 0;
	if (!k->choice_count)
		*vec_add(k->choices, k->choice_count, k->choice_capacity) = none;
	*vec_add(k->choices, k->choice_count, k->choice_capacity) = none;
	return (uint32_t)k->choice_count - 1;
}

static void push_frame(struct kconfig_place *p, enum kconfig_frame_kind kind,
		       const struct expr *depends)
{
	struct kconfig_frames *frames = p->frames;

	if (frames->depth == KCONFIG_FRAMES_MAX) {
		frames->lost++;
		return;
	}
	frames->list[frames->depth++] = (struct kconfig_frame){
		.kind = kind, .depends = depends,
		.choice = kind == FRAME_CHOICE ? add_choice(p->k) : 0,
	};
	p->is_frame = kind != FRAME_IF;
}

static void pop_frame(struct kconfig_place *p)
{
	struct kconfig_frames *frames = p->frames;
	const struct expr *depends;
	uint32_t choice;

	if (frames->lost) {
		frames->lost--;
		return;
	}
	if (!frames->depth)
		return;
	depends = depends_around(p, NULL);
	choice = frames->list[--frames->depth].choice;
	if (choice)
		p->k->choices[choice].depends = depends;
}

/* The innermost menu or choice, which the entry is. */
static struct kconfig_frame *top_frame(struct kconfig_place *p)
{
	return &p->frames->list[p->frames->depth - 1];
}

/* `depends on A`, and from 7.0 on `depends on A if B`, which demands A only where B is. */
static void take_depends(struct kconfig_place *p, struct kconfig_word line)
{
	struct expr_pool *pool = &p->k->pool;
	const struct expr *e, *condition;

	kconfig_next_word(&line);
	e = read_expr(p, &line);
	condition = read_condition(p, &line);
	if (condition)
		e = expr_or(pool, e, expr_off(pool, condition));
	if (p->option)
		p->depends = expr_and(pool, p->depends, e);
	else if (p->is_frame)
		top_frame(p)->depends = expr_and(pool, top_frame(p)->depends, e);
}

/* Takes a quoted text off line; it may hold any word. */
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

static void take_prompt(struct kconfig_place *p, struct kconfig_word line)
{
	p->option->prompt = true;
	skip_text(&line);
	add_property(p->option, KCONFIG_PROMPT)->condition = read_condition(p, &line);
}

static void take_default(struct kconfig_place *p, struct kconfig_word line)
{
	struct kconfig_property *property = add_property(p->option, KCONFIG_DEFAULT);

	property->value = read_expr(p, &line);
	property->condition = read_condition(p, &line);
}

/* `bool "prompt"`, `def_bool y` */
static void take_type(struct kconfig_place *p, struct kconfig_word keyword, unsigned int type,
		      struct kconfig_word rest)
{
	struct kconfig_word line = rest, w;

	p->option->types |= type;
	if (!memcmp(keyword.text, "def", 3)) {
		take_default(p, rest);
		return;
	}
	w = kconfig_next_word(&line);
	if (w.size && strchr("\"'", *w.text))
		take_prompt(p, rest);
}

/* `select OPTION if EXPRESSION`, `imply OPTION` */
static void take_select(struct kconfig_place *p, enum kconfig_property_kind kind,
			struct kconfig_word line)
{
	struct kconfig_word name = kconfig_next_word(&line);
	const struct expr *condition = read_condition(p, &line);

	if (is_name(name))
		add_target(p, kind, kconfig_option_get(p->k, name.text, name.size), condition);
}

/* A line that says something of the option. Older trees say `option modules`, newer ones `modules`. */
static void take_property(struct kconfig_place *p, struct kconfig_word first,
			  struct kconfig_word rest)
{
	unsigned int type = type_of(first);

	if (type)
		take_type(p, first, type, rest);
	else if (kconfig_is(first, "prompt"))
		take_prompt(p, rest);
	else if (kconfig_is(first, "default"))
		take_default(p, rest);
	else if (kconfig_is(first, "select"))
		take_select(p, KCONFIG_SELECTED, rest);
	else if (kconfig_is(first, "imply"))
		take_select(p, KCONFIG_IMPLIED, rest);
	else if (kconfig_is(first, "modules") ||
		 (kconfig_is(first, "option") && kconfig_is(kconfig_next_word(&rest), "modules")))
		p->option->modules = true;
}

/* The first or last line of a menu, an if or a choice, or an entry that says nothing of an option.
 * False: another line. */
static bool take_block(struct kconfig_place *p, struct kconfig_word first, struct kconfig_word rest)
{
	static const struct {
		const char *word;
		enum { OPENS, CLOSES, STANDS_ALONE } what;
		enum kconfig_frame_kind kind;
	} blocks[] = {
		{ "menu", OPENS, FRAME_MENU },	    { "if", OPENS, FRAME_IF },
		{ "choice", OPENS, FRAME_CHOICE },  { "endmenu", CLOSES, FRAME_MENU },
		{ "endif", CLOSES, FRAME_IF },	    { "endchoice", CLOSES, FRAME_CHOICE },
		{ "comment", STANDS_ALONE, FRAME_MENU }, { "mainmenu", STANDS_ALONE, FRAME_MENU },
	};
	size_t i = 0, count = sizeof(blocks) / sizeof(blocks[0]);

	while (i < count && !kconfig_is(first, blocks[i].word))
		i++;
	if (i == count)
		return false;
	kconfig_entry_end(p);
	if (blocks[i].what == OPENS)
		push_frame(p, blocks[i].kind, blocks[i].kind == FRAME_IF ? read_expr(p, &rest) : NULL);
	else if (blocks[i].what == CLOSES)
		pop_frame(p);
	return true;
}

/* A line that says something of a menu or choice. */
static void take_frame_property(struct kconfig_place *p, struct kconfig_word first,
				struct kconfig_word rest)
{
	struct kconfig_frame *f = top_frame(p);

	if (kconfig_is(first, "visible"))
		f->visible = expr_and(&p->k->pool, f->visible, read_condition(p, &rest));
	else if (kconfig_is(first, "optional") && f->choice)
		p->k->choices[f->choice].optional = true;
}

void kconfig_entry_line(struct kconfig_place *p, struct kconfig_word first, struct kconfig_word rest)
{
	if (kconfig_is(first, "config") || kconfig_is(first, "menuconfig")) {
		kconfig_entry_end(p);
		begin_option(p, kconfig_next_word(&rest));
	} else if (take_block(p, first, rest)) {
		return;
	} else if (kconfig_is(first, "depends")) {
		take_depends(p, rest);
	} else if (p->option) {
		take_property(p, first, rest);
	} else if (p->is_frame) {
		take_frame_property(p, first, rest);
	}
}
