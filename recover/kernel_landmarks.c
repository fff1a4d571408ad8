/* Data of a kernel whose symbol table names functions only, found by its shape. Looked for in what
 * the kernel maps: what it freed may be anybody's. */
#include "recover/kernel.h"

#include <inttypes.h>
#include <string.h>

#include "base/view.h"
#include "recover/e820.h"
#include "recover/image_parts.h"

#define TASK_BEFORE_COMM 16384 /* no task_struct's comm is farther from its start */
#define TASK_ALIGN 64	       /* L1_CACHE_BYTES */
#define GIB (UINT64_C(1) << 30)

/* A run of the image's mapped pages that were read. */
struct span {
	const uint8_t *bytes;
	size_t size;
	uint64_t va;
};

#define TOPS_MAX 256

struct finder {
	struct kernel *k;
	struct image_parts parts;
	uint64_t found; /* 0: nothing yet */
	unsigned int times;
	uint64_t tops[TOPS_MAX]; /* pages that may be init_top_pgt */
	size_t top_count;
};

static struct span span_of(const struct finder *f, size_t part)
{
	const struct image_part *p = &f->parts.list[part];
	uint64_t offset = p->start.v - f->k->map.start.v;
	uint64_t end = p->end.v - f->k->map.start.v;

	if (end > f->k->image_size)
		end = f->k->image_size;
	if (offset >= end)
		return (struct span){ NULL, 0, 0 };
	return (struct span){ f->k->image + offset, (size_t)(end - offset), p->start.v };
}

static bool may_have_data(const struct image_part *p)
{
	return p->writable || p->no_execute;
}

static void each_span(struct finder *f, void (*look)(struct finder *f, const struct span *s))
{
	f->found = f->times = 0;
	for (size_t i = 0; i < f->parts.count; i++) {
		struct span s = span_of(f, i);

		if (may_have_data(&f->parts.list[i]))
			look(f, &s);
	}
}

static void found_at(struct finder *f, uint64_t va)
{
	if (f->times && f->found == va)
		return;
	f->found = va;
	f->times++;
}

/* Takes what was found, if it is one place, as what NAME is, beside what the image told. */
static struct err *settle(struct finder *f, const char *name, uint64_t at, const char *source)
{
	const struct landmark *known = landmarks_get(&f->k->candidate->landmarks, name);
	struct landmarks *all = &f->k->landmarks;
	struct err *e = NULL;

	if (f->times != 1)
		return NULL;
	if (known)
		e = landmarks_add(all, name, known->at, buf_str(&known->sources));
	return e ? e : landmarks_add(all, name, KADDR(at), source);
}

/* --- the first task ------------------------------------------------------------------------ */

static bool is_first_comm(const uint8_t *p)
{
	static const char smp[16] = "swapper/0", up[16] = "swapper";

	return !memcmp(p, smp, sizeof(smp)) || !memcmp(p, up, sizeof(up));
}

/* Whether the task that has its comm at offset `comm` starts at `start`: it is its own parent, real
 * parent (one after the other) and group leader. */
static bool starts_at(const struct span *s, size_t start, size_t comm)
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

static void look_for_task(struct finder *f, const struct span *s)
{
	for (size_t comm = 0; comm + 16 <= s->size; comm += 4) {
		size_t lowest = comm > TASK_BEFORE_COMM ? comm - TASK_BEFORE_COMM : 0;

		if (s->bytes[comm] != 's' || !is_first_comm(s->bytes + comm))
			continue;
		for (size_t start = lowest + (-(s->va + lowest) & (TASK_ALIGN - 1)); start < comm;
		     start += TASK_ALIGN)
			if (starts_at(s, start, comm))
				found_at(f, s->va + start);
	}
}

/* --- the top-level page table ------------------------------------------------------------------- */

/* Its entry 511 leads to a table in the image; others of the kernel's half to the direct map. */
static bool may_be_top(const struct finder *f, const uint8_t *page)
{
	const struct kernel *k = f->k;
	uint64_t last = load_u64(page + 511 * 8), image = kernel_map_pa(&k->map, k->map.start).v;
	uint64_t frame = last & UINT64_C(0x000ffffffffff000) & ~k->map.encrypt_mask;

	if ((last & 0x81) != 1 || frame - image >= k->image_size)
		return false;
	for (size_t i = 256; i < 510; i++)
		if ((load_u64(page + i * 8) & 0x81) == 1)
			return true;
	return false;
}

static void look_for_top(struct finder *f, const struct span *s)
{
	const struct kernel *k = f->k;

	for (size_t at = 0; at + PAGE_SIZE <= s->size; at += PAGE_SIZE) {
		struct kernel_map map;
		struct err *e;

		if (!may_be_top(f, s->bytes + at))
			continue;
		e = kernel_map_of_table(k->memory, kernel_map_pa(&k->map, KADDR(s->va + at)), &map);
		if (!e && kernel_map_same_place(&map, &k->map) && f->top_count < TOPS_MAX)
			f->tops[f->top_count++] = s->va + at;
		err_discard(e);
	}
}

