#include "x86/kernel_map.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/view.h"
#include "x86/entry.h"

#define TWO_MIB (UINT64_C(2) << 20)
#define NEAR_BYTES (UINT64_C(16) << 20)
#define TABLES_MAX 1024
#define AGREE_MIN (UINT64_C(4) << 20) /* bytes; no kernel is smaller */

/* --- mapped pages vote for a phys_base ------------------------------------------- */

struct vote {
	uint64_t phys_base, bytes;
	uint64_t first, end; /* all addresses that are mapped with it lie in [first, end) */
};

struct election {
	struct vote votes[64];
	size_t count;
	uint64_t uncounted; /* bytes for which votes[] had no room */
};

static bool election_add(uint64_t va, struct paddr at, uint64_t size, void *arg)
{
	struct election *el = arg;
	uint64_t phys_base = at.v - (va - KERNEL_MAP_BASE);
	size_t i = 0;

	while (i < el->count && el->votes[i].phys_base != phys_base)
		i++;
	if (i == sizeof(el->votes) / sizeof(*el->votes)) {
		el->uncounted += size;
		return true;
	}
	if (i == el->count)
		el->votes[el->count++] = (struct vote){ phys_base, 0, va, va };
	el->votes[i].bytes += size;
	el->votes[i].end = va + size;
	return true;
}

/* How many bytes below the winner's end are mapped with another phys_base. Above the image there
 * may be modules. */
static uint64_t election_against(const struct election *el, const struct vote *winner)
{
	uint64_t bytes = el->uncounted;

	for (size_t i = 0; i < el->count; i++)
		if (&el->votes[i] != winner && el->votes[i].first < winner->end)
			bytes += el->votes[i].bytes;
	return bytes;
}

/* Whether the election found an image. If not, adds to `why`. */
static bool election_result(const struct election *el, const struct xlat *x,
			    struct kernel_map *ret, struct buf *why)
{
	const struct vote *winner = el->votes;
	uint64_t against, pa;

	for (size_t i = 1; i < el->count; i++)
		if (el->votes[i].bytes > winner->bytes)
			winner = &el->votes[i];
	if (!el->count || winner->bytes < AGREE_MIN) {
		buf_add_str(why, "less than 4 MiB of an image are mapped");
		return false;
	}
	against = election_against(el, winner);
	if (against > winner->bytes / 8) {
		buf_addf(why, "0x%" PRIx64 " bytes are mapped to one place, 0x%" PRIx64 " to others",
			 winner->bytes, against);
		return false;
	}
	pa = winner->first - KERNEL_MAP_BASE + winner->phys_base;
	if (winner->phys_base % TWO_MIB || winner->first % TWO_MIB ||
	    winner->end - winner->first > KERNEL_IMAGE_MAX ||
	    !ram_map_contains(memory_ram_map(x->memory), PADDR(pa), winner->end - winner->first)) {
		buf_addf(why, "0x%" PRIx64 "-0x%" PRIx64 " at 0x%" PRIx64 " is no image in RAM",
			 winner->first, winner->end, pa);
		return false;
	}
	*ret = (struct kernel_map){ KADDR(winner->first), KADDR(winner->end), winner->phys_base,
				    x->levels, x->root, x->encrypt_mask, winner->bytes, against };
	return true;
}

static struct err *map_of_shape(const struct xlat *x, struct kernel_map *ret, bool *found,
				struct buf *why)
{
	struct election el = { 0 };
	struct err *e = xlat_each(x, KERNEL_MAP_BASE, KERNEL_MAP_END, TABLES_MAX, election_add,
				  &el);

	*found = false;
	buf_addf(why, "%s%u levels: ", why->size ? "; " : "", x->levels);
	if (err_is_fatal(e))
		return e;
	if (e)
		buf_add_str(why, err_text(e)); /* entries of a page that is not a table lead anywhere */
	else
		*found = election_result(&el, x, ret, why);
	err_discard(e);
	return NULL;
}

/* With memory encryption every entry has one more bit set, which makes its frame an address above
 * all RAM. */
static uint64_t guess_encrypt_mask(struct memory *m, uint64_t entry)
{
	uint64_t frame = entry & ENTRY_FRAME;

	if (ram_map_contains(memory_ram_map(m), PADDR(frame), PAGE_SIZE))
		return 0;
	for (unsigned int bit = 51; bit > 36; bit--) {
		uint64_t mask = UINT64_C(1) << bit;

		if (frame & mask &&
		    ram_map_contains(memory_ram_map(m), PADDR(frame & ~mask), PAGE_SIZE))
			return mask;
	}
	return 0;
}

