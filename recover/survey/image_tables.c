#include "recover/survey/image_tables.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

#define TWO_MIB (UINT64_C(2) << 20)
#define NEAR_BYTES (UINT64_C(16) << 20)
#define LEAVES_MIN 2 /* large pages that agree; no image has fewer */
#define GAP_MAX (UINT64_C(16) << 20) /* the init section inside an image, once it was freed */

void image_tables_deinit(struct image_tables *t)
{
	image_parts_deinit(&t->parts);
}

struct table {
	uint64_t entry[TABLE_ENTRIES];
};

static struct err *read_table(struct known_ram *known, struct paddr at, const char *why,
			      struct table *ret)
{
	struct err *e = known_ram_add(known, at, PAGE_SIZE, why);

	if (e)
		return err_in(e, "%s", why);
	return err_in(memory_read(known->memory, at, ret, sizeof(*ret)), "%s", why);
}

static bool is_near(struct paddr a, struct paddr b)
{
	return (a.v > b.v ? a.v - b.v : b.v - a.v) <= NEAR_BYTES;
}

/* --- the table of level 2 ------------------------------------------------------------ */

static bool is_large_page(uint64_t entry, uint64_t mask)
{
	uint64_t frame = entry & ENTRY_FRAME & ~mask;

	/* bit 12 of a large page's entry is its PAT bit */
	return (entry & (ENTRY_PRESENT | ENTRY_LARGE)) == (ENTRY_PRESENT | ENTRY_LARGE) &&
	       !(frame & (TWO_MIB - 1) & ~(uint64_t)PAGE_SIZE) && frame < PHYSICAL_END;
}

static uint64_t large_page_of(uint64_t entry, uint64_t mask)
{
	return entry & ENTRY_FRAME & ~mask & ~(TWO_MIB - 1);
}

/* Where the large page of entry i says that KERNEL_MAP_BASE is. */
static uint64_t claim_of(const struct table *t, uint64_t mask, uint64_t i)
{
	return large_page_of(t->entry[i], mask) - i * TWO_MIB;
}

/* What most large pages claim, if most agree: when pairs that differ cancel out, it is left over
 * (Boyer and Moore's vote). */
static uint64_t majority(const struct table *t, uint64_t mask)
{
	uint64_t best = 0;
	size_t votes = 0;

	for (uint64_t i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t claim = claim_of(t, mask, i);

		if (!is_large_page(t->entry[i], mask))
			continue;
		if (!votes)
			best = claim;
		if (claim == best)
			votes++;
		else
			votes--;
	}
	return best;
}

/* Whether nearly all large pages of the table agree on phys_base. */
static bool agree(const struct table *t, uint64_t mask, uint64_t *phys_base)
{
	uint64_t best = majority(t, mask);
	size_t votes = 0, all = 0;

	for (uint64_t i = 0; i < TABLE_ENTRIES; i++) {
		if (!is_large_page(t->entry[i], mask))
			continue;
		all++;
		votes += claim_of(t, mask, i) == best;
	}
	*phys_base = best;
	return votes >= LEAVES_MIN && votes >= all - all / 8;
}

/* Whether this is a table of level 2 that maps an image in which `inside` lies. */
static bool is_image_table(const struct table *t, uint64_t mask, struct paddr inside)
{
	uint64_t phys_base, first_va, va = inside.v + KERNEL_MAP_BASE;
	size_t first = 0;

	for (size_t i = 0; i < TABLE_ENTRIES; i++)
		if (t->entry[i] & ENTRY_PRESENT && !is_large_page(t->entry[i], mask) &&
		    !entry_is_table(t->entry[i], mask))
			return false;
	if (!agree(t, mask, &phys_base))
		return false;
	while (!is_large_page(t->entry[first], mask))
		first++;
	va -= phys_base;
	first_va = KERNEL_MAP_BASE + first * TWO_MIB;
	return (va > first_va ? va - first_va : first_va - va) < KERNEL_IMAGE_MAX;
}

/* --- down to it ---------------------------------------------------------------------- */

/* Whether an entry leads to a table that is where one of the image has to be. */
static bool leads_near(uint64_t entry, uint64_t mask, struct paddr near, struct paddr *ret)
{
	*ret = PADDR(entry & ENTRY_FRAME & ~mask);
	return entry_is_table(entry, mask) && is_near(*ret, near);
}

/* The way down from a trampoline. */
struct way {
	const struct trampoline *from;
	struct table level2;
	bool found;
};

/* upper: the table whose entry 510 leads to level 2. */
static struct err *try_upper(struct known_ram *known, const struct trampoline *from,
			     const struct table *upper, struct way *ret)
{
	struct paddr at;
	struct err *e;

	*ret = (struct way){ .from = from };
	if (!leads_near(upper->entry[510], from->encrypt_mask, from->next, &at))
		return NULL;
	e = read_table(known, at, "page table of the image, level 2", &ret->level2);
	if (e)
		return e;
	ret->found = is_image_table(&ret->level2, from->encrypt_mask, from->next);
	return NULL;
}