/* Of a process, whose table may be in a page of the image that was freed, it is an address in the
 * direct map that its mm_struct has. init_mm has one in the image. */
static void look_for_pgd(struct finder *f, const struct span *s)
{
	for (size_t at = 0; at + 8 <= s->size; at += 8) {
		uint64_t word = load_u64(s->bytes + at);

		for (size_t i = 0; !(word % PAGE_SIZE) && i < f->top_count; i++)
			if (word == f->tops[i])
				found_at(f, word);
	}
}

/* --- the bases -------------------------------------------------------------------------------------- */

static bool is_base(uint64_t value)
{
	return value % GIB == 0 && value >= UINT64_C(0xff00000000000000) &&
	       value < UINT64_C(0xffffff0000000000);
}

/* page_offset_base, vmalloc_base and vmemmap_base stand side by side in this order, or, as gcc puts
 * variables, in the other. Source: arch/x86/kernel/head64.c */
static void look_for_bases(struct finder *f, const struct span *s)
{
	for (size_t at = 0; at + 24 <= s->size; at += 8) {
		uint64_t a = load_u64(s->bytes + at), b, c;

		if (!is_base(a))
			continue;
		b = load_u64(s->bytes + at + 8);
		c = load_u64(s->bytes + at + 16);
		if (is_base(b) && is_base(c) && ((a < b && b < c) || (a > b && b > c)))
			found_at(f, s->va + at);
	}
}

static struct err *settle_bases(struct finder *f)
{
	uint64_t first = 0, last = 0, at = f->found;
	const uint8_t *bytes = f->times == 1 ? kernel_bytes(f->k, KADDR(at), 24) : NULL;
	struct err *e;

	if (!bytes)
		return NULL;
	first = load_u64(bytes);
	last = load_u64(bytes + 16);
	e = settle(f, "page_offset_base", first < last ? at : at + 16, "three bases side by side");
	if (!e)
		e = settle(f, "vmalloc_base", at + 8, "three bases side by side");
	return e ? e : settle(f, "vmemmap_base", first < last ? at + 16 : at,
			      "three bases side by side");
}

/* --- what the boot loader left --------------------------------------------------------------------- */

/* Source: Documentation/arch/x86/boot.rst */
static void look_for_boot_params(struct finder *f, const struct span *s)
{
	for (size_t at = 0; at + 4096 <= s->size; at += 16)
		if (load_u16(s->bytes + at + 0x1fe) == 0xaa55 &&
		    !memcmp(s->bytes + at + 0x202, "HdrS", 4))
			found_at(f, s->va + at);
}

/* --- the vsyscall page ------------------------------------------------------------------------------ */

/* The mapping that all processes have, at its fixed address: start and end come first in a
 * vm_area_struct. Source: arch/x86/entry/vsyscall/vsyscall_64.c, gate_vma */
static void look_for_gate(struct finder *f, const struct span *s)
{
	static const uint64_t start = UINT64_C(0xffffffffff600000);

	for (size_t at = 0; at + 16 <= s->size; at += 8)
		if (load_u64(s->bytes + at) == start &&
		    load_u64(s->bytes + at + 8) == start + PAGE_SIZE)
			found_at(f, s->va + at);
}

/* --- all of these ------------------------------------------------------------------------------------- */

/* Reads what of the image is mapped and not code. Errors: ERR_SYSTEM. */
static struct err *finder_init(struct kernel *k, struct finder *ret)
{
	struct err *e;

	*ret = (struct finder){ .k = k };
	e = image_parts_of_map(k->memory, &k->map, &ret->parts);
	for (size_t i = 0; i < ret->parts.count && !e; i++)
		if (may_have_data(&ret->parts.list[i]))
			e = kernel_pages_read(k->pages, ret->parts.list[i].start,
					      ret->parts.list[i].end);
	if (!e || err_code(e) == ERR_SYSTEM)
		return e;
	err_discard(e);
	return NULL;
}

static void finder_deinit(struct finder *f)
{
	image_parts_deinit(&f->parts);
}

static const struct {
	const char *name, *source;
	void (*look)(struct finder *f, const struct span *s);
} shapes[] = {
	{ "init_task", "comm, its own parent and leader", look_for_task },
	{ NULL, NULL, look_for_top },
	{ "init_top_pgt", "maps image and direct map, init_mm's", look_for_pgd },
	{ "boot_params", "boot header", look_for_boot_params },
	{ "gate_vma", "a mapping of the vsyscall page", look_for_gate },
};

struct err *kernel_find_landmarks(struct kernel *k)
{
	CLEANUP(finder_deinit) struct finder f;
	struct err *e = finder_init(k, &f);

	if (!e)
		e = landmarks_add(&k->landmarks, "_end", k->map.end, "page tables");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes) && !e; i++) {
		each_span(&f, shapes[i].look);
		if (shapes[i].name)
			e = settle(&f, shapes[i].name, f.found, shapes[i].source);
	}
	if (e)
		return e;
	each_span(&f, look_for_bases);
	return settle_bases(&f);
}

/* --- pointers out of the image ------------------------------------------------------------------------ */

