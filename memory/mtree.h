/* mtree: which physical addresses of a QEMU machine are RAM, and where they lie in QEMU's own
 * memory.
 *
 * Shape: the output of `info mtree -f` is flat views. Each has its address spaces (' AS "memory",
 * root: ..') and its regions, "  0000000000100000-000000007fffffff (prio 0, ram): ram
 * @0000000000100000 KVM": first and last address, kind, name, and offset in the region of that name
 * (without one, 0). Source: QEMU softmmu/memory.c mtree_print_flatview().
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

/* The regions of RAM and ROM, sorted and disjoint. QEMU calls RAM that the guest cannot write ROM,
 * such as the shadowed BIOS. */
struct mtree {
	struct mtree_region *regions; /* owned */
	size_t count, capacity;
};

#define MTREE_INIT { NULL, 0, 0 }

/* Reads the view of the address space "memory". The caller has to deinit *ret after an error too.
 * Errors: ERR_DATA (no such view, no RAM in it, a line that is not a region, regions that overlap,
 * too many). */
struct err *mtree_parse(const char *text, size_t size, struct mtree *ret) MUST_CHECK;
void mtree_deinit(struct mtree *t);

#endif
