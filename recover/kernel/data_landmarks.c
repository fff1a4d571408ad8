#include "recover/kernel/data_landmarks.h"

#include <string.h>

#include "base/view.h"
#include "recover/kernel/finder.h"
#include "x86/entry.h"

#define TASK_BEFORE_COMM 16384 /* no task_struct's comm is farther from its start */
#define TASK_ALIGN 64	       /* L1_CACHE_BYTES */
#define GIB (UINT64_C(1) << 30)

/* --- the first task ------------------------------------------------------------------------ */

static bool is_first_comm(const uint8_t *p)
{
	static const char smp[16] = "swapper/0", up[16] = "swapper";

	return !memcmp(p, smp, sizeof(smp)) || !memcmp(p, up, sizeof(up));
}

/* Whether the task that has its comm at offset `comm` starts at `start`: it is its own real parent and
 * parent (one right behind the other) and its own group leader. */
static bool starts_at(const struct finder_span *s, size_t start, size_t comm)
{
	uint64_t va = s->va + start;
	unsigned int times = 0;
	bool twice = false;

	for (size_t i = start; i + 16 <= comm; i += 8) {
		if (load_u64(s->bytes + i) != va)
			continue;
		times++;
		twice |= i != start && load_u64(s->bytes + i + 8) == va;
	}
	return twice && times >= 3;
}

static void look_for_task(struct finder *f, const struct finder_span *s)
{
	for (size_t comm = 0; comm + 16 <= s->size; comm += 4) {
		size_t lowest = comm > TASK_BEFORE_COMM ? comm - TASK_BEFORE_COMM : 0;

		if (s->bytes[comm] != 's' || !is_first_comm(s->bytes + comm))
			continue;
		for (size_t start = lowest + (-(s->va + lowest) & (TASK_ALIGN - 1)); start < comm;
		     start += TASK_ALIGN)
			if (starts_at(s, start, comm))
				finder_found(f, s->va + start);
	}
}

/* --- the top-level page table ------------------------------------------------------------------- */

static bool may_be_table(uint64_t entry)
{
	return (entry & (ENTRY_PRESENT | ENTRY_LARGE)) == ENTRY_PRESENT;
}

/* Entry 511 leads to a table in the image, and another entry of the kernel's half to the direct map. */
static bool may_be_top(const struct finder *f, const uint8_t *page)
{
	const struct kernel *k = f->k;
	uint64_t last = load_u64(page + 511 * 8), image = kernel_map_pa(&k->map, k->map.start).v;
	uint64_t frame = last & ENTRY_FRAME & ~k->map.encrypt_mask;

	if (!may_be_table(last) || frame - image >= k->image_size)
		return false;
	for (size_t i = 256; i < 510; i++)
		if (may_be_table(load_u64(page + i * 8)))
			return true;
	return false;
}

static void look_for_top(struct finder *f, const struct finder_span *s)
{
	const struct kernel *k = f->k;

	for (size_t at = 0; at + PAGE_SIZE <= s->size; at += PAGE_SIZE) {
		struct kernel_map map;
		struct err *e;

		if (!may_be_top(f, s->bytes + at))
			continue;
		e = kernel_map_of_table(k->memory, kernel_map_pa(&k->map, KADDR(s->va + at)), &map);
		if (!e && kernel_map_same_place(&map, &k->map) && f->top_count < FINDER_TOPS_MAX)
			f->tops[f->top_count++] = s->va + at;
		err_discard(e);
	}
}

/* Only init_mm has the address of its table in the image. A process's table may lie in a page of the
 * image that was freed, but its mm_struct has an address in the direct map. */
static void look_for_pgd(struct finder *f, const struct finder_span *s)
{
	for (size_t at = 0; at + 8 <= s->size; at += 8) {
		uint64_t word = load_u64(s->bytes + at);

		for (size_t i = 0; !(word % PAGE_SIZE) && i < f->top_count; i++)
			if (word == f->tops[i])
				finder_found(f, word);
	}
}

