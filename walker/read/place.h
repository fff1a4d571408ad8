/* place: where a kernel lies in one memory: all that a reboot changes. */
#ifndef WALKER_READ_PLACE_H
#define WALKER_READ_PLACE_H

#include "base/facts.h"
#include "walker/read/kread.h"

struct place {
	uint64_t phys_base, shift;
	unsigned int levels;
	struct paddr root;
	uint64_t encrypt_mask;
	/* where the kernel has no variable that tells; 0: not known */
	uint64_t page_offset_base, vmemmap_base;
};

/* Appends the banner of the kernel this walker is for, escaped. */
void place_add_banner(struct buf *b);

/* As `boot` has it. Errors: ERR_ABSENT, ERR_DATA naming file and key. */
struct err *place_of_boot(const struct facts *boot, struct place *ret) MUST_CHECK;

/* The same without it, from the memory alone: through the trampoline's page table.
 * Errors: ERR_ABSENT: no kernel is found; ERR_DATA: another kernel is (naming both
 * banners), or there are two. */
struct err *place_find(struct memory *m, struct place *ret) MUST_CHECK;

/* Makes k read the kernel at this place. The direct map's base comes from the
 * kernel's own variable; where its symbol is not known from the place, or else
 * is the constant it was compiled with. Appends the banner found there, without
 * its newline, to banner.
 * Errors: ERR_DATA: the kernel this walker is for is not there (naming what is),
 * or its variables contradict the place. */
struct err *place_enter(const struct place *place, struct memory *m, struct kread *k,
			struct buf *banner) MUST_CHECK;

/* Tries to read all that place_enter() reads, whatever fails, so that a memory that
 * takes note of what is asked learns of it. k is of no use afterwards. */
void place_look(const struct place *place, struct memory *m, struct kread *k);

#endif
