#include "offsets/relevant.h"

#include <ctype.h>
#include <dwarf.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/map.h"
#include "base/table.h"
#include "offsets/definition.h"
#include "offsets/dwarf_object.h"
#include "offsets/dwarf_type.h"
#include "offsets/header.h"
#include "offsets/probe_source.h"

#define MACROS_MAX (256u << 20)
#define DEPTH_MAX 64 /* structures in structures */
#define TYPEDEFS_MAX 32 /* on each other */
#define DEFINITIONS_MAX 200000

struct option {
	struct table_key name;
	char *where; /* it was seen first */
};

/* A file that definitions are in. */
struct file {
	struct table_key path;
	struct header header;
	bool read, absent;
};

/* A definition that is to be read: a macro, or a structure, typedef or enum. */
struct place {
	struct table_key name; /* FILE:LINE */
	char *file;
	unsigned int line;
	bool macro;
};

struct work {
	const char *folder;
	struct table macros, enumerators; /* of struct definition */
	struct table options;		  /* of struct option */
	struct table files;
	struct table places; /* in the order they came, which is the order they are read in */
	struct map types;    /* offsets of DIEs that were visited */
};

static void option_deinit(void *element)
{
	free(((struct option *)element)->where);
}

static void file_deinit(void *element)
{
	header_deinit(&((struct file *)element)->header);
}

static void place_deinit(void *element)
{
	free(((struct place *)element)->file);
}

static void work_deinit(struct work *w)
{
	table_deinit(&w->macros, definition_deinit);
	table_deinit(&w->enumerators, definition_deinit);
	table_deinit(&w->options, option_deinit);
	table_deinit(&w->files, file_deinit);
	table_deinit(&w->places, place_deinit);
	map_deinit(&w->types);
}

/* Each definition is read once. */
static void enqueue(struct work *w, const char *file, unsigned int line, bool macro)
{
	CLEANUP(free_ptr) char *name = xasprintf("%s:%u", file, line);
	struct place *place;

	if (!line || w->places.count == DEFINITIONS_MAX)
		return;
	place = table_get(&w->places, name, strlen(name), sizeof(*place));
	if (place->file)
		return;
	place->file = xstrdup(file);
	place->line = line;
	place->macro = macro;
}

/* *ret is NULL where there is no such file: it was made while the kernel was prepared, and not kept. */
static struct err *header_of(struct work *w, const char *file, const struct header **ret)
{
	CLEANUP(free_ptr) char *path =
		*file == '/' ? xstrdup(file) : xasprintf("%s/%s", w->folder, file);
	struct file *f = table_get(&w->files, path, strlen(path), sizeof(*f));

	if (!f->read) {
		struct err *e = header_read(path, &f->header);

		if (e && !err_is_fatal(e))
			return e;
		f->absent = e != NULL;
		f->read = true;
		err_discard(e);
	}
	*ret = f->absent ? NULL : &f->header;
	return NULL;
}

/* name: without CONFIG_. */
static void note_option(struct work *w, const char *name, size_t size, const struct header *h,
			size_t line)
{
	struct option *option;
	const char *path = strstr(h->path, "/include/");

	if (size > 7 && !memcmp(name + size - 7, "_MODULE", 7))
		size -= 7;
	if (!size)
		return;
	option = table_get(&w->options, name, size, sizeof(*option));
	if (!option->where)
		option->where = xasprintf("%s:%zu", path ? path + 1 : h->path, line);
}

/* An identifier of a line: an option is noted, a macro or an enumerator is a definition to read. */
static void use_name(struct work *w, const char *name, size_t size, const struct header *h, size_t line)
{
	const struct definition *d;

	if (size > 7 && !memcmp(name, "CONFIG_", 7)) {
		note_option(w, name + 7, size - 7, h, line);
		return;
	}
	d = table_find(&w->macros, name, size);
	if (d)
		enqueue(w, d->file, d->line, true);
	d = table_find(&w->enumerators, name, size);
	if (d)
		enqueue(w, d->file, d->line, false);
}

