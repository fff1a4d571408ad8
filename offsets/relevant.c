#include "offsets/relevant.h"

#include <ctype.h>
#include <dwarf.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/table.h"
#include "offsets/dwarf.h"
#include "offsets/dwarf_type.h"
#include "offsets/probe_source.h"

#define HEADER_MAX (8u << 20)
#define MACROS_MAX (256u << 20)
#define DEPTH_MAX 64
#define LINES_MAX 20000 /* of one definition */
#define WORK_MAX 200000

/* What is remembered by its name: a macro, an enumerator, an option, a definition's place. */
struct thing {
	struct table_key key;
	char *file;
	unsigned int line;
	bool seen;
	char *where;
};

struct header {
	char *path;
	struct buf text;
	size_t *lines; /* offsets of line 1, 2, ... */
	size_t line_count;
};

struct work {
	struct table macros, enumerators, options, places, names, types;
	struct header *headers;
	size_t header_count, header_capacity;
	const char *folder;
	/* definitions to be read */
	struct place {
		char *file;
		unsigned int line;
		bool macro;
	} *queue;
	size_t queue_count, queue_capacity;
};

static struct thing *thing_get(struct table *t, const char *name, size_t size)
{
	return table_get(t, name, size, sizeof(struct thing));
}

static void thing_deinit(void *element)
{
	struct thing *t = element;

	free(t->file);
	free(t->where);
}

static void work_deinit(struct work *w)
{
	table_deinit(&w->macros, thing_deinit);
	table_deinit(&w->enumerators, thing_deinit);
	table_deinit(&w->options, thing_deinit);
	table_deinit(&w->places, thing_deinit);
	table_deinit(&w->names, thing_deinit);
	table_deinit(&w->types, thing_deinit);
	for (size_t i = 0; i < w->header_count; i++) {
		free(w->headers[i].path);
		buf_deinit(&w->headers[i].text);
		free(w->headers[i].lines);
	}
	free(w->headers);
	for (size_t i = 0; i < w->queue_count; i++)
		free(w->queue[i].file);
	free(w->queue);
}

/* A definition that is to be read, once. */
static void enqueue(struct work *w, const char *file, unsigned int line, bool macro)
{
	CLEANUP(free_ptr) char *key = xasprintf("%s:%u", file, line);
	struct thing *place;

	if (!line || w->queue_count == WORK_MAX)
		return;
	place = thing_get(&w->places, key, strlen(key));
	if (place->seen)
		return;
	place->seen = true;
	if (w->queue_count == w->queue_capacity) {
		w->queue_capacity = w->queue_capacity ? 2 * w->queue_capacity : 256;
		w->queue = xrealloc(w->queue, w->queue_capacity, sizeof(*w->queue));
	}
	w->queue[w->queue_count++] = (struct place){ xstrdup(file), line, macro };
}

/* --- macros -------------------------------------------------------------------------------- */

/* `# 12 "./include/linux/x.h" 1` */
static bool take_marker(const char *line, size_t size, struct buf *file, unsigned int *number)
{
	const char *quote = memchr(line, '"', size), *end;
	char *digits_end;

	if (size < 4 || line[0] != '#' || line[1] != ' ' || !isdigit((unsigned char)line[2]) || !quote)
		return false;
	*number = (unsigned int)strtoul(line + 2, &digits_end, 10);
	end = memchr(quote + 1, '"', size - (size_t)(quote + 1 - line));
	if (!end)
		return false;
	buf_clear(file);
	buf_add(file, quote + 1, (size_t)(end - quote - 1));
	return true;
}

/* Where each macro is defined, as last. */
static void read_macros(struct work *w, const char *text)
{
	CLEANUP(buf_deinit) struct buf file = BUF_INIT;
	unsigned int line = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		if (take_marker(text, n, &file, &line)) {
			line--;
		} else if (n > 8 && !memcmp(text, "#define ", 8) && file.size && file.data[0] != '<') {
			size_t size = 0;
			struct thing *macro;

			while (isalnum((unsigned char)text[8 + size]) || text[8 + size] == '_')
				size++;
			macro = thing_get(&w->macros, text + 8, size);
			free(macro->file);
			macro->file = xstrdup(buf_str(&file));
			macro->line = line;
		}
		line++;
		text += n + (text[n] == '\n');
	}
}

