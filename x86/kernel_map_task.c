/* The part of kernel_map.h that uses the first task: what its pointers tell about the maps. */
#include "x86/kernel_map.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/view.h"

#define TWO_MIB (UINT64_C(2) << 20)
#define SELF_WINDOW UINT64_C(16384) /* no task_struct has more bytes before or behind its comm */

/* --- list heads that point to themselves -------------------------------------------- */

struct self_votes {
	uint64_t phys_base[32];
	unsigned int count[32];
	size_t used;
};

static void self_vote(struct self_votes *votes, uint64_t phys_base)
{
	size_t i = 0;

	while (i < votes->used && votes->phys_base[i] != phys_base)
		i++;
	if (i == sizeof(votes->count) / sizeof(*votes->count))
		return;
	if (i == votes->used)
		votes->phys_base[votes->used++] = phys_base;
	votes->count[i]++;
}

static void self_votes_of_page(struct self_votes *votes, const uint8_t *page, struct paddr at)
{
	for (uint64_t i = 0; i + 16 <= PAGE_SIZE; i += 8) {
		uint64_t va = load_u64(page + i);
		uint64_t phys_base = at.v + i - (va - KERNEL_MAP_BASE);

		if (va == load_u64(page + i + 8) && va >= KERNEL_MAP_BASE && va < KERNEL_MAP_END &&
		    phys_base % TWO_MIB == 0)
			self_vote(votes, phys_base);
	}
}

struct err *kernel_map_self_pointers(struct memory *m, struct paddr comm, uint64_t *phys_base,
				     unsigned int *votes)
{
	uint64_t start = comm.v > SELF_WINDOW ? (comm.v - SELF_WINDOW) & PAGE_MASK : 0;
	struct self_votes all = { .used = 0 };
	size_t best = 0;
	bool tie = false;

	for (uint64_t page = start; page < comm.v + SELF_WINDOW; page += PAGE_SIZE) {
		uint8_t bytes[PAGE_SIZE];
		struct memory_read r = { PADDR(page), PAGE_SIZE, bytes, MEMORY_OK };
		struct err *e = memory_read_vector(m, &r, 1);

		if (e)
			return e;
		if (r.status == MEMORY_OK)
			self_votes_of_page(&all, bytes, r.at);
	}
	for (size_t i = 1; i < all.used; i++) {
		tie = all.count[i] == all.count[best] || (tie && all.count[i] < all.count[best]);
		best = all.count[i] > all.count[best] ? i : best;
	}
	if (!all.used || all.count[best] < 2 || tie)
		return err_new(ERR_ABSENT, "0x%" PRIx64 ": %u list heads around it are their own "
			       "address in an image", comm.v, all.used ? all.count[best] : 0);
	*phys_base = all.phys_base[best];
	*votes = all.count[best];
	return NULL;
}

/* --- the direct map --------------------------------------------------------------------- */

struct err *kernel_map_check_direct_map(const struct xlat *x, struct kaddr page_offset_base,
					unsigned int *agree, unsigned int *disagree)
{
	const struct ram_map *ram = memory_ram_map(x->memory);

	*agree = *disagree = 0;
	for (size_t i = 0; i < ram->count && i < 16; i++) {
		uint64_t start = ram->ranges[i].start.v, size = ram->ranges[i].end.v - start;

		for (unsigned int k = 0; k < 8; k++) {
			uint64_t pa = start + size / 8 * k;
			struct xlat_result r;
			struct err *e = xlat_walk(x, page_offset_base.v + pa, &r);

			if (err_is_fatal(e))
				return e;
			if (e || (r.kind == XLAT_MAPPED && r.at.v != pa))
				(*disagree)++;
			else if (r.kind == XLAT_MAPPED)
				(*agree)++;
			err_discard(e);
		}
	}
	return NULL;
}

struct err *kernel_map_count_returns(struct memory *m, const struct kernel_map *map,
				     struct kaddr task, size_t size,
				     struct kaddr page_offset_base, unsigned int *returns)
{
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(size);
	struct err *e = memory_read(m, kernel_map_pa(map, task), bytes, size);

	*returns = 0;
	if (e)
		return e;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t pa = load_u64(bytes + i) - page_offset_base.v, words[2];
		struct memory_read r = { PADDR(pa), sizeof(words), words, MEMORY_OK };

		if (pa % 8 || !ram_map_contains(memory_ram_map(m), r.at, sizeof(words)))
			continue;
		e = memory_read_vector(m, &r, 1);
		if (e)
			return e;
		if (r.status == MEMORY_OK &&
		    (words[0] - task.v < size || words[1] - task.v < size))
			(*returns)++;
	}
	return NULL;
}
