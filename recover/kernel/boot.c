/* What a reboot changes: where the kernel and its maps of memory lie.
 *
 * KASLR moves three things independently of each other: the image in RAM (phys_base), the image in the
 * kernel's addresses (kernel_shift), and the direct map with its neighbours (the bases).
 */
#include "recover/kernel/kernel.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/kernel/default_bases.h"
#include "recover/kernel/pointers.h"
#include "recover/parse/evidence.h"

static void add_signed(struct evidence *ev, const char *source, uint64_t value)
{
	CLEANUP(free_ptr) char *text = (int64_t)value < 0 ? xasprintf("-0x%" PRIx64, -value) :
							    xasprintf("0x%" PRIx64, value);

	evidence_add(ev, source, text);
}

/* All notes that the kernel keeps must say the same. One that differs becomes a claim, too, and makes
 * the value contradictory. */
static void add_kept_notes(const struct kernel *k, struct candidates *all, struct evidence *ev)
{
	for (size_t i = 0; i < all->note_count && ev->count < EVIDENCE_CLAIMS - 2; i++) {
		const struct vmcoreinfo *note = &all->notes[i];

		if (note == k->note || (kernel_keeps_note(k, note) && note->phys_base != k->map.phys_base))
			add_signed(ev, "vmcoreinfo", note->phys_base);
	}
}

/* --- the image ------------------------------------------------------------------------- */

static struct err *settle_phys_base(const struct kernel *k, struct candidates *all,
				    struct facts *boot)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "phys_base" };
	uint64_t value;

	for (enum candidate_source s = 0; s < FOUND_COUNT; s++)
		if (k->candidate->found[s] && s != FOUND_VMCOREINFO)
			add_signed(&ev, candidate_source_name(s), k->map.phys_base);
	add_kept_notes(k, all, &ev);
	if (kernel_u64(k, "phys_base", &value))
		add_signed(&ev, "variable phys_base", value);
	return evidence_settle_fact(&ev, 2, boot);
}

/* Checks where the image starts. No file has it; the shift follows from it. */
static struct err *settle_start(const struct kernel *k)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "start of the image" };
	CLEANUP(free_ptr) char *sources = NULL;
	const char *value;
	struct kaddr text;

	evidence_add_hex(&ev, "page tables", k->map.start.v);
	if (kernel_symbol(k, "_text", &text))
		evidence_add_hex(&ev, "symbol _text", text.v);
	if (k->note)
		evidence_add_hex(&ev, "vmcoreinfo", k->note->stext.v);
	return evidence_settle(&ev, 2, &value, &sources);
}

/* The address that the image was linked to, from its boot header. Source: pref_address in
 * Documentation/arch/x86/boot.rst. */
static bool preferred_address(const struct kernel *k, uint64_t *ret)
{
	struct kaddr at;
	const uint8_t *params = kernel_symbol(k, "boot_params", &at) ? kernel_bytes(k, at, 4096) :
								       NULL;

	if (!params || memcmp(params + 0x202, "HdrS", 4))
		return false;
	*ret = load_u64(params + 0x258);
	return *ret && *ret % 0x200000 == 0 && *ret < KERNEL_MAP_END - KERNEL_MAP_BASE;
}

static struct err *settle_shift(struct kernel *k, struct facts *boot)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "kernel_shift" };
	uint64_t start = k->map.start.v, value;
	struct err *e;

	if (preferred_address(k, &value))
		evidence_add_hex(&ev, "boot_params", start - KERNEL_MAP_BASE - value);
	if (k->note && vmcoreinfo_number(k->note, "KERNELOFFSET", &value))
		evidence_add_hex(&ev, "vmcoreinfo", value);
	if (!ev.count)
		evidence_add_hex(&ev, "default link address", start - KERNEL_LINK_BASE);
	e = evidence_settle_fact(&ev, 1, boot);
	return e ? e : facts_u64(boot, "kernel_shift", &k->shift);
}

/* --- page tables ------------------------------------------------------------------------- */