/* --- headers -------------------------------------------------------------------------------- */

static struct err *header_of(struct work *w, const char *file, struct header **ret)
{
	CLEANUP(free_ptr) char *path =
		*file == '/' ? xstrdup(file) : xasprintf("%s/%s", w->folder, file);
	struct header *h;
	struct err *e;

	for (size_t i = 0; i < w->header_count; i++) {
		if (!strcmp(w->headers[i].path, path)) {
			*ret = &w->headers[i];
			return NULL;
		}
	}
	if (w->header_count == w->header_capacity) {
		w->header_capacity = w->header_capacity ? 2 * w->header_capacity : 64;
		w->headers = xrealloc(w->headers, w->header_capacity, sizeof(*w->headers));
	}
	h = &w->headers[w->header_count];
	*h = (struct header){ .text = BUF_INIT };
	e = file_read(path, HEADER_MAX, &h->text);
	if (e) {
		buf_deinit(&h->text);
		return e;
	}
	h->path = TAKE(path);
	w->header_count++;
	for (const char *at = buf_str(&h->text); *at;) {
		if (h->line_count % 1024 == 0)
			h->lines = xrealloc(h->lines, h->line_count + 1024, sizeof(*h->lines));
		h->lines[h->line_count++] = (size_t)(at - buf_str(&h->text));
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	*ret = h;
	return NULL;
}

static const char *line_of(const struct header *h, size_t line, size_t *size)
{
	const char *text = buf_str(&h->text) + h->lines[line - 1];

	*size = strcspn(text, "\n");
	return text;
}

static void note_option(struct work *w, const char *name, size_t size, const struct header *h,
			size_t line)
{
	struct thing *option;
	const char *path = strstr(h->path, "/include/");

	if (size > 7 && !memcmp(name + size - 7, "_MODULE", 7))
		size -= 7;
	if (!size)
		return;
	option = thing_get(&w->options, name, size);
	if (!option->where)
		option->where = xasprintf("%s:%zu", path ? path + 1 : h->path, line);
}

/* Every identifier of a line: options are noted, macros and enumerators are definitions to read. */
static void use_line(struct work *w, const struct header *h, size_t line, bool options_only)
{
	size_t size;
	const char *text = line_of(h, line, &size), *end = text + size;

	while (text < end) {
		const char *start = text;
		const struct thing *t;
		size_t n;

		if (!isalpha((unsigned char)*text) && *text != '_') {
			if (text + 1 < end && text[0] == '/' && text[1] == '/')
				return;
			if (text + 1 < end && text[0] == '/' && text[1] == '*') {
				text = memmem(text + 2, (size_t)(end - text - 2), "*/", 2);
				if (!text)
					return;
			}
			text++;
			continue;
		}
		while (text < end && (isalnum((unsigned char)*text) || *text == '_'))
			text++;
		n = (size_t)(text - start);
		if (n > 7 && !memcmp(start, "CONFIG_", 7)) {
			note_option(w, start + 7, n - 7, h, line);
			continue;
		}
		t = options_only ? NULL : table_find(&w->macros, start, n);
		if (t)
			enqueue(w, t->file, t->line, true);
		t = options_only ? NULL : table_find(&w->enumerators, start, n);
		if (t)
			enqueue(w, t->file, t->line, false);
	}
}

static bool is_directive(const char *text, size_t size, const char *word)
{
	size_t n = strlen(word), i = 0;

	while (i < size && isspace((unsigned char)text[i]))
		i++;
	if (i == size || text[i] != '#')
		return false;
	for (i++; i < size && isspace((unsigned char)text[i]);)
		i++;
	return size - i >= n && !memcmp(text + i, word, n);
}

/* The conditionals that a line stands in: their lines are used. */
static void use_surroundings(struct work *w, const struct header *h, size_t line)
{
	struct {
		size_t first, last; /* lines of its #if, #elif and #else so far */
	} open[DEPTH_MAX];
	size_t depth = 0, size;

	for (size_t i = 1; i < line && i <= h->line_count; i++) {
		const char *text = line_of(h, i, &size);

		if (is_directive(text, size, "if")) {
			if (depth < DEPTH_MAX)
				open[depth].first = open[depth].last = i;
			depth++;
		} else if (is_directive(text, size, "el")) {
			if (depth && depth <= DEPTH_MAX)
				open[depth - 1].last = i;
		} else if (is_directive(text, size, "endif")) {
			depth -= depth > 0;
		}
	}
	for (size_t d = 0; d < depth && d < DEPTH_MAX; d++) {
		size_t inner = 0;

		for (size_t i = open[d].first; i <= open[d].last; i++) {
			const char *text = line_of(h, i, &size);
			bool is_if = is_directive(text, size, "if");

			inner -= inner && is_directive(text, size, "endif") && i != open[d].first;
			if ((is_if && i == open[d].first) ||
			    (inner == 1 && is_directive(text, size, "elif"))) {
				size_t k = i;

				do {
					text = line_of(h, k, &size);
					use_line(w, h, k, false);
				} while (size && text[size - 1] == '\\' && ++k <= h->line_count);
			}
			inner += is_if;
		}
	}
}

/* The lines of a structure, up to the brace that ends it, or of a typedef or enum, up to its `;`. */
static void use_definition(struct work *w, const struct header *h, size_t line)
{
	int depth = 0;
	bool comment = false;
	size_t last = line + LINES_MAX;

	for (size_t i = line; i <= h->line_count && i < last; i++) {
		size_t size;
		const char *text = line_of(h, i, &size);

		if (!comment)
			use_line(w, h, i, false);
		if (is_directive(text, size, ""))
			continue;
		for (size_t k = 0; k < size; k++) {
			if (comment && text[k] == '*' && k + 1 < size && text[k + 1] == '/')
				comment = false;
			else if (!comment && text[k] == '/' && k + 1 < size && text[k + 1] == '*')
				comment = true;
			if (comment)
				continue;
			depth += (text[k] == '{') - (text[k] == '}');
			if (text[k] == ';' && depth <= 0)
				return;
		}
	}
}

static void use_macro(struct work *w, const struct header *h, size_t line)
{
	for (size_t i = line; i <= h->line_count; i++) {
		size_t size;
		const char *text = line_of(h, i, &size);

		use_line(w, h, i, false);
		if (!size || text[size - 1] != '\\')
			return;
	}
}

static struct err *use_place(struct work *w, size_t index)
{
	struct place place = w->queue[index];
	struct header *h;
	struct err *e = header_of(w, place.file, &h);

