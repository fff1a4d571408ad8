#include "offsets/dwarf.h"

#include <dwarf.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "offsets/dwarf_object.h"
#include "offsets/dwarf_path.h"
#include "offsets/dwarf_type.h"
#include "offsets/probe_source.h"

/* What the units add up to. */
struct reading {
	const char *path;
	struct layout *layout;
	char *compiler;
};

static void reading_deinit(struct reading *r)
{
	layout_free(r->layout);
	free(r->compiler);
}

/* The type whose anchor has this name, or type_count. */
static size_t anchored_type(const struct fields *f, const char *name)
{
	size_t prefix = strlen(PROBE_ANCHOR_PREFIX), i;

	if (!name || strncmp(name, PROBE_ANCHOR_PREFIX, prefix))
		return f->type_count;
	name += prefix;
	for (i = 0; i < f->type_count; i++) {
		const char *keyword = fields_keyword(f->types[i].kind);
		size_t size = strlen(keyword);

		if (!strncmp(name, keyword, size) && name[size] == '_' &&
		    !strcmp(name + size + 1, f->types[i].tag))
			break;
	}
	return i;
}

static struct err *read_member(const struct fields_member *field, Dwarf_Die *type,
			       struct layout_member *member)
{
	for (size_t i = 0; i < field->path_count && !member->have; i++) {
		struct err *e = dwarf_path_follow(type, field->paths[i], member, &member->missing_at[i]);

		if (e)
			return err_in(e, "%s", field->paths[i]);
		if (member->have)
			member->choice = i;
	}
	return NULL;
}

static struct err *read_enumerators(const struct fields_type *field, Dwarf_Die *type,
				    struct layout_type *layout)
{
	for (size_t k = 0; k < field->member_count; k++) {
		struct layout_member *member = &layout->members[k];

		for (size_t i = 0; i < field->members[k].path_count && !member->have; i++) {
			struct err *e = dwarf_type_enumerator(type, field->members[k].paths[i],
							      &member->value);

			if (e)
				return e;
			member->have = member->value.have;
			member->choice = member->have ? i : 0;
		}
		member->derived = DERIVED_DWARF;
	}
	return NULL;
}

static struct err *read_type(const struct fields_type *field, Dwarf_Die *type,
			     struct layout_type *layout)
{
	struct err *e;

	e = dwarf_type_size(type, &layout->size);
	if (e)
		return e;
	layout->have = true;
	layout->tag = xstrdup(dwarf_diename(type) ? dwarf_diename(type) : field->tag);
	if (field->kind == FIELDS_ENUM)
		return read_enumerators(field, type, layout);
	for (size_t k = 0; k < field->member_count; k++) {
		e = read_member(&field->members[k], type, &layout->members[k]);
		if (e)
			return e;
		layout->members[k].derived = DERIVED_DWARF;
	}
	return NULL;
}

/* Follows an anchor to its type. */
static struct err *read_anchor(const struct fields_type *field, Dwarf_Die *anchor,
			       struct layout_type *layout)
{
	const int tag = field->kind == FIELDS_STRUCT ? DW_TAG_structure_type :
			field->kind == FIELDS_UNION ? DW_TAG_union_type : DW_TAG_enumeration_type;
	Dwarf_Die pointer, type;

	if (layout->derived)
		return err_new(ERR_DATA, "has two anchors");
	layout->derived = DERIVED_DWARF;
	if (!dwarf_type_of(anchor, &pointer) || dwarf_tag(&pointer) != DW_TAG_pointer_type ||
	    !dwarf_type_of(&pointer, &type) || dwarf_tag(&type) != tag)
		return err_new(ERR_DATA, "its anchor points to something else");
	if (dwarf_hasattr(&type, DW_AT_declaration))
		return NULL;
	return read_type(field, &type, layout);
}

/* "GNU C11 12.2.0 -mno-sse ..." without the options: some hold paths. */
static char *compiler_of(Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_formstring(dwarf_attr(unit, DW_AT_producer, &attribute)), *end;

	if (!name)
		return NULL;
	end = strstr(name, " -");
	return xstrndup(name, end ? (size_t)(end - name) : strlen(name));
}

static struct err *read_unit(Dwarf_Die *unit, void *arg)
{
	struct reading *r = arg;
	struct layout *l = r->layout;
	struct dwarf_children c;

	if (!r->compiler)
		r->compiler = compiler_of(unit);
	for (bool more = dwarf_children_first(&c, unit); more; more = dwarf_children_next(&c)) {
		size_t i = dwarf_tag(&c.die) == DW_TAG_variable ?
			anchored_type(l->fields, dwarf_diename(&c.die)) : l->fields->type_count;
		struct err *e;

		if (i == l->fields->type_count)
			continue;
		e = read_anchor(&l->fields->types[i], &c.die, &l->types[i]);
		if (e) {
			CLEANUP(free_ptr) char *label = layout_type_label(l, i);

			return err_in(e, "%s: %s", r->path, label);
		}
	}
	return err_in(dwarf_children_end(&c), "%s", r->path);
}

static struct err *check_anchors(const struct reading *r)
{
	for (size_t i = 0; i < r->layout->fields->type_count; i++) {
		CLEANUP(free_ptr) char *label = NULL;

		if (r->layout->types[i].derived)
			continue;
		label = layout_type_label(r->layout, i);
		return err_new(ERR_DATA, "%s: no anchor for %s: it was made from another list", r->path, label);
	}
	return NULL;
}

struct err *dwarf_layout(const char *path, const struct fields *fields, struct layout **ret,
			 char **compiler)
{
	CLEANUP(reading_deinit) struct reading r = { .path = path, .layout = layout_new(fields) };
	struct err *e = dwarf_object_each_unit(path, read_unit, &r);

	if (e)
		return e;
	e = check_anchors(&r);
	if (e)
		return e;
	if (compiler)
		*compiler = r.compiler ? TAKE(r.compiler) : xstrdup("unknown");
	*ret = TAKE(r.layout);
	return NULL;
}
