#include "offsets/dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "offsets/dwarf_type.h"
#include "offsets/probe_source.h"

static void end_dwfl(Dwfl **dwfl)
{
	dwfl_end(*dwfl);
}

/* Debug information is in the object itself; nothing is looked for elsewhere. */
static int find_no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
			     const char *file, const char *debug_link, GElf_Word crc, char **ret)
{
	(void)module, (void)user, (void)name, (void)base, (void)file, (void)debug_link, (void)crc;
	*ret = NULL;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = find_no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* Opens the object with its relocations applied; *dwfl owns *ret. */
static struct err *open_object(const char *path, Dwfl *dwfl, Dwarf **ret)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	Dwfl_Module *module;
	GElf_Ehdr header;
	Dwarf_Addr bias;
	Elf *elf;

	if (fd < 0)
		return err_errno("%s", path);
	module = dwfl_report_offline(dwfl, "probe", path, fd);
	if (!module)
		return err_new(ERR_DATA, "%s: no ELF object: %s", path, dwfl_errmsg(-1));
	fd = -1; /* it is the module's now */
	dwfl_report_end(dwfl, NULL, NULL);
	elf = dwfl_module_getelf(module, &bias);
	if (!elf || !gelf_getehdr(elf, &header))
		return err_new(ERR_DATA, "%s: no ELF object: %s", path, dwfl_errmsg(-1));
	if (header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB)
		return err_new(ERR_DATA, "%s: not an object for x86-64", path);
	*ret = dwfl_module_getdwarf(module, &bias);
	if (!*ret)
		return err_new(ERR_DATA, "%s: no debug information: %s", path, dwfl_errmsg(-1));
	return NULL;
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
		struct err *e = dwarf_type_path(type, field->paths[i], member, &member->missing_at[i]);

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
		member->roads = ROAD_DWARF;
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
		layout->members[k].roads = ROAD_DWARF;
	}
	return NULL;
}

/* From the anchor to its type. */
static struct err *read_anchor(const struct fields_type *field, Dwarf_Die *anchor,
			       struct layout_type *layout)
{
	const int tag = field->kind == FIELDS_STRUCT ? DW_TAG_structure_type :
			field->kind == FIELDS_UNION ? DW_TAG_union_type : DW_TAG_enumeration_type;
	Dwarf_Die pointer, type;

	if (layout->roads)
		return err_new(ERR_DATA, "has two anchors");
	layout->roads = ROAD_DWARF;
	if (!dwarf_type_of(anchor, &pointer) || dwarf_tag(&pointer) != DW_TAG_pointer_type ||
	    !dwarf_type_of(&pointer, &type) || dwarf_tag(&type) != tag)
		return err_new(ERR_DATA, "its anchor points to something else");
	if (dwarf_hasattr(&type, DW_AT_declaration))
		return NULL;
	return read_type(field, &type, layout);
}

static struct err *read_unit(Dwarf_Die *unit, struct layout *l)
{
	struct dwarf_children c;

	for (bool more = dwarf_children_first(&c, unit); more; more = dwarf_children_next(&c)) {
		size_t i = dwarf_tag(&c.die) == DW_TAG_variable ?
			anchored_type(l->fields, dwarf_diename(&c.die)) : l->fields->type_count;
		struct err *e;

		if (i == l->fields->type_count)
			continue;
		e = read_anchor(&l->fields->types[i], &c.die, &l->types[i]);
		if (e) {
			CLEANUP(free_ptr) char *label = layout_type_label(l, i);

			return err_in(e, "%s", label);
		}
	}
	return dwarf_children_end(&c);
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

struct err *dwarf_each_unit(const char *path, struct err *(*call)(Dwarf_Die *unit, void *arg),
			    void *arg)
{
	CLEANUP(end_dwfl) Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	Dwarf *dwarf;
	uint8_t kind;
	int status = 0;
	struct err *e;

	if (!dwfl)
		return err_new(ERR_SYSTEM, "libdwfl: %s", dwfl_errmsg(-1));
	e = open_object(path, dwfl, &dwarf);
	while (!e && !(status = dwarf_get_units(dwarf, unit, &unit, NULL, &kind, &die, NULL)))
		if (kind == DW_UT_compile)
			e = call(&die, arg);
	if (!e && status < 0)
		e = err_new(ERR_DATA, "%s: damaged: %s", path, dwarf_errmsg(-1));
	return e;
}

static struct err *read_units(Dwarf *dwarf, struct layout *l, char **compiler)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t kind;
	int status;

	while (!(status = dwarf_get_units(dwarf, unit, &unit, NULL, &kind, &die, NULL))) {
		struct err *e;

		if (kind != DW_UT_compile)
			continue;
		if (compiler && !*compiler)
			*compiler = compiler_of(&die);
		e = read_unit(&die, l);
		if (e)
			return e;
	}
	return status < 0 ? err_new(ERR_DATA, "damaged: %s", dwarf_errmsg(-1)) : NULL;
}

struct err *dwarf_layout(const char *path, const struct fields *fields, struct layout **ret,
			 char **compiler)
{
	CLEANUP(end_dwfl) Dwfl *dwfl = dwfl_begin(&callbacks);
	CLEANUP(layout_freep) struct layout *l = layout_new(fields);
	CLEANUP(free_ptr) char *producer = NULL;
	Dwarf *dwarf;
	struct err *e;

	if (!dwfl)
		return err_new(ERR_SYSTEM, "libdwfl: %s", dwfl_errmsg(-1));
	e = open_object(path, dwfl, &dwarf);
	if (e)
		return e;
	e = read_units(dwarf, l, &producer);
	if (e)
		return err_in(e, "%s", path);
	for (size_t i = 0; i < fields->type_count; i++) {
		CLEANUP(free_ptr) char *label = layout_type_label(l, i);

		if (!l->types[i].roads)
			return err_new(ERR_DATA, "%s: no anchor for %s: it was made from another list",
				       path, label);
	}
	if (compiler)
		*compiler = producer ? TAKE(producer) : xstrdup("unknown");
	*ret = TAKE(l);
	return NULL;
}
