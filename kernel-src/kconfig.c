#include "kernel-src/kconfig.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "kernel-src/tree.h"

#define FILE_MAX (8u << 20)
#define FILES_MAX 20000
#define NESTED_MAX 32
#define FRAMES_MAX 64
#define LINE_MAX_SIZE 16384
#define NAME_MAX_SIZE 128
#define STRING_MAX 1024
#define CHOICES_MAX 10000

/* What stands around an entry: a menu, an if, a choice. */
struct frame {
	enum frame_kind { FRAME_MENU, FRAME_IF, FRAME_CHOICE } kind;
	const struct expr *depends, *visible;
	uint32_t choice;
};

struct kconfig {
	struct table options, files;
	size_t defined;
	struct expr_pool pool;
	struct kconfig_choice *choices; /* the first is none */
	size_t choice_count;
	struct frame frames[FRAMES_MAX];
	size_t depth, lost; /* lost: deeper than the maximum */
	const char *tree;   /* NULL: source statements are not followed */
	int nested;
};

/* A piece of a line. */
struct word {
	const char *text;
	size_t size;
};

struct kconfig *kconfig_new(void)
{
	return xcalloc(1, sizeof(struct kconfig));
}

static void option_deinit(void *element)
{
	free(((struct kconfig_option *)element)->properties);
}

void kconfig_free(struct kconfig *k)
{
	if (!k)
		return;
	table_deinit(&k->options, option_deinit);
	table_deinit(&k->files, NULL);
	expr_pool_deinit(&k->pool);
	free(k->choices);
	free(k);
}

const struct kconfig_option *kconfig_find(const struct kconfig *k, const char *name, size_t size)
{
	return table_find(&k->options, name, size);
}

unsigned int kconfig_types(const struct kconfig *k, const char *name, size_t size)
{
	const struct kconfig_option *option = kconfig_find(k, name, size);

	return option ? option->types : 0;
}

bool kconfig_has_prompt(const struct kconfig *k, const char *name, size_t size)
{
	const struct kconfig_option *option = kconfig_find(k, name, size);

	return option && option->prompt;
}

size_t kconfig_count(const struct kconfig *k)
{
	return k->defined;
}

size_t kconfig_mentioned(const struct kconfig *k)
{
	return k->options.count;
}

const struct kconfig_option *kconfig_option(const struct kconfig *k, size_t index)
{
	return k->options.list[index];
}

const struct kconfig_choice *kconfig_choice(const struct kconfig *k, size_t index)
{
	return index && index < k->choice_count ? &k->choices[index] : NULL;
}

/* --- values ------------------------------------------------------------------ */

static bool only(const char *text, size_t size, const char *alphabet)
{
	for (size_t i = 0; i < size; i++)
		if (!text[i] || !strchr(alphabet, text[i]))
			return false;
	return true;
}

static bool is_string(const char *value, size_t size)
{
	return size >= 2 && size <= STRING_MAX && value[0] == '"' && value[size - 1] == '"' &&
	       only(value + 1, size - 2,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,:/+@%=~^-");
}

static bool is_int(const char *value, size_t size)
{
	size_t sign = size && value[0] == '-';

	return size > sign && size - sign <= 20 && only(value + sign, size - sign, "0123456789");
}

static bool is_hex(const char *value, size_t size)
{
	size_t prefix = size > 2 && value[0] == '0' && (value[1] == 'x' || value[1] == 'X') ? 2 : 0;

	return size > prefix && size - prefix <= 16 &&
	       only(value + prefix, size - prefix, "0123456789abcdefABCDEF");
}

const char *kconfig_value_fault(unsigned int types, const char *value, size_t size)
{
	if ((types & KCONFIG_BOOL) && size == 1 && only(value, size, "yn"))
		return NULL;
	if ((types & KCONFIG_TRISTATE) && size == 1 && only(value, size, "ymn"))
		return NULL;
	if ((types & KCONFIG_INT) && is_int(value, size))
		return NULL;
	if ((types & KCONFIG_HEX) && is_hex(value, size))
		return NULL;
	if (types & KCONFIG_STRING)
		return is_string(value, size) ? NULL : "not a plain quoted string";
	if (types & (KCONFIG_INT | KCONFIG_HEX))
		return "not a number";
	return types & KCONFIG_TRISTATE ? "not y, m or n" : "not y or n";
}

/* --- Kconfig files ------------------------------------------------------------ */

/* Takes the next word off line. */
static struct word next_word(struct word *line)
{
	struct word w;
	size_t blank = 0;

	while (blank < line->size && strchr(" \t", line->text[blank]))
		blank++;
	line->text += blank;
	line->size -= blank;
	w = (struct word){ line->text, 0 };
	while (w.size < line->size && !strchr(" \t", line->text[w.size]))
		w.size++;
	line->text += w.size;
	line->size -= w.size;
	return w;
}

static bool is(struct word w, const char *text)
{
	return w.size == strlen(text) && !memcmp(w.text, text, w.size);
}

static unsigned int type_of(struct word w)
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
		if (is(w, types[i].keyword))
			return types[i].type;
	return 0;
}

