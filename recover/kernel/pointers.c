#include "recover/kernel/pointers.h"

#include <string.h>

#include "base/alloc.h"
#include "base/view.h"
#include "recover/kernel/e820.h"
#include "recover/kernel/finder.h"
#include "recover/parse/modules.h"

/* --- the tables of RAM ------------------------------------------------------------------ */

struct reach {
	bool (*may_read)(void *arg, struct paddr at, size_t size);
	void *arg;
};

/* Whether the pointer leads to a table of RAM that has the kernel's image in it. */
static bool is_e820_table(const struct kernel *k, const struct reach *r, uint64_t pointer)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = RAM_MAP_INIT;
	struct paddr at = PADDR(pointer - k->page_offset_base);
	struct paddr image = kernel_map_pa(&k->map, k->map.start);
	uint32_t count;
	struct err *e;

	if (!r->may_read(r->arg, at, sizeof(count)))
		return false;
	e = e820_read_count(k->memory, at, &count);
	if (!e && r->may_read(r->arg, at, e820_size(count)))
		e = e820_read_at(k->memory, at, count, &ram);
	err_discard(e);
	return !e && ram_map_contains(&ram, image, k->map.end.v - k->map.start.v);
}

static bool is_direct(const struct kernel *k, uint64_t pointer)
{
	return pointer % 8 == 0 && pointer - k->page_offset_base < UINT64_C(1) << 46;
}

/* e820_table, e820_table_kexec and e820_table_firmware are side by side and point to three copies of the
 * table. Source: arch/x86/kernel/e820.c, e820__reallocate_tables() */
static void look_for_e820(struct finder *f, const struct finder_span *s, const struct reach *r)
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
			finder_found(f, s->va + at);
	}
}

struct err *kernel_find_e820(struct kernel *k,
			     bool (*may_read)(void *arg, struct paddr at, size_t size), void *arg)
{
	CLEANUP(finder_deinit) struct finder f = { .k = k };
	struct reach r = { may_read, arg };
	struct kaddr base, top;
	bool reversed;
	struct err *e;

	if (!landmarks_are_needed(k->candidate->symbols))
		return NULL;
	e = finder_init(k, &f);
	if (e)
		return e;
	for (size_t i = 0; i < f.parts.count; i++) {
		struct finder_span s = finder_span(&f, i);

		look_for_e820(&f, &s, &r);
	}
	/* Which of the three is the first in the source? A compiler orders all variables in one way, and
	 * the bases show in which; gcc puts the first one last. */
	reversed = !kernel_symbol(k, "page_offset_base", &base) ||
		   !kernel_symbol(k, "vmemmap_base", &top) || top.v < base.v;
	return finder_settle(&f, "e820_table", reversed ? f.found + 16 : f.found, "three tables of RAM");
}

/* --- the note ------------------------------------------------------------------------------------------- */

#define NOTE_POINTERS_MAX 65536

struct note_pointers {
	uint64_t at[NOTE_POINTERS_MAX]; /* run-time address of the variable */
	struct memory_read read[NOTE_POINTERS_MAX];
	char start[NOTE_POINTERS_MAX][8];
	size_t count;
};

/* Adds the pointers to pages of the direct map that are in RAM: the text begins at a page. */
static void add_note_pointers(const struct kernel *k, const struct finder_span *s, struct note_pointers *p)
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
	CLEANUP(free_ptr) struct note_pointers *p = NULL;
	CLEANUP(finder_deinit) struct finder f = { .k = k };
	struct err *e;

	if (!landmarks_are_needed(k->candidate->symbols))
		return NULL;
	e = finder_init(k, &f);
	if (e)
		return e;
	p = xcalloc(1, sizeof(*p));
	for (size_t i = 0; i < f.parts.count; i++) {
		struct finder_span s = finder_span(&f, i);

		add_note_pointers(k, &s, p);
	}
	e = memory_read_again(k->memory, p->read, p->count);
	if (e)
		return e;
	for (size_t i = 0; i < p->count; i++)
		if (p->read[i].status == MEMORY_OK && !memcmp(p->start[i], "OSRELEAS", 8))
			finder_found(&f, p->at[i]);
	return finder_settle(&f, "vmcoreinfo_data", f.found, "leads to a note");
}

/* --- the list of modules --------------------------------------------------------------------- */

/* Whether a list_head at `head` is closed, and a struct module follows it. */
static bool is_module_list(const struct xlat *x, uint64_t head, uint64_t next, uint64_t prev)
{
	uint64_t back = 0, forth = 0;
	struct err *e = NULL;

	if (!modules_may_be(x, KADDR(next)))
		return false;
	e = xlat_read(x, next + 8, &back, sizeof(back));
	if (!e)
		e = xlat_read(x, prev, &forth, sizeof(forth));
	err_discard(e);
	return !e && back == head && forth == head;
}

/* KASLR may put the image where other kernels have modules, and then its own lists are there. */
static bool is_outside(const struct kernel *k, uint64_t va)
{
	return va < k->map.start.v || va >= k->map.end.v;
}

static void look_for_modules(struct finder *f, const struct finder_span *s)
{
	struct xlat x = kernel_map_xlat(f->k->memory, &f->k->map);

	for (size_t at = 0; at + 16 <= s->size; at += 8) {
		uint64_t next = load_u64(s->bytes + at), prev = load_u64(s->bytes + at + 8);

		if (modules_are_at(KADDR(next)) && modules_are_at(KADDR(prev)) &&
		    is_outside(f->k, next) && is_outside(f->k, prev) && is_module_list(&x, s->va + at, next, prev))
			finder_found(f, s->va + at);
	}
}

struct err *kernel_find_modules(struct kernel *k)
{
	CLEANUP(finder_deinit) struct finder f = { .k = k };
	struct err *e;

	if (!landmarks_are_needed(k->candidate->symbols))
		return NULL;
	e = finder_init(k, &f);
	if (e)
		return e;
	finder_each(&f, look_for_modules);
	return finder_settle(&f, "modules", f.found, "a list of modules");
}
