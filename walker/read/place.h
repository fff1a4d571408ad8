/* place: where the kernel lies in one memory. A reboot changes all of it. */
#ifndef WALKER_READ_PLACE_H
#define WALKER_READ_PLACE_H

#include "base/facts.h"
#include "walker/read/kread.h"

struct place {
	uint64_t phys_base, shift;
	unsigned int levels;
	struct paddr root;
	uint64_t encrypt_mask;
	/* where the kernel has no variables for them; 0: not known */
	uint64_t page_offset_base, vmemmap_base;
};

/* As `boot` has it. Errors: ERR_ABSENT, ERR_DATA naming file and key. */
struct err *place_of_boot(const struct facts *boot, struct place *ret) MUST_CHECK;

/* The same without `boot`, from the memory alone: through the trampoline's page table.
 * Errors: ERR_ABSENT: there is no kernel; ERR_DATA: there is another one (naming both
 * banners), or there are two. */
struct err *place_find(struct memory *m, struct place *ret) MUST_CHECK;

/* Makes k read the kernel at this place. The kernel's own variable says where the direct
 * map begins; where its symbol is not known, the place does, or else the constant that
 * the kernel was compiled with. Puts the banner found there, without its newline, into
 * banner.
 * Errors: ERR_DATA: the kernel this walker is for is not there (naming what is),
 * or its variables contradict the place. */
struct err *place_enter(const struct place *place, struct memory *m, struct kread *k,
			struct buf *banner) MUST_CHECK;

/* A rehearsal of place_enter(): tries every read, whatever fails. k is of no use
 * afterwards. */
void place_rehearse(const struct place *place, struct memory *m, struct kread *k);

#endif
