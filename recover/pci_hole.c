#include "recover/pci_hole.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "x86/kernel_map.h"

#define FOUR_GIB (UINT64_C(1) << 32)

/* All addresses from 0 on, without a hole that anybody told of; size in bytes, or 0. */
static uint64_t size_if_flat(const struct memory *m)
{
	const struct ram_map *ram = memory_ram_map(m);

	return ram->count == 1 && !ram->ranges[0].start.v ? ram->ranges[0].end.v : 0;
}

/* Sets the hole and asks the trampoline. False: no kernel, or no raw image. */
static struct err *leads_to_kernel(struct memory *m, uint64_t hole, bool *ret)
{
	struct kernel_maps maps;
	struct err *e = hole ? memory_set_lowmem(m, hole) : NULL;

	*ret = false;
	if (e) { /* does not fit */
		err_discard(e);
		return NULL;
	}
	e = kernel_map_from_trampoline(m, &maps);
	*ret = !e && maps.count;
	return e;
}

struct err *pci_hole_guess(struct memory *m, uint64_t *hole)
{
	static const uint64_t holes[] = { 0x80000000, 0xc0000000, 0xe0000000, 0xf0000000 };
	uint64_t size = size_if_flat(m);
	bool found = false;
	struct err *e = leads_to_kernel(m, 0, &found);

	*hole = 0;
	if (e || found || !size)
		return e;
	for (size_t i = 0; i < sizeof(holes) / sizeof(*holes) && !found && !e; i++) {
		if (holes[i] >= size)
			break;
		e = leads_to_kernel(m, holes[i], &found);
		*hole = found ? holes[i] : 0;
	}
	if (e || found || size <= holes[0])
		return e;
	/* as it was: the hole is behind all of it */
	e = memory_set_lowmem(m, size < FOUR_GIB ? size : FOUR_GIB);
	if (e && err_code(e) == ERR_USAGE) { /* no raw image: nothing was changed */
		err_discard(e);
		e = NULL;
	}
	return e;
}

void pci_hole_of_map(struct memory *m, const struct ram_map *known, uint64_t *hole)
{
	uint64_t size = size_if_flat(m), end = ram_map_end(known).v, high, low_end = 0;

	for (size_t i = 0; i < known->count; i++)
		if (known->ranges[i].start.v < FOUR_GIB)
			low_end = known->ranges[i].end.v;
	if (!size || end <= FOUR_GIB || low_end >= FOUR_GIB)
		return;
	high = end - FOUR_GIB;
	if (high < size && size - high >= low_end && size - high < FOUR_GIB &&
	    (size - high) % PAGE_SIZE == 0)
		*hole = size - high;
}

void pci_hole_set_uri(struct facts *boot, uint64_t hole)
{
	const char *uri = facts_get(boot, "memory");
	CLEANUP(free_ptr) char *with_hole =
		xasprintf("%s%slowmem=0x%" PRIx64, uri, strchr(uri, '?') ? "&" : "?", hole);

	facts_set(boot, "memory", with_hole, "kernel's map of RAM");
}