	if (e && err_code(e) != ERR_SYSTEM)
		return e;
	if (e || place.line > h->line_count) {
		err_discard(e); /* made while the kernel was prepared, and not kept */
		return NULL;
	}
	/* what Kconfig made of the options says nothing about them */
	if (strstr(place.file, "generated/autoconf.h"))
		return NULL;
	use_surroundings(w, h, place.line);
	if (place.macro)
		use_macro(w, h, place.line);
	else
		use_definition(w, h, place.line);
	return NULL;
}

/* --- debug information ------------------------------------------------------------------------ */

static void enqueue_die(struct work *w, Dwarf_Die *die)
{
	const char *file = dwarf_decl_file(die);
	int line = 0;

	if (file && !dwarf_decl_line(die, &line) && line > 0)
		enqueue(w, file, (unsigned int)line, false);
}

/* The type of a member or variable, with all typedefs on the way, and what is embedded in it. */
static void use_type(struct work *w, Dwarf_Die *die, int depth)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type = *die;
	CLEANUP(free_ptr) char *key = NULL;
	struct thing *seen;
	struct dwarf_children c;

	for (int i = 0; i < 32; i++) {
		int tag;

		if (!dwarf_formref_die(dwarf_attr_integrate(&type, DW_AT_type, &attribute), &type))
			return;
		tag = dwarf_tag(&type);
		if (tag == DW_TAG_pointer_type || tag == DW_TAG_base_type ||
		    tag == DW_TAG_subroutine_type)
			return;
		if (tag == DW_TAG_typedef)
			enqueue_die(w, &type);
		if (tag == DW_TAG_structure_type || tag == DW_TAG_union_type ||
		    tag == DW_TAG_enumeration_type)
			break;
	}
	key = xasprintf("%llx", (unsigned long long)dwarf_dieoffset(&type));
	seen = thing_get(&w->types, key, strlen(key));
	if (seen->seen || depth > DEPTH_MAX)
		return;
	seen->seen = true;
	enqueue_die(w, &type);
	for (bool more = dwarf_children_first(&c, &type); more; more = dwarf_children_next(&c))
		if (dwarf_tag(&c.die) == DW_TAG_member)
			use_type(w, &c.die, depth + 1);
}