struct reach {
	bool (*may_read)(void *arg, struct paddr at, size_t size);
	void *arg;
};

static bool is_e820_table(const struct kernel *k, const struct reach *r, uint64_t pointer)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = RAM_MAP_INIT;
	struct paddr at = PADDR(pointer - k->page_offset_base), image;
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	uint32_t count = 0;
	struct view v;
	struct err *e;

	if (!r->may_read(r->arg, at, sizeof(count)))
		return false;
	e = memory_read(k->memory, at, &count, sizeof(count));
	if (!e && (!count || count > (E820_SIZE_MAX - 4) / 20 ||
		   !r->may_read(r->arg, at, 4 + (size_t)count * 20)))
		return false;
	bytes = xmalloc(4 + (size_t)count * 20);
	if (!e)
		e = memory_read(k->memory, at, bytes, 4 + (size_t)count * 20);
	v = view_of(bytes, 4 + (size_t)count * 20, at.v);
	if (!e)
		e = e820_parse(&v, &ram);
	image = kernel_map_pa(&k->map, k->map.start);
	if (e) {
		err_discard(e);
		return false;
	}
	return ram_map_contains(&ram, image, k->map.end.v - k->map.start.v);
}

static bool is_direct(const struct kernel *k, uint64_t pointer)
{
	return pointer % 8 == 0 && pointer - k->page_offset_base < UINT64_C(1) << 46;
}

/* e820_table, e820_table_kexec and e820_table_firmware stand side by side and point to copies.
 * Source: arch/x86/kernel/e820.c, e820__reallocate_tables() */
static void look_for_e820(struct finder *f, const struct span *s, const struct reach *r)
{
	const struct kernel *k = f->k;

	for (size_t at = 0; at + 24 <= s->size; at += 8) {
		uint64_t p[3];

		memcpy(p, s->bytes + at, sizeof(p));
		if (!is_direct(k, p[0]) || !is_direct(k, p[1]) || !is_direct(k, p[2]) ||
		    p[0] == p[1] || p[1] == p[2] || p[0] == p[2])
			continue;
		if (is_e820_table(k, r, p[0]) && is_e820_table(k, r, p[1]) &&
		    is_e820_table(k, r, p[2]))
			found_at(f, s->va + at);
	}
}

struct err *kernel_find_e820(struct kernel *k,
			     bool (*may_read)(void *arg, struct paddr at, size_t size), void *arg)
{
	CLEANUP(finder_deinit) struct finder f;
	struct reach r = { may_read, arg };
	struct kaddr base, top;
	struct err *e = finder_init(k, &f);
	bool reversed;

	for (size_t i = 0; i < f.parts.count && !e; i++) {
		struct span s = span_of(&f, i);

		look_for_e820(&f, &s, &r);
	}
	if (e)
		return e;
	/* one compiler orders variables one way; gcc puts the first one last */
	reversed = !kernel_symbol(k, "page_offset_base", &base) ||
		   !kernel_symbol(k, "vmemmap_base", &top) || top.v < base.v;
	return settle(&f, "e820_table", reversed ? f.found + 16 : f.found, "three tables of RAM");
}

/* --- the note ------------------------------------------------------------------------------------------- */

#define NOTE_POINTERS_MAX 65536

struct note_pointers {
	uint64_t at[NOTE_POINTERS_MAX]; /* run-time address of the variable */
	struct memory_read read[NOTE_POINTERS_MAX];
	char start[NOTE_POINTERS_MAX][8];
	size_t count;
};

/* A pointer to a page of the direct map that is in RAM. */
static void add_note_pointers(const struct kernel *k, const struct span *s, struct note_pointers *p)
{
	for (size_t at = 0; at + 8 <= s->size && p->count < NOTE_POINTERS_MAX; at += 8) {
		uint64_t pointer = load_u64(s->bytes + at);
		struct paddr pa = PADDR(pointer - k->page_offset_base);

		if (pointer % PAGE_SIZE || !pointer || !is_direct(k, pointer) ||
		    !ram_map_contains(memory_ram_map(k->memory), pa, PAGE_SIZE))
			continue;
		p->at[p->count] = s->va + at;
		p->read[p->count] = (struct memory_read){ pa, 8, p->start[p->count], MEMORY_OK };
		p->count++;
	}
}

struct err *kernel_find_note_pointer(struct kernel *k)
{
	CLEANUP(free_ptr) struct note_pointers *p = xcalloc(1, sizeof(*p));
	CLEANUP(finder_deinit) struct finder f;
	struct err *e = finder_init(k, &f);

	for (size_t i = 0; i < f.parts.count && !e; i++) {
		struct span s = span_of(&f, i);

		add_note_pointers(k, &s, p);
	}
	if (!e)
		e = memory_read_again(k->memory, p->read, p->count);
	for (size_t i = 0; i < p->count && !e; i++)
		if (p->read[i].status == MEMORY_OK && !memcmp(p->start[i], "OSRELEAS", 8))
			found_at(&f, p->at[i]);
	return e ? e : settle(&f, "vmcoreinfo_data", f.found, "leads to a note");
}
