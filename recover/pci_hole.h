/* pci_hole: where a raw image of a machine with more than some GiB of RAM goes on at 4 GiB.
 *
 * A raw image has no holes: below 4 GiB a part of the addresses belongs to devices, and the RAM
 * that would be there follows at 4 GiB. The image cannot tell where that is. Which hole makes
 * sense is told by the trampoline, which leads to a kernel only when addresses are right, and in
 * the end by the kernel's own map of RAM.
 */
#ifndef RECOVER_PCI_HOLE_H
#define RECOVER_PCI_HOLE_H

#include "base/facts.h"
#include "memory/memory.h"

/* When the trampoline of a raw image without a hole leads to no kernel, tries the holes of common
 * machines (q35: 0x80000000; i440fx: 0xc0000000, 0xe0000000; Xen: 0xf0000000). Where one works it
 * stays set and *hole says which; else *hole is 0 and the source is as it was opened.
 * Errors: ERR_SYSTEM. */
struct err *pci_hole_guess(struct memory *m, uint64_t *hole) MUST_CHECK;

/* Whether a raw image without a hole, of the machine whose RAM `known` is, needs one; *hole is
 * left alone when not. */
void pci_hole_of_map(struct memory *m, const struct ram_map *known, uint64_t *hole);

/* Adds the hole to `memory` in the boot facts, as the option of the URI that it is. */
void pci_hole_set_uri(struct facts *boot, uint64_t hole);

#endif