static struct err *settle_levels(const struct kernel *k, struct facts *boot)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "levels" };
	uint64_t five;
	uint32_t shift;

	evidence_add(&ev, "page tables", k->map.levels == 5 ? "5" : "4");
	if (k->note && vmcoreinfo_number(k->note, "NUMBER(pgtable_l5_enabled)", &five))
		evidence_add(&ev, "vmcoreinfo", five ? "5" : "4");
	if (kernel_u32(k, "pgdir_shift", &shift) && (shift == 39 || shift == 48))
		evidence_add(&ev, "variable pgdir_shift", shift == 48 ? "5" : "4");
	return evidence_settle_fact(&ev, 1, boot);
}

static struct err *settle_root(struct kernel *k, struct facts *boot)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "page_table_root" };
	struct kernel_map map = k->map;
	const char *symbol;
	struct kaddr at;
	uint64_t pa;
	struct err *e;

	if (kernel_page_table(k, &at, &symbol))
		evidence_add_hex(&ev, symbol, kernel_map_pa(&k->map, at).v);
	if (k->note && vmcoreinfo_page_table(k->note, &at))
		evidence_add_hex(&ev, "vmcoreinfo", kernel_map_pa(&k->map, at).v);
	e = evidence_settle_fact(&ev, 1, boot);
	if (e)
		return e;
	e = facts_u64(boot, "page_table_root", &pa);
	if (e)
		return e;
	e = kernel_map_of_table(k->memory, PADDR(pa), &map);
	if (e)
		return err_in(e, "page_table_root");
	if (!kernel_map_same_place(&map, &k->map))
		return err_new(ERR_DATA, "page_table_root: the table at 0x%" PRIx64
			       " maps the image with phys_base 0x%" PRIx64 ", start 0x%" PRIx64
			       ", the others with 0x%" PRIx64 ", 0x%" PRIx64,
			       pa, map.phys_base, map.start.v, k->map.phys_base, k->map.start.v);
	k->map.root = map.root;
	return NULL;
}

static struct err *settle_encrypt_mask(struct kernel *k, struct facts *boot)
{
	CLEANUP(evidence_deinit) struct evidence ev = { .what = "encrypt_mask" };
	uint64_t value;

	evidence_add_hex(&ev, "page tables", k->map.encrypt_mask);
	if (kernel_u64(k, "sme_me_mask", &value))
		evidence_add_hex(&ev, "variable sme_me_mask", value);
	/* the note prints it with %d, cut to 32 bits: only 0 says anything */
	if (k->note && vmcoreinfo_number(k->note, "NUMBER(sme_mask)", &value) && !value)
		evidence_add_hex(&ev, "vmcoreinfo", value);
	return evidence_settle_fact(&ev, 1, boot);
}

/* --- the direct map and its neighbours --------------------------------------------------- */

/* *by_tables: the page tables map addresses all over RAM to themselves, counted from the base.
 * *by_task: with this base, a pointer of the first task leads to something that points back. */
static struct err *check_page_offset(struct kernel *k, uint64_t base, bool *by_tables,
				     bool *by_task)
{
	struct xlat x = kernel_map_xlat(k->memory, &k->map);
	unsigned int agree, disagree, returns = 0;
	struct kaddr task;
	struct err *e = kernel_map_check_direct_map(&x, KADDR(base), &agree, &disagree);

	if (e)
		return e;
	if (kernel_symbol(k, "init_task", &task) && kernel_bytes(k, task, 4096)) {
		e = kernel_map_count_returns(k->memory, &k->map, task, 4096, KADDR(base), &returns);
		if (e)
			return e;
	}
	*by_tables = agree >= 2 && !disagree;
	*by_task = returns;
	return NULL;
}

/* vmemmap is an array of struct page. *by_tables: the one of the image's first page is mapped. */
static struct err *check_vmemmap(struct kernel *k, uint64_t base, bool *by_tables)
{
	struct xlat x = kernel_map_xlat(k->memory, &k->map);
	struct paddr image = kernel_map_pa(&k->map, k->map.start);
	struct xlat_result r;
	struct err *e = xlat_walk(&x, base + image.v / PAGE_SIZE * 64, &r);

	*by_tables = !e && r.kind == XLAT_MAPPED;
	if (err_is_fatal(e))
		return e;
	err_discard(e);
	return NULL;
}

/* Where a base is from, and who else agrees with it. */
struct base_check {
	bool variable; /* from the kernel's variables, else from the defaults */
	bool by_tables, by_task;
};

static struct err *find_bases(struct kernel *k, struct base_check *check)
{
	const struct default_bases *d;