/* Whether a page with this entry 511 can be a top-level table: the entry leads to a table in RAM. */
static bool may_lead_to_kernel(struct memory *m, uint64_t entry)
{
	uint64_t frame = entry & ENTRY_FRAME & ~guess_encrypt_mask(m, entry);

	return (entry & (ENTRY_PRESENT | ENTRY_LARGE)) == ENTRY_PRESENT &&
	       ram_map_contains(memory_ram_map(m), PADDR(frame), PAGE_SIZE);
}

struct err *kernel_map_of_table(struct memory *m, struct paddr root, struct kernel_map *ret)
{
	CLEANUP(buf_deinit) struct buf why = BUF_INIT;
	struct kernel_map maps[2];
	bool found[2];
	uint64_t entry;
	struct err *e;

	root.v &= PAGE_MASK;
	e = memory_read(m, PADDR(root.v + TABLE_LAST_AT), &entry, sizeof(entry));
	if (err_is_fatal(e))
		return e;
	if (e || !may_lead_to_kernel(m, entry)) {
		err_discard(e);
		return err_new(ERR_ABSENT, "page 0x%" PRIx64 ": entry 511 leads to no table",
			       root.v);
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct xlat x = { m, root, 4 + i, guess_encrypt_mask(m, entry) };

		e = map_of_shape(&x, &maps[i], &found[i], &why);
		if (e)
			return e;
	}
	if (!found[0] && !found[1])
		return err_new(ERR_ABSENT, "page 0x%" PRIx64 ": %s", root.v, buf_str(&why));
	if (found[0] && found[1])
		return err_new(ERR_DATA,
			       "page 0x%" PRIx64 ": maps an image with 4 levels (phys_base 0x%" PRIx64
			       ") and with 5 (0x%" PRIx64 ")",
			       root.v, maps[0].phys_base, maps[1].phys_base);
	*ret = maps[found[0] ? 0 : 1];
	return NULL;
}

/* --- pages that may be a top-level table ------------------------------------------ */

static void maps_add(struct kernel_maps *maps, const struct kernel_map *map)
{
	for (size_t i = 0; i < maps->count; i++)
		if (kernel_map_same_place(&maps->list[i], map))
			return;
	if (maps->count < KERNEL_MAP_CANDIDATES)
		maps->list[maps->count++] = *map;
	else
		maps->rejected++;
}

/* The second table that a walk with 5 levels comes to looks like a top-level table with 4 levels of
 * the same image. Drops such tables from the list. */
static struct err *maps_drop_second_levels(struct memory *m, struct kernel_maps *maps)
{
	for (size_t i = 0; i < maps->count; i++) {
		struct xlat x = kernel_map_xlat(m, &maps->list[i]);
		struct xlat_result r;
		struct err *e = xlat_walk(&x, maps->list[i].start.v, &r);
		size_t kept = 0;

		if (err_is_fatal(e))
			return e;
		err_discard(e);
		if (x.levels != 5 || r.step_count < 2)
			continue;
		for (size_t k = 0; k < maps->count; k++)
			if (maps->list[k].root.v != (r.steps[1].at.v & PAGE_MASK))
				maps->list[kept++] = maps->list[k];
		maps->count = kept;
	}
	return NULL;
}

/* Counts an entry 511 that looks as Linux makes it (_KERNPG_TABLE), but whose table is not in RAM. */
static void note_outside(struct memory *m, uint64_t entry, struct kernel_maps *maps)
{
	uint64_t frame = entry & ENTRY_FRAME;

	if (((entry & ~frame) | 0x64) != 0x67 ||
	    ram_map_contains(memory_ram_map(m), PADDR(frame), PAGE_SIZE))
		return;
	maps->outside++;
	maps->outside_at = PADDR(frame);
}

/* Tries the page at `page`, which has this entry 511, as a top-level table. */
static struct err *maps_try_page(struct memory *m, struct paddr page, uint64_t entry,
				 struct ram_range within, struct kernel_maps *ret)
{
	uint64_t frame = entry & ENTRY_FRAME & ~guess_encrypt_mask(m, entry);
	struct kernel_map map;
	struct err *e;

