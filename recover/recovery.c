#include "recover/recovery.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "recover/btf.h"
#include "recover/config_text.h"
#include "recover/e820.h"
#include "recover/ikconfig.h"
#include "recover/live_map.h"
#include "recover/pci_hole.h"
#include "recover/report.h"

void recovery_deinit(struct recovery *r)
{
	kernel_deinit(&r->kernel);
	candidates_deinit(&r->candidates);
	scan_deinit(&r->scan);
	memory_close(r->memory);
	facts_free(r->identity);
	facts_free(r->boot);
	buf_deinit(&r->ram_map);
	buf_deinit(&r->system_map);
	buf_deinit(&r->config_text);
	buf_deinit(&r->btf);
	buf_deinit(&r->report);
	*r = (struct recovery){ .memory = NULL };
}

static void say_time(const struct recovery_options *o, const char *what, double *since)
{
	double now = monotonic_seconds();

	if (o->verbose)
		fprintf(stderr, "recover: %s: %.3f s\n", what, now - *since);
	*since = now;
}

/* --- no kernel ------------------------------------------------------------------ */

static bool is_zero(const uint8_t *p, size_t size)
{
	return !p[0] && !memcmp(p, p + 1, size - 1);
}

/* Whether all RAM that can be read is zero. Stops at the first byte that is not. */
static bool memory_is_zero(struct memory *m)
{
	const struct ram_map *ram = memory_ram_map(m);
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(1 << 20);

	for (size_t i = 0; i < ram->count; i++) {
		struct paddr at = ram->ranges[i].start, end = ram->ranges[i].end;

		while ((at = memory_next_data(m, at)).v < end.v) {
			uint64_t size = end.v - at.v < 1 << 20 ? end.v - at.v : 1 << 20;
			struct memory_read r = { at, (uint32_t)size, bytes, MEMORY_OK };
			struct err *e = memory_read_vector(m, &r, 1);

			err_discard(e);
			if (e || (r.status == MEMORY_OK && !is_zero(bytes, (size_t)size)))
				return false;
			at = paddr_add(at, size);
		}
	}
	return true;
}

static struct err *explain_no_kernel(struct recovery *r, struct err *e)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	enum err_code code = err_code(e);

	if (code == ERR_SYSTEM)
		return e;
	if (memory_is_zero(r->memory)) {
		err_discard(e);
		return err_new(ERR_ABSENT, "%s: no kernel found: the memory is all zeros",
			       memory_uri(r->memory));
	}
	buf_addf(&text, "%s: %s\nsearched: ", memory_uri(r->memory), err_text(e));
	report_size(&text, r->scan.scanned + r->scan.skipped);
	for (enum scan_kind kind = 0; kind < SCAN_KIND_COUNT; kind++)
		buf_addf(&text, "%s%s %" PRIu64, kind ? ", " : "; seen: ", scan_kind_name(kind),
			 r->scan.hits[kind].total);
	if (*memory_notes(r->memory))
		buf_addf(&text, "\n%s", memory_notes(r->memory));
	while (text.data[text.size - 1] == '\n')
		text.data[--text.size] = '\0';
	err_discard(e);
	return err_new(code, "%s", buf_str(&text));
}

/* --- what there is ---------------------------------------------------------------- */

static struct err *find_kernel(struct recovery *r)
{
	struct candidate *chosen;
	struct err *e = candidates_find(r->memory, &r->scan, &r->candidates);

	if (!e)
		e = candidates_choose(&r->candidates, &chosen);
	if (e)
		return explain_no_kernel(r, e);
	report_candidates(&r->report, &r->candidates, chosen);
	e = kernel_init(r->memory, chosen, &r->kernel);
	if (e)
		return e;
	buf_add_str(&r->report, "\nnotes:\n");
	e = kernel_settle_boot(&r->kernel, &r->candidates, r->boot, &r->report);
	if (!e)
		e = kernel_settle_identity(&r->kernel, r->identity);
	if (e)
		return err_in(e, "%s", memory_uri(r->memory));
	report_facts(&r->report, "kernel", r->identity);
	report_facts(&r->report, "boot", r->boot);
	report_banners(&r->report, &r->kernel, &r->scan.hits[SCAN_BANNER]);
	kallsyms_format_system_map(chosen->symbols, r->kernel.shift, &r->system_map);
	return NULL;
}

/* RAM that both the source and the kernel know of. */
static void set_ram_map(struct recovery *r, const struct ram_map *known, const char *name)
{
	const struct ram_map *held = memory_ram_map(r->memory);
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;

	ram_map_intersect(&both, held, known);
	buf_addf(&r->ram_map, "# of the source and the kernel's %s\n", name);
	ram_map_format(&both, &r->ram_map);
	buf_addf(&r->report, "\nRAM map: the source's and %s, ", name);
	report_size(&r->report, ram_map_size(&both));
	buf_addf(&r->report, " in %zu range%s\n", both.count, both.count == 1 ? "" : "s");
	if (ram_map_size(&both) == ram_map_size(known))
		return;
	buf_add_str(&r->report, "  the source lacks ");
	report_size(&r->report, ram_map_size(known) - ram_map_size(&both));
	buf_addf(&r->report, " of the RAM that %s has\n", name);
}

