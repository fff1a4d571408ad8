/* mtree: which physical addresses of a QEMU machine are RAM, and where in QEMU's own memory.
 *
 * Shape: of `info mtree -f`: flat views, each with its address spaces (' AS "memory", root: ..')
 * and its regions, "  0000000000100000-000000007fffffff (prio 0, ram): ram @0000000000100000 KVM":
 * first and last address, kind, name, offset in the region of that name (0 when left out). Source:
 * QEMU softmmu/memory.c mtree_print_flatview().
 */
#ifndef MEMORY_MTREE_H
#define MEMORY_MTREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

#define MTREE_REGIONS_MAX 4096

struct mtree_region {
	struct paddr start, end;
	uint64_t offset;
	char *name; /* owned */
};

/* What is RAM or ROM, sorted and disjoint. ROM is RAM that is not to be written (shadowed BIOS). */
struct mtree {
	struct mtree_region *regions; /* owned */
	size_t count;
};

#define MTREE_INIT { NULL, 0 }

/* Reads the view of the address space "memory".
 * Errors: ERR_DATA (no such view, no RAM in it, a line that is no region, regions that overlap, too
 * many). *ret is to be deinit()ed on an error too. */
struct err *mtree_parse(const char *text, size_t size, struct mtree *ret) MUST_CHECK;
void mtree_deinit(struct mtree *t);

#endif