	if (!may_lead_to_kernel(m, entry)) {
		note_outside(m, entry, ret);
		return NULL;
	}
	if (frame < within.start.v || frame >= within.end.v)
		return NULL;
	e = kernel_map_of_table(m, page, &map);
	if (!e) {
		maps_add(ret, &map);
		return NULL;
	}
	if (err_is_fatal(e))
		return e;
	ret->rejected++;
	ret->rejected_at = page;
	err_discard(e);
	return NULL;
}

/* Tries every page of RAM in [start, end). within: where an entry 511 may lead. */
static struct err *maps_of_pages(struct memory *m, uint64_t start, uint64_t end,
				 struct ram_range within, struct kernel_maps *ret)
{
	size_t n = (size_t)((end - start) / PAGE_SIZE);
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(n, sizeof(*reads));
	CLEANUP(free_ptr) uint64_t *entries = xcalloc(n, sizeof(*entries));
	struct err *e;

	*ret = (struct kernel_maps){ .count = 0 };
	for (size_t i = 0; i < n; i++)
		reads[i] = (struct memory_read){ PADDR(start + i * PAGE_SIZE + TABLE_LAST_AT), 8,
						 &entries[i], MEMORY_OK };
	e = memory_read_vector(m, reads, n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (reads[i].status != MEMORY_OK)
			continue;
		e = maps_try_page(m, PADDR(reads[i].at.v & PAGE_MASK), entries[i], within, ret);
		if (e)
			return e;
	}
	return maps_drop_second_levels(m, ret);
}

struct err *kernel_map_from_trampoline(struct memory *m, struct kernel_maps *ret)
{
	struct ram_range anywhere = { PADDR(0), PADDR(UINT64_MAX) };

	return err_in(maps_of_pages(m, 0, LOW_MEMORY_END, anywhere, ret), "trampoline");
}

struct err *kernel_map_from_tables_near(struct memory *m, struct paddr near,
					struct kernel_maps *ret)
{
	uint64_t page = near.v & PAGE_MASK;
	uint64_t start = page > NEAR_BYTES ? page - NEAR_BYTES : 0;
	/* the tables that it leads to lie in the image's data, too */
	struct ram_range around = { PADDR(start), PADDR(page + NEAR_BYTES) };

	if (page > UINT64_MAX / 2) {
		*ret = (struct kernel_maps){ .count = 0 };
		return NULL;
	}
	return err_in(maps_of_pages(m, start, page + NEAR_BYTES, around, ret),
		      "page tables near 0x%" PRIx64, near.v);
}

/* --- a kernel that we know --------------------------------------------------------------- */

static struct err *holds_banner(struct memory *m, const struct kernel_identity *kernel,
				const struct kernel_map *map, bool *ret)
{
	size_t size = strcspn(kernel->banner, "\n");
	CLEANUP(free_ptr) char *there = xmalloc(size);
	uint64_t at = map->start.v + (kernel->link_banner.v - kernel->link_base.v);
	struct memory_read r = { kernel_map_pa(map, KADDR(at)), (uint32_t)size, there, MEMORY_OK };
	struct err *e;

	*ret = false;
	if (at < map->start.v || at >= map->end.v || !size || size > PAGE_SIZE)
		return NULL;
	e = memory_read_vector(m, &r, 1);
	if (e)
		return e;
	*ret = r.status == MEMORY_OK && !memcmp(there, kernel->banner, size);
	return NULL;
}

struct err *kernel_map_find(struct memory *m, const struct kernel_identity *kernel,
			    struct kernel_map *ret)
{
	const struct kernel_map *found = NULL;
	struct kernel_maps maps;
	struct err *e = kernel_map_from_trampoline(m, &maps);

	if (e)
		return e;
	for (size_t i = 0; i < maps.count; i++) {
		bool holds;

		e = holds_banner(m, kernel, &maps.list[i], &holds);
		if (e)
			return e;
		if (!holds)
			continue;
		if (found)
			return err_new(ERR_DATA,
				       "%s: this kernel's banner is at phys_base 0x%" PRIx64
				       " and at 0x%" PRIx64, memory_uri(m), found->phys_base,
				       maps.list[i].phys_base);
		found = &maps.list[i];
	}
	if (!found)
		return err_new(ERR_ABSENT,
			       "%s: the kernel does not run here: its banner is not where it was in "
			       "any of the %zu images found through the trampoline below 640 KiB",
			       memory_uri(m), maps.count);
	*ret = *found;
	return NULL;
}