/* *hole: the source should be read with this PCI hole instead; else left alone. */
static struct err *find_ram_map(struct recovery *r, uint64_t *hole)
{
	CLEANUP(ram_map_deinit) struct ram_map known = RAM_MAP_INIT;
	const char *name = "";
	struct err *e = e820_read(&r->kernel, &known, &name);

	if (e && err_code(e) == ERR_SYSTEM)
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

static struct err *find_btf(struct recovery *r)
{
	const struct kernel *k = &r->kernel;
	struct btf_blob blob;
	size_t offset;
	struct err *e = btf_find(k->image, k->image_size, k->map.start, k->candidate->symbols,
				 &offset, &blob);

	if (e && err_code(e) == ERR_SYSTEM)
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

static uint32_t note_u32(const struct kernel *k, const char *name)
{
	uint64_t value;

	return k->note && vmcoreinfo_number(k->note, name, &value) && value <= UINT32_MAX ?
		       (uint32_t)value :
		       0;
}

static struct err *config_from_pages(struct recovery *r)
{
	const struct scan_hits *hits = &r->scan.hits[SCAN_CONFIG_TEXT];
	struct xlat x = kernel_map_xlat(r->memory, &r->kernel.map);
	struct config_text_hints hints = {
		.vmemmap_base = r->kernel.vmemmap_base,
		.page_struct_size = note_u32(&r->kernel, "SIZE(page)"),
		.page_mapping_offset = note_u32(&r->kernel, "OFFSET(page.mapping)"),
		.page_compound_head_offset = note_u32(&r->kernel, "OFFSET(page.compound_head)"),
		.release = facts_get(r->identity, "release"),
		.banner = facts_get(r->identity, "banner"),
	};
	struct config_pages pages = { hits->at, hits->count };

	return config_text_recover(r->memory, &x, &hints, &pages, &r->config_text, &r->report);
}

/* The configuration that the kernel carries with it, or else its text in the page cache. */
static struct err *find_config(struct recovery *r)
{
	CLEANUP(buf_deinit) struct buf carried = BUF_INIT;
	size_t offset;
	struct err *e = ikconfig_find(r->kernel.image, r->kernel.image_size, &offset, &carried);

	buf_add_str(&r->report, "\nconfig:\n");
	if (!e) {
		buf_addf(&r->config_text, "# farwalk config text: ikconfig\n%s", buf_str(&carried));
		buf_addf(&r->report, "  IKCONFIG at 0x%" PRIx64 ", %zu bytes\n",
			 kernel_map_pa(&r->kernel.map, kaddr_add(r->kernel.map.start, offset)).v,
			 carried.size);
		return NULL;
	}
	if (err_code(e) == ERR_DATA)
		buf_addf(&r->report, "  %s\n", err_text(e));
	err_discard(e);
	e = config_from_pages(r);
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	buf_add_str(&r->config_text, "# farwalk config text: 0 pages\n# gap: ");
	escape_text(&r->config_text, err_text(e), strlen(err_text(e)));
	buf_add_char(&r->config_text, '\n');
	buf_addf(&r->report, "  %s\n", err_text(e));
	err_discard(e);
	return NULL;
}

static struct err *scan_all(struct recovery *r, const struct recovery_options *o)
{
	CLEANUP(free_ptr) char *what = xasprintf("recover %s", o->name ? o->name : "");
	struct progress bar;
	struct err *e;

	progress_init(&bar, what, ram_map_size(memory_ram_map(r->memory)));
	e = scan_memory(r->memory, 0, o->name ? &bar : NULL, &r->scan);
	progress_deinit(&bar);
	return e;
}

/* hole: the PCI hole to read a raw image with, 0: as it is opened. *next: another one that the
 * kernel's own map of RAM calls for, or left alone. */
static struct err *run_with_hole(const struct recovery_options *o, struct recovery *r,
				 uint64_t hole, uint64_t *next)
{
	double since = monotonic_seconds();
	struct err *e;

	e = memory_open(o->uri, &r->memory);
	if (!e)
		e = hole				? memory_set_lowmem(r->memory, hole) :
		    live_map_is_needed(r->memory) ? live_map_find(r->memory) :
						      pci_hole_guess(r->memory, &hole);
	if (e)
		return e;
	r->identity = facts_new();
	r->boot = facts_new();
	e = scan_all(r, o);
	say_time(o, "scan", &since);
	if (e)
		return e;
	report_scan(&r->report, r->memory, &r->scan);
	if (hole)
		buf_addf(&r->report, "\nPCI hole: from 0x%" PRIx64 " to 4 GiB, not in the image\n",
			 hole);
	e = find_kernel(r);
	say_time(o, "kernel", &since);
	if (!e)
		e = find_ram_map(r, next);
	if (!e)
		e = find_btf(r);
	if (!e)
		e = find_config(r);
	say_time(o, "config", &since);
	if (!e && hole)
		pci_hole_set_uri(r->boot, hole);
	if (r->report.data[r->report.size - 1] != '\n')
		buf_add_char(&r->report, '\n');
	return e;
}

struct err *recovery_run(const struct recovery_options *o, struct recovery *ret)
{
	uint64_t hole = 0, ignored;
	struct err *e;

	*ret = (struct recovery){ .memory = NULL };
	e = run_with_hole(o, ret, 0, &hole);
	if (e || !hole)
		return e;
	recovery_deinit(ret);
	return run_with_hole(o, ret, hole, &ignored);
}