static bool is_name(struct word w)
{
	return w.size && w.size <= NAME_MAX_SIZE &&
	       only(w.text, w.size,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}

/* A select or imply, which is said of the option that does it. */
struct target {
	enum kconfig_property_kind kind;
	struct kconfig_option *option;
	const struct expr *condition;
};

/* Where in a Kconfig file the reader is. */
struct place {
	/* the entry being read, as far as its end; NULL: none with options */
	struct kconfig_option *option;
	bool is_frame; /* it is the innermost menu or choice */
	const struct expr *depends;
	size_t first; /* property of this definition */
	struct target *targets;
	size_t target_count, target_capacity;
	bool help, help_began; /* in a help text, whose lines are indented by... */
	size_t indent;
};

static void place_deinit(struct place *p)
{
	free(p->targets);
}

static size_t indent_of(struct word line, size_t *blank)
{
	size_t indent = 0, i = 0;

	for (; i < line.size && strchr(" \t", line.text[i]); i++)
		indent = line.text[i] == '\t' ? (indent | 7) + 1 : indent + 1;
	*blank = i;
	return indent;
}

/* Whether line belongs to a help text; ends the text when it does not. */
static bool skip_help(struct place *p, struct word line)
{
	size_t blank, indent;

	if (!p->help)
		return false;
	indent = indent_of(line, &blank);
	if (blank == line.size)
		return true;
	if (!p->help_began) {
		p->help_began = true;
		p->indent = indent;
	}
	p->help = indent && indent >= p->indent;
	return p->help;
}

static struct err *read_kconfig(struct kconfig *k, const char *path);

/* `source "arch/$(SRCARCH)/Kconfig"`; here: folder of the file it stands in. */
static struct err *follow(struct kconfig *k, struct word line, bool relative, const char *here)
{
	static const char *const arch[] = { "$(SRCARCH)", "${SRCARCH}", "$SRCARCH" };
	struct word w = next_word(&line);
	CLEANUP(buf_deinit) struct buf path = BUF_INIT;
	char clean[TREE_PATH_MAX];
	struct err *e;

	if (!k->tree || !w.size)
		return NULL;
	if (w.size >= 2 && strchr("\"'", *w.text) && w.text[w.size - 1] == *w.text)
		w = (struct word){ w.text + 1, w.size - 2 };
	if (w.size > 11 && !memcmp(w.text, "$(srctree)/", 11))
		w = (struct word){ w.text + 11, w.size - 11 };
	if (relative)
		buf_addf(&path, "%s/", here);
	while (w.size) {
		size_t n = 1;

		for (size_t i = 0; i < 3; i++)
			if (w.size >= strlen(arch[i]) && !memcmp(w.text, arch[i], strlen(arch[i])))
				n = strlen(arch[i]);
		if (n == 1 && *w.text == '$')
			return NULL; /* a variable that a plain build does not set */
		buf_add(&path, n > 1 ? "x86" : w.text, n > 1 ? 3 : 1);
		w = (struct word){ w.text + n, w.size - n };
	}
	e = tree_clean_name(buf_str(&path), clean);
	return e ? e : read_kconfig(k, clean);
}

/* --- entries ------------------------------------------------------------------ */

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

static const struct expr *read_expr(struct kconfig *k, struct word *line)
{
	const struct expr_reader reader = { &k->pool, option_index, k };
	const char *end = line->text + line->size;
	const struct expr *e = expr_read(&reader, &line->text, end);

	line->size = (size_t)(end - line->text);
	return e;
}

/* `if EXPRESSION`, or nothing */
static const struct expr *read_condition(struct kconfig *k, struct word *line)
{
	struct word w = next_word(line);

	return is(w, "if") ? read_expr(k, line) : NULL;
}

static struct kconfig_property *add_property(struct kconfig_option *o,
					     enum kconfig_property_kind kind)
{
	o->properties = xrealloc(o->properties, o->count + 1, sizeof(*o->properties));
	o->properties[o->count] = (struct kconfig_property){ .kind = kind };
	return &o->properties[o->count++];
}

static void add_target(struct place *p, enum kconfig_property_kind kind,
		       struct kconfig_option *option, const struct expr *condition)
{
	if (p->target_count == p->target_capacity) {
		p->target_capacity = p->target_capacity ? 2 * p->target_capacity : 16;
		p->targets = xrealloc(p->targets, p->target_capacity, sizeof(*p->targets));
	}
	p->targets[p->target_count++] = (struct target){ kind, option, condition };
}

/* The entry is complete: what it depends on becomes a part of all that it says. */
static void end_entry(struct kconfig *k, struct place *p)
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

static void begin_option(struct kconfig *k, struct place *p, struct word name)
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

static void push_frame(struct kconfig *k, struct place *p, enum frame_kind kind,
		       const struct expr *depends)
{
	struct frame f = { .kind = kind, .depends = depends };

	if (k->depth == FRAMES_MAX) {
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
static void take_depends(struct kconfig *k, struct place *p, struct word line)
{
	const struct expr *e, *condition;

	next_word(&line);
	e = read_expr(k, &line);
	condition = read_condition(k, &line);
	if (condition)
		e = expr_or(&k->pool, e, expr_off(&k->pool, condition));
	if (p->option)
		p->depends = expr_and(&k->pool, p->depends, e);
	else if (p->is_frame)
		k->frames[k->depth - 1].depends = expr_and(&k->pool, k->frames[k->depth - 1].depends, e);
}

static void skip_text(struct word *line)
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
	*line = (struct word){ line->text + i, line->size - i };
}

static void take_prompt(struct kconfig *k, struct place *p, struct word line)
{
	p->option->prompt = true;
	skip_text(&line);
	add_property(p->option, KCONFIG_PROMPT)->condition = read_condition(k, &line);
}

static void take_default(struct kconfig *k, struct place *p, struct word line)
{
	struct kconfig_property *property = add_property(p->option, KCONFIG_DEFAULT);

	property->value = read_expr(k, &line);
	property->condition = read_condition(k, &line);
}

/* A line that says something of the option. */
static void take_property(struct kconfig *k, struct place *p, struct word first, struct word rest)
{
	unsigned int type = type_of(first);
	struct word w = rest;

	if (type) {
		p->option->types |= type;
		if (!memcmp(first.text, "def", 3)) {
			take_default(k, p, rest);
			return;
		}
		w = next_word(&w);
		if (w.size && strchr("\"'", *w.text))
			take_prompt(k, p, rest);
	} else if (is(first, "prompt")) {
		take_prompt(k, p, rest);
	} else if (is(first, "default")) {
		take_default(k, p, rest);
	} else if (is(first, "select") || is(first, "imply")) {
		w = next_word(&rest);
		if (is_name(w))
			add_target(p, is(first, "select") ? KCONFIG_SELECTED : KCONFIG_IMPLIED,
				   option_get(k, w.text, w.size), read_condition(k, &rest));
	} else if (is(first, "modules") ||
		   (is(first, "option") && is(next_word(&rest), "modules"))) {
		p->option->modules = true;
	}
}

static bool take_block(struct kconfig *k, struct place *p, struct word first, struct word rest)
{
	static const char *const words[] = { "menu", "if", "choice", "endmenu", "endif", "endchoice",
					     "comment", "mainmenu" };
	size_t i = 0;

	while (i < 8 && !is(first, words[i]))
		i++;
	if (i == 8)
		return false;
	end_entry(k, p);
	if (i < 3)
		push_frame(k, p, i == 0 ? FRAME_MENU : i == 1 ? FRAME_IF : FRAME_CHOICE,
			   i == 1 ? read_expr(k, &rest) : NULL);
	else if (i < 6)
		pop_frame(k);
	return true;
}

static struct err *read_line(struct kconfig *k, struct place *p, struct word line, const char *here)
{
	struct word first, rest = line;

	if (skip_help(p, line))
		return NULL;
	first = next_word(&rest);
	if (is(first, "help") || is(first, "---help---")) {
		p->help = true;
		p->help_began = false;
	} else if (is(first, "config") || is(first, "menuconfig")) {
		end_entry(k, p);
		begin_option(k, p, next_word(&rest));
	} else if (is(first, "source") || is(first, "osource") || is(first, "rsource") ||
		   is(first, "orsource")) {
		end_entry(k, p);
		return follow(k, rest, memchr(first.text, 'r', 2) != NULL, here);
	} else if (take_block(k, p, first, rest)) {
		return NULL;
	} else if (is(first, "depends")) {
		take_depends(k, p, rest);
	} else if (p->option) {
		take_property(k, p, first, rest);
	} else if (p->is_frame && is(first, "visible")) {
		struct frame *f = &k->frames[k->depth - 1];

		f->visible = expr_and(&k->pool, f->visible, read_condition(k, &rest));
	} else if (p->is_frame && is(first, "optional") && k->frames[k->depth - 1].choice) {
		k->choices[k->frames[k->depth - 1].choice].optional = true;
	}
	return NULL;
}

/* A line with those that it goes on in, as one; size: all that was taken off the text. */
static struct word whole_line(const char *text, size_t size, struct buf *joined, size_t *taken)
{
	struct word line = { text, 0 };

	buf_clear(joined);
	for (*taken = 0; *taken < size;) {
		const char *start = text + *taken, *end = memchr(start, '\n', size - *taken);
		size_t n = end ? (size_t)(end - start) : size - *taken;

		*taken += n + (end != NULL);
		if (n && start[n - 1] == '\r')
			n--;
		line = (struct word){ start, n };
		if (n && start[n - 1] == '\\' && joined->size < LINE_MAX_SIZE && !memchr(start, '\0', n)) {
			buf_add(joined, start, n - 1);
			continue;
		}
		if (!joined->size)
			return line;
		buf_add(joined, start, n);
		break;
	}
	return joined->size ? (struct word){ joined->data, joined->size } : line;
}

static struct err *read_text(struct kconfig *k, const char *text, size_t size, const char *here)
{
	CLEANUP(buf_deinit) struct buf joined = BUF_INIT;
	CLEANUP(place_deinit) struct place p = { 0 };
	size_t taken;

	while (size) {
		struct word line = whole_line(text, size, &joined, &taken);
		struct err *e = memchr(line.text, '\0', line.size) ? NULL : read_line(k, &p, line, here);

		if (e)
			return e;
		text += taken;
		size -= taken;
	}
	end_entry(k, &p);
	return NULL;
}

static struct err *read_kconfig(struct kconfig *k, const char *path)
{
	CLEANUP(free_ptr) char *full = xasprintf("%s/%s", k->tree, path);
	CLEANUP(free_ptr) char *here = xstrdup(path);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	size_t before = k->files.count, depth = k->depth;
	char *slash = strrchr(here, '/');
	struct err *e;

	table_get(&k->files, path, strlen(path), sizeof(struct table_key));
	if (k->files.count == before || !file_exists(full))
		return NULL;
	if (k->files.count > FILES_MAX)
		return err_new(ERR_DATA, "%s: more than %d Kconfig files", k->tree, FILES_MAX);
	if (k->nested == NESTED_MAX)
		return err_new(ERR_DATA, "%s: sourced more than %d deep", path, NESTED_MAX);
	if (slash)
		*slash = '\0';
	k->nested++;
	e = file_read(full, FILE_MAX, &text);
	if (!e)
		e = err_in(read_text(k, buf_str(&text), text.size, slash ? here : "."), "%s", path);
	k->nested--;
	k->depth = k->depth > depth ? depth : k->depth; /* what it did not end */
	return e;
}

struct err *kconfig_add_text(struct kconfig *k, const char *text, size_t size)
{
	return read_text(k, text, size, ".");
}

struct err *kconfig_read(const char *tree, struct kconfig **ret)
{
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(free_ptr) char *top = xasprintf("%s/Kconfig", tree);
	struct err *e;

	if (!file_exists(top))
		return err_new(ERR_ABSENT, "%s: no such file", top);
	k->tree = tree;
	e = read_kconfig(k, "Kconfig");
	k->tree = NULL;
	if (e)
		return e;
	*ret = TAKE(k);
	return NULL;
}