/* Uses the identifiers of a line that are not in comments. */
static void use_line(void *arg, const struct header *h, size_t line)
{
	size_t size;
	const char *text = header_line(h, line, &size), *end = text + size;

	while (text < end) {
		const char *start = text;

		if (isalpha((unsigned char)*text) || *text == '_') {
			while (text < end && (isalnum((unsigned char)*text) || *text == '_'))
				text++;
			use_name(arg, start, (size_t)(text - start), h, line);
			continue;
		}
		if (text + 1 < end && text[0] == '/' && text[1] == '/')
			return;
		if (text + 1 < end && text[0] == '/' && text[1] == '*') {
			text = memmem(text + 2, (size_t)(end - text - 2), "*/", 2);
			if (!text)
				return;
		}
		text++;
	}
}

static struct err *use_place(struct work *w, const struct place *place)
{
	const struct header *h;
	struct err *e = header_of(w, place->file, &h);

	if (e)
		return e;
	if (!h || place->line > h->line_count)
		return NULL;
	/* it holds what Kconfig made of the options, and says nothing about them */
	if (strstr(place->file, "generated/autoconf.h"))
		return NULL;
	header_each_condition(h, place->line, use_line, w);
	if (place->macro)
		header_each_continued(h, place->line, use_line, w);
	else
		header_each_of_definition(h, place->line, use_line, w);
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
	struct dwarf_children c;

	for (int i = 0; i < TYPEDEFS_MAX; i++) {
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
	if (depth > DEPTH_MAX || !map_add(&w->types, dwarf_dieoffset(&type), 0))
		return;
	enqueue_die(w, &type);
	for (bool more = dwarf_children_first(&c, &type); more; more = dwarf_children_next(&c))
		if (dwarf_tag(&c.die) == DW_TAG_member)
			use_type(w, &c.die, depth + 1);
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
			definition_add_enumerators(&w->enumerators, &c.die);
		if (dwarf_tag(&c.die) != DW_TAG_variable || !name ||
		    strncmp(name, PROBE_ANCHOR_PREFIX, strlen(PROBE_ANCHOR_PREFIX)) != 0)
			continue;
		if (dwarf_formref_die(dwarf_attr(&c.die, DW_AT_type, &attribute), &pointer) &&
		    dwarf_tag(&pointer) == DW_TAG_pointer_type)
			use_type(w, &pointer, 0);
	}
	return dwarf_children_end(&c);
}

static int by_name(const void *a, const void *b)
{
	const struct option *const *x = a, *const *y = b;

	return strcmp((*x)->name.name, (*y)->name.name);
}

static void format(const struct work *w, struct buf *b)
{
	CLEANUP(free_ptr) const struct option **list = xcalloc(w->options.count + 1, sizeof(*list));
	size_t count = 0;

	for (; count < w->options.count; count++)
		list[count] = w->options.list[count];
	qsort(list, count, sizeof(*list), by_name);
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "%s\t%s\n", list[i]->name.name, list[i]->where);
}

static void use_const(struct work *w, const char *name)
{
	const struct definition *macro = table_find(&w->macros, name, strlen(name));
	const struct definition *enumerator = table_find(&w->enumerators, name, strlen(name));

	/* an enumerator may have a macro of its own name: #define X X */
	if (macro)
		enqueue(w, macro->file, macro->line, !enumerator);
	else if (enumerator)
		enqueue(w, enumerator->file, enumerator->line, false);
}

struct err *relevant_options(const char *probe, const char *macros, const char *folder,
			     const struct fields *fields, struct buf *b)
{
	CLEANUP(work_deinit) struct work w = { .folder = folder };
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct err *e = file_read(macros, MACROS_MAX, &text);

	if (e)
		return e;
	definition_add_macros(&w.macros, buf_str(&text));
	e = dwarf_object_each_unit(probe, use_unit, &w);
	if (e)
		return e;
	for (size_t i = 0; i < fields->const_count; i++)
		use_const(&w, fields->consts[i].name);
	for (size_t i = 0; i < w.places.count; i++) {
		e = use_place(&w, w.places.list[i]);
		if (e)
			return e;
	}
	format(&w, b);
	return NULL;
}