/* --- the bases -------------------------------------------------------------------------------------- */

static bool is_base(uint64_t value)
{
	return value % GIB == 0 && value >= UINT64_C(0xff00000000000000) &&
	       value < UINT64_C(0xffffff0000000000);
}

/* page_offset_base, vmalloc_base and vmemmap_base are side by side in this order, or in the opposite
 * one, in which gcc puts variables. Source: arch/x86/kernel/head64.c */
static void look_for_bases(struct finder *f, const struct finder_span *s)
{
	for (size_t at = 0; at + 24 <= s->size; at += 8) {
		uint64_t a = load_u64(s->bytes + at), b, c;

		if (!is_base(a))
			continue;
		b = load_u64(s->bytes + at + 8);
		c = load_u64(s->bytes + at + 16);
		if (is_base(b) && is_base(c) && ((a < b && b < c) || (a > b && b > c)))
			finder_found(f, s->va + at);
	}
}

static struct err *settle_bases(struct finder *f)
{
	static const char source[] = "three bases side by side";
	const uint64_t at = f->found;
	const uint8_t *bytes = f->times == 1 ? kernel_bytes(f->k, KADDR(at), 24) : NULL;
	bool rising;
	struct err *e;

	if (!bytes)
		return NULL;
	rising = load_u64(bytes) < load_u64(bytes + 16);
	e = finder_settle(f, "page_offset_base", rising ? at : at + 16, source);
	if (e)
		return e;
	e = finder_settle(f, "vmalloc_base", at + 8, source);
	if (e)
		return e;
	return finder_settle(f, "vmemmap_base", rising ? at + 16 : at, source);
}

/* --- what the boot loader left --------------------------------------------------------------------- */

/* Source: Documentation/arch/x86/boot.rst */
static void look_for_boot_params(struct finder *f, const struct finder_span *s)
{
	for (size_t at = 0; at + 4096 <= s->size; at += 16)
		if (load_u16(s->bytes + at + 0x1fe) == 0xaa55 &&
		    !memcmp(s->bytes + at + 0x202, "HdrS", 4))
			finder_found(f, s->va + at);
}

/* --- the vsyscall page ------------------------------------------------------------------------------ */

/* Start and end come first in a vm_area_struct, and the vsyscall page has one address in all kernels.
 * Source: arch/x86/entry/vsyscall/vsyscall_64.c, gate_vma */
static void look_for_gate(struct finder *f, const struct finder_span *s)
{
	static const uint64_t start = UINT64_C(0xffffffffff600000);

	for (size_t at = 0; at + 16 <= s->size; at += 8)
		if (load_u64(s->bytes + at) == start &&
		    load_u64(s->bytes + at + 8) == start + PAGE_SIZE)
			finder_found(f, s->va + at);
}

/* --- all of them ------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *source;
	void (*look)(struct finder *f, const struct finder_span *s);
} shapes[] = {
	{ "init_task", "comm, its own parent and leader", look_for_task },
	{ NULL, NULL, look_for_top },
	{ "init_top_pgt", "maps image and direct map, init_mm's", look_for_pgd },
	{ "boot_params", "boot header", look_for_boot_params },
	{ "gate_vma", "a mapping of the vsyscall page", look_for_gate },
};

struct err *kernel_find_landmarks(struct kernel *k)
{
	CLEANUP(finder_deinit) struct finder f = { .k = k };
	struct err *e;

	if (!landmarks_are_needed(k->candidate->symbols))
		return NULL;
	e = finder_init(k, &f);
	if (e)
		return e;
	e = landmarks_add(&k->landmarks, "_end", k->map.end, "page tables");
	if (e)
		return e;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		finder_each(&f, shapes[i].look);
		if (!shapes[i].name)
			continue;
		e = finder_settle(&f, shapes[i].name, f.found, shapes[i].source);
		if (e)
			return e;
	}
	finder_each(&f, look_for_bases);
	return settle_bases(&f);
}