	*check = (struct base_check){ .variable = true };
	if (kernel_u64(k, "page_offset_base", &k->page_offset_base) &&
	    kernel_u64(k, "vmalloc_base", &k->vmalloc_base) &&
	    kernel_u64(k, "vmemmap_base", &k->vmemmap_base))
		return check_page_offset(k, k->page_offset_base, &check->by_tables,
					 &check->by_task);
	check->variable = false;
	for (size_t i = 0; (d = default_bases_at(k->map.levels, i)) && !check->by_tables; i++) {
		struct err *e;

		k->page_offset_base = d->page_offset;
		k->vmalloc_base = d->vmalloc;
		k->vmemmap_base = d->vmemmap;
		e = check_page_offset(k, d->page_offset, &check->by_tables, &check->by_task);
		if (e)
			return e;
	}
	return NULL;
}

static void set_base(struct facts *boot, const char *key, uint64_t value,
		     const struct base_check *check)
{
	CLEANUP(free_ptr) char *sources = xasprintf(
		"%s%s%s", check->variable ? "variable" : "default",
		check->by_tables ? ", page tables" : "", check->by_task ? ", first task" : "");

	facts_set_hex(boot, key, value, sources);
}

static struct err *settle_bases(struct kernel *k, struct facts *boot)
{
	struct base_check offset, vmalloc, vmemmap;
	struct err *e = find_bases(k, &offset);

	if (e)
		return e;
	vmalloc = vmemmap = (struct base_check){ .variable = offset.variable };
	e = check_vmemmap(k, k->vmemmap_base, &vmemmap.by_tables);
	if (e)
		return e;
	if (!offset.by_tables && !offset.by_task)
		return err_new(ERR_DATA, "page_offset_base: %s says 0x%" PRIx64 ", but neither the "
			       "page tables nor a pointer of the first task agree",
			       offset.variable ? "variable" : "default", k->page_offset_base);
	set_base(boot, "page_offset_base", k->page_offset_base, &offset);
	set_base(boot, "vmalloc_base", k->vmalloc_base, &vmalloc);
	set_base(boot, "vmemmap_base", k->vmemmap_base, &vmemmap);
	return NULL;
}

/* Finds the kernel's own note. */
static struct err *settle_note(struct kernel *k, const struct candidates *all, struct buf *report)
{
	struct kaddr at;

	/* a pointer into the direct map leads to the note; the bases are settled with its help */
	if (!kernel_u64(k, "page_offset_base", &k->page_offset_base))
		k->page_offset_base = default_bases_at(k->map.levels, 0)->page_offset;
	if (!kernel_symbol(k, "vmcoreinfo_data", &at)) {
		struct err *e = kernel_find_note_pointer(k);

		if (e)
			return e;
	}
	k->note = kernel_find_note(k, all, report);
	return NULL;
}

static bool may_read_ram(void *arg, struct paddr at, size_t size)
{
	return ram_map_contains(memory_ram_map(arg), at, size);
}

/* Finds e820_table, if neither a symbol nor a survey told it. */
static struct err *find_e820(struct kernel *k)
{
	struct kaddr at;

	return kernel_symbol(k, "e820_table", &at) ? NULL :
						     kernel_find_e820(k, may_read_ram, k->memory);
}

/* Where the image is, and how many levels its page tables have. */
static struct err *settle_image(struct kernel *k, struct candidates *all, struct facts *boot)
{
	struct err *e = settle_phys_base(k, all, boot);

	if (e)
		return e;
	e = settle_start(k);
	if (e)
		return e;
	e = settle_shift(k, boot);
	if (e)
		return e;
	return settle_levels(k, boot);
}

struct err *kernel_settle_boot(struct kernel *k, struct candidates *all, struct facts *boot,
			       struct buf *report)
{
	struct err *e;

	facts_set(boot, "memory", memory_uri(k->memory), NULL);
	e = settle_note(k, all, report);
	if (e)
		return e;
	e = settle_image(k, all, boot);
	if (e)
		return e;
	e = settle_root(k, boot);
	if (e)
		return e;
	e = settle_bases(k, boot);
	if (e)
		return e;
	e = find_e820(k);
	if (e)
		return e;
	return settle_encrypt_mask(k, boot);
}
