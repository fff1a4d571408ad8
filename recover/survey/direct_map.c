#include "recover/survey/direct_map.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "base/view.h"
#include "recover/survey/trampoline.h"

#define TABLES_MAX 16384 /* 16 TiB in large pages of 2 MiB */
#define BATCH 64	 /* tables in one vector */

/* A table that we still have to read. */
struct table {
	struct paddr at;
	uint64_t va; /* of entry 0 */
};

/* The tables of one level. */
struct tables {
	struct table *list;
	size_t count, capacity;
};

struct walk {
	struct known_ram *known;
	const struct xlat *x;
	uint64_t base, last; /* [base, last] */
	struct direct_map *ret;
};

void direct_map_deinit(struct direct_map *d)
{
	ram_map_deinit(&d->ram);
	*d = (struct direct_map){ .tables = 0 };
}

static void tables_deinit(struct tables *t)
{
	free(t->list);
}

static void tables_add(struct tables *t, struct paddr at, uint64_t va)
{
	*vec_add(t->list, t->count, t->capacity) = (struct table){ at, va };
}

static uint64_t level_size(unsigned int level)
{
	return UINT64_C(1) << (12 + 9 * (level - 1));
}

/* Adds what is mapped at va. known_place: it is a page, which lies at `at`; otherwise a table of 4 KiB
 * pages, which we do not read. */
static void add_leaf(struct walk *w, uint64_t va, uint64_t at, uint64_t size, bool known_place)
{
	if (known_place && at != va - w->base) {
		w->ret->disagree += size;
		return;
	}
	w->ret->agree += known_place ? size : 0;
	ram_map_add(&w->ret->ram, PADDR(va - w->base), PADDR(va - w->base + size));
}

static struct err *take_entry(struct walk *w, unsigned int level, uint64_t va, uint64_t entry,
			      struct tables *next)
{
	uint64_t size = level_size(level), mask = w->x->encrypt_mask;
	uint64_t frame = entry & ENTRY_FRAME & ~mask;

	if (!(entry & ENTRY_PRESENT) || va + (size - 1) < w->base || va > w->last)
		return NULL;
	if (level <= 3 && entry & ENTRY_LARGE) {
		add_leaf(w, va, frame & ~(size - 1), size, true);
		return NULL;
	}
	if (!entry_is_table(entry, mask))
		return err_new(ERR_DATA, "page table of level %u for 0x%" PRIx64 ": 0x%" PRIx64
			       " leads to no table", level, va, entry);
	if (level == 2) {
		add_leaf(w, va, 0, size, false);
		return NULL;
	}
	tables_add(next, PADDR(frame), va);
	return known_ram_add(w->known, PADDR(frame), PAGE_SIZE, "page table of the direct map");
}

static struct err *take_table(struct walk *w, unsigned int level, uint64_t va, const uint8_t *bytes,
			      struct tables *next)
{
	for (uint64_t i = 0; i < TABLE_ENTRIES; i++) {
		struct err *e = take_entry(w, level, va + i * level_size(level),
					   load_u64(bytes + 8 * i), next);

		if (e)
			return e;
	}
	return NULL;
}

/* Reads some tables of one level, and adds the tables they lead to to `next`. */
static struct err *read_batch(struct walk *w, unsigned int level, const struct table *tables,
			      size_t n, struct tables *next)
{
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(n, PAGE_SIZE);
	struct memory_read reads[BATCH];
	struct err *e;

	for (size_t i = 0; i < n; i++)
		reads[i] = (struct memory_read){ tables[i].at, PAGE_SIZE, bytes + i * PAGE_SIZE,
						 MEMORY_OK };
	e = memory_read_again(w->known->memory, reads, n);
	w->ret->tables += n;
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (reads[i].status != MEMORY_OK)
			return err_new(ERR_DATA, "page table at 0x%" PRIx64 ": %s", reads[i].at.v,
				       memory_status_name(reads[i].status));
		e = take_table(w, level, tables[i].va, bytes + i * PAGE_SIZE, next);
		if (e)
			return e;
	}
	return NULL;
}

static struct err *walk_level(struct walk *w, unsigned int level, const struct tables *tables,
			      struct tables *next)
{
	if (tables->count > TABLES_MAX - w->ret->tables)
		return err_new(ERR_DATA, "the direct map has too many page tables");
	for (size_t i = 0; i < tables->count; i += BATCH) {
		size_t n = tables->count - i < BATCH ? tables->count - i : BATCH;
		struct err *e = read_batch(w, level, tables->list + i, n, next);

		if (e)
			return e;
	}
	return NULL;
}

struct err *direct_map_walk(struct known_ram *known, const struct xlat *x, struct kaddr base,
			    struct kaddr end, struct direct_map *ret)
{
	struct walk w = { known, x, base.v, end.v - 1, ret };
	/* of entry 0 of the top level; the upper half of its entries is the kernel's */
	uint64_t va = -(UINT64_C(1) << (12 + 9 * x->levels));
	CLEANUP(tables_deinit) struct tables tables = { NULL, 0, 0 };

	*ret = (struct direct_map){ .tables = 0 };
	tables_add(&tables, x->root, va);
	for (unsigned int level = x->levels; level > 1 && tables.count; level--) {
		CLEANUP(tables_deinit) struct tables next = { NULL, 0, 0 };
		struct tables done = tables;
		struct err *e = walk_level(&w, level, &tables, &next);

		if (e)
			return err_in(e, "direct map at 0x%" PRIx64, base.v);
		tables = next;
		next = done;
	}
	return NULL;
}