static void add_enumerators(struct work *w, Dwarf_Die *type)
{
	const char *file = dwarf_decl_file(type);
	struct dwarf_children c;
	int line;

	if (!file || dwarf_decl_line(type, &line) || line <= 0)
		return;
	for (bool more = dwarf_children_first(&c, type); more; more = dwarf_children_next(&c)) {
		const char *name = dwarf_diename(&c.die);
		struct thing *t = name ? thing_get(&w->enumerators, name, strlen(name)) : NULL;

		if (t && !t->file) {
			t->file = xstrdup(file);
			t->line = (unsigned int)line;
		}
	}
}

static struct err *use_unit(Dwarf_Die *unit, void *arg)
{
	struct work *w = arg;
	struct dwarf_children c;
	Dwarf_Die pointer;
	Dwarf_Attribute attribute;

	for (bool more = dwarf_children_first(&c, unit); more; more = dwarf_children_next(&c)) {
		const char *name = dwarf_diename(&c.die);

		if (dwarf_tag(&c.die) == DW_TAG_enumeration_type)
			add_enumerators(w, &c.die);
		if (dwarf_tag(&c.die) != DW_TAG_variable || !name ||
		    strncmp(name, PROBE_ANCHOR_PREFIX, strlen(PROBE_ANCHOR_PREFIX)))
			continue;
		if (dwarf_formref_die(dwarf_attr(&c.die, DW_AT_type, &attribute), &pointer) &&
		    dwarf_tag(&pointer) == DW_TAG_pointer_type)
			use_type(w, &pointer, 0);
	}
	return dwarf_children_end(&c);
}

static int by_name(const void *a, const void *b)
{
	const struct thing *const *x = a, *const *y = b;

	return strcmp((*x)->key.name, (*y)->key.name);
}

static void format(const struct work *w, struct buf *b)
{
	CLEANUP(free_ptr) const struct thing **list = xcalloc(w->options.count + 1, sizeof(*list));
	size_t count = 0;

	for (; count < w->options.count; count++)
		list[count] = w->options.list[count];
	qsort(list, count, sizeof(*list), by_name);
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "%s\t%s\n", list[i]->key.name, list[i]->where);
}

struct err *relevant_options(const char *probe, const char *macros, const char *folder,
			     const struct fields *fields, struct buf *b)
{
	CLEANUP(work_deinit) struct work w = { .folder = folder };
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e = file_read(macros, MACROS_MAX, &text);

	if (e)
		return e;
	read_macros(&w, buf_str(&text));
	e = dwarf_each_unit(probe, use_unit, &w);
	if (e)
		return e;
	for (size_t i = 0; i < fields->const_count; i++) {
		const char *name = fields->consts[i].name;
		const struct thing *t = table_find(&w.macros, name, strlen(name));

		if (!t)
			t = table_find(&w.enumerators, name, strlen(name));
		if (t)
			enqueue(&w, t->file, t->line, !table_find(&w.enumerators, name, strlen(name)));
	}
	for (size_t i = 0; !e && i < w.queue_count; i++)
		e = use_place(&w, i);
	if (!e)
		format(&w, b);
	return e;
}