static struct err *find_level2(struct known_ram *known, const struct trampoline *from,
			       struct way *ret)
{
	struct table second, third;
	struct way five = { .found = false };
	struct paddr at;
	struct err *e = read_table(known, from->next, "page table that the trampoline names",
				   &second);

	if (e)
		return e;
	e = try_upper(known, from, &second, ret);
	if (e || !leads_near(second.entry[511], from->encrypt_mask, from->next, &at))
		return e;
	e = read_table(known, at, "page table of the image, level 3", &third);
	if (e)
		return e;
	e = try_upper(known, from, &third, &five);
	if (e)
		return e;
	if (five.found && ret->found)
		return err_new(ERR_DATA, "leads to an image with 4 levels and with 5");
	if (five.found)
		*ret = five;
	return NULL;
}

/* --- the image ----------------------------------------------------------------------- */

/* Reads the tables of split pages: split[i] is the one that entry i of level 2 leads to. */
static struct err *read_split(struct known_ram *known, const struct way *w, struct table *split)
{
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(TABLE_ENTRIES, sizeof(*reads));
	size_t n = 0;
	struct err *e;

	for (size_t i = 0; i < TABLE_ENTRIES; i++) {
		struct paddr at = PADDR(w->level2.entry[i] & ENTRY_FRAME & ~w->from->encrypt_mask);

		if (!entry_is_table(w->level2.entry[i], w->from->encrypt_mask))
			continue;
		e = known_ram_add(known, at, PAGE_SIZE, "page table of the image, level 1");
		if (e)
			return e;
		reads[n++] = (struct memory_read){ at, PAGE_SIZE, &split[i], MEMORY_OK };
	}
	e = memory_read_again(known->memory, reads, n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		if (reads[i].status != MEMORY_OK)
			return err_new(ERR_DATA, "page table 0x%" PRIx64 ": %s", reads[i].at.v,
				       memory_status_name(reads[i].status));
	return NULL;
}

/* How we read entries of the image's tables. */
struct reading {
	struct image_parts *parts;
	uint64_t mask, phys_base;
};

static void add_page(const struct reading *r, uint64_t va, uint64_t entry, uint64_t size)
{
	const struct image_parts *p = r->parts;
	struct image_part part = { KADDR(va), KADDR(va + size), entry & ENTRY_WRITABLE,
				   entry & ENTRY_NO_EXECUTE };
	uint64_t at = entry & ENTRY_FRAME & ~r->mask & ~(size - 1);

	if (!(entry & ENTRY_PRESENT) || at - (va - KERNEL_MAP_BASE) != r->phys_base)
		return;
	/* pages far behind the image do not belong to it */
	if (!p->count || va - p->list[p->count - 1].end.v <= GAP_MAX)
		image_parts_add(r->parts, &part);
}

static struct err *find_parts(struct known_ram *known, const struct way *w,
			      struct image_tables *ret)
{
	CLEANUP(free_ptr) struct table *split = xcalloc(TABLE_ENTRIES, sizeof(*split));
	struct reading p = { &ret->parts, w->from->encrypt_mask, 0 };
	struct err *e = read_split(known, w, split);

	if (e || !agree(&w->level2, p.mask, &p.phys_base))
		return e;
	for (uint64_t i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t va = KERNEL_MAP_BASE + i * TWO_MIB;

		if (is_large_page(w->level2.entry[i], p.mask))
			add_page(&p, va, w->level2.entry[i], TWO_MIB);
		else if (entry_is_table(w->level2.entry[i], p.mask))
			for (uint64_t k = 0; k < TABLE_ENTRIES; k++)
				add_page(&p, va + k * PAGE_SIZE, split[i].entry[k], PAGE_SIZE);
	}
	return NULL;
}

static struct err *find_image(struct known_ram *known, const struct trampoline *t,
			      struct image_tables *ret)
{
	CLEANUP(free_ptr) struct way *way = xcalloc(1, sizeof(*way));
	struct kaddr start, end;
	struct err *e = find_level2(known, t, way);

	if (e)
		return e;
	if (!way->found)
		return err_new(ERR_DATA, "the tables behind it map no image that they lie in");
	e = find_parts(known, way, ret);
	if (e)
		return e;
	if (!ret->parts.count)
		return err_new(ERR_DATA, "the tables behind it map nothing");
	start = ret->parts.list[0].start;
	end = ret->parts.list[ret->parts.count - 1].end;
	if (end.v - start.v > KERNEL_IMAGE_MAX)
		return err_new(ERR_DATA, "an image of 0x%" PRIx64 " bytes", end.v - start.v);
	(void)agree(&way->level2, t->encrypt_mask, &ret->map.phys_base);
	/* also the gaps, whose pages the kernel freed */
	e = known_ram_add(known, kernel_map_pa(&ret->map, start), end.v - start.v,
			  "the kernel's image");
	return e ? e : kernel_map_of_table(known->memory, t->table, &ret->map);
}

struct err *image_tables_walk(struct known_ram *known, const struct trampoline *t,
			      struct image_tables *ret)
{
	*ret = (struct image_tables){ .parts = { .count = 0 } };
	return err_in(find_image(known, t, ret), "trampoline at 0x%" PRIx64, t->table.v);
}
