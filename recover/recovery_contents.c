#include "recover/recovery_contents.h"

#include <inttypes.h>

#include "recover/kernel/e820.h"
#include "recover/kernel/pointers.h"
#include "recover/parse/btf.h"
#include "recover/parse/modules.h"
#include "recover/pci_hole.h"
#include "recover/recovery_config.h"
#include "recover/report.h"

/* The RAM that both the source and the kernel know of. A survey has already cut the source's map to the
 * direct map. */
static void set_ram_map(struct recovery *r, const struct ram_map *known, const char *name)
{
	const struct ram_map *held = memory_ram_map(r->memory);
	const char *holder = r->surveyed && !r->survey.known.given ? "the direct map" : "the source";
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;

	ram_map_intersect(&both, held, known);
	buf_addf(&r->ram_map, "# of %s and the kernel's %s\n", holder, name);
	ram_map_format(&both, &r->ram_map);
	buf_addf(&r->report, "\nRAM map: %s's and %s, ", holder, name);
	report_size(&r->report, ram_map_size(&both));
	buf_addf(&r->report, " in %zu range%s\n", both.count, both.count == 1 ? "" : "s");
	if (ram_map_size(&both) == ram_map_size(known))
		return;
	buf_add_str(&r->report, "  the source lacks ");
	report_size(&r->report, ram_map_size(known) - ram_map_size(&both));
	buf_addf(&r->report, " of the RAM that %s has\n", name);
}

/* *hole: the PCI hole with which the source should be read instead; unchanged if there is none. */
static struct err *find_ram_map(struct recovery *r, uint64_t *hole)
{
	CLEANUP(ram_map_deinit) struct ram_map known = RAM_MAP_INIT;
	const char *name = "";
	struct err *e = e820_read(&r->kernel, &known, &name);

	if (err_is_fatal(e))
		return e;
	if (!e) {
		pci_hole_of_map(r->memory, &known, hole);
		set_ram_map(r, &known, name);
		return NULL;
	}
	buf_add_str(&r->ram_map, "# of the source\n");
	ram_map_format(memory_ram_map(r->memory), &r->ram_map);
	buf_addf(&r->report, "\nRAM map: the source's alone: %s\n", err_text(e));
	err_discard(e);
	return NULL;
}

/* BTF of a live machine that makes no sense may have been damaged on its way: we read it again, once. */
static struct err *read_btf(const struct kernel *k, size_t *offset, struct btf_blob *ret)
{
	bool live = memory_limits(k->memory)->live;
	struct kaddr start, stop;
	bool known = kernel_symbol(k, "__start_BTF", &start) &&
		     kernel_symbol(k, "__stop_BTF", &stop) && stop.v - start.v <= BTF_SIZE_MAX;
	struct err *e = NULL;

	for (int i = 0; i < 2; i++) {
		if (known)
			(void)kernel_bytes(k, start, (size_t)(stop.v - start.v));
		err_discard(e);
		e = btf_find(k->image, k->image_size, k->map.start, k->candidate->symbols, offset,
			     ret);
		if (!e || err_code(e) != ERR_DATA || !live || !known)
			break;
		kernel_pages_forget(k->pages, start, stop);
	}
	return e;
}

static struct err *find_btf(struct recovery *r)
{
	const struct kernel *k = &r->kernel;
	struct btf_blob blob;
	size_t offset;
	struct err *e = read_btf(k, &offset, &blob);

	if (err_is_fatal(e))
		return e;
	if (e) {
		buf_addf(&r->report, "\nBTF: %s\n", err_text(e));
		err_discard(e);
		return NULL;
	}
	buf_add(&r->btf, k->image + offset, blob.size);
	buf_addf(&r->report, "\nBTF: %u types, ", blob.types);
	report_size(&r->report, blob.size);
	buf_addf(&r->report, ", at 0x%" PRIx64 "\n",
		 kernel_map_pa(&k->map, kaddr_add(k->map.start, offset)).v);
	return NULL;
}

static size_t count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->size; i++)
		n += b->data[i] == '\n';
	return n;
}

/* The symbols of loaded modules. They are megabytes, so we do not read them from a live machine. */
static struct err *find_modules(struct recovery *r)
{
	struct xlat x = kernel_map_xlat(r->memory, &r->kernel.map);
	struct kaddr head;
	size_t modules;
	struct err *e;

	if (r->surveyed && memory_limits(r->memory)->live)
		return NULL;
	e = kernel_find_modules(&r->kernel);
	if (e)
		return e;
	if (!kernel_symbol(&r->kernel, "modules", &head)) {
		buf_add_str(&r->report, "\nmodules: no symbol modules\n");
		return NULL;
	}
	e = modules_symbols(&x, head, &r->module_map, &modules);
	if (err_is_fatal(e))
		return e;
	buf_addf(&r->report, "\nmodules: %zu, with %zu symbols\n", modules,
		 count_lines(&r->module_map));
	if (e)
		buf_addf(&r->report, "  %s\n", err_text(e));
	err_discard(e);
	return NULL;
}

struct err *recovery_find_contents(struct recovery *r, uint64_t *hole)
{
	struct err *e = find_ram_map(r, hole);

	if (e)
		return e;
	e = find_btf(r);
	if (e)
		return e;
	e = find_modules(r);
	if (e)
		return e;
	return recovery_find_config(r);
}
