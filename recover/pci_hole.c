#include "recover/pci_hole.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "x86/kernel_map.h"

#define FOUR_GIB (UINT64_C(1) << 32)

/* The size of RAM that begins at 0 and has no hole; 0: it is not like that. */
static uint64_t size_if_flat(const struct memory *m)
{
	const struct ram_map *ram = memory_ram_map(m);

	return ram->count == 1 && !ram->ranges[0].start.v ? ram->ranges[0].end.v : 0;
}

/* Sets the hole, if it is not 0, and sees whether the trampoline leads to a kernel. *ret is false, too,
 * where the image is not a raw one. */
static struct err *leads_to_kernel(struct memory *m, uint64_t hole, bool *ret)
{
	struct kernel_maps maps;
	struct err *e = hole ? memory_set_lowmem(m, hole) : NULL;

	*ret = false;
	if (e) { /* the hole does not fit */
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
	for (size_t i = 0; i < sizeof(holes) / sizeof(*holes) && holes[i] < size; i++) {
		e = leads_to_kernel(m, holes[i], &found);
		if (e)
			return e;
		if (found) {
			*hole = holes[i];
			return NULL;
		}
	}
	if (size <= holes[0]) /* none was tried */
		return NULL;
	/* as it was opened: the hole lies behind all of the image */
	e = memory_set_lowmem(m, size < FOUR_GIB ? size : FOUR_GIB);
	if (e && err_code(e) == ERR_USAGE) { /* the image is not a raw one, and nothing has changed */
		err_discard(e);
		return NULL;
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
