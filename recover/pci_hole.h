/* pci_hole: where a raw image of a machine with more than some GiB of RAM goes on at 4 GiB.
 *
 * Below 4 GiB a part of the addresses belongs to devices, and the machine has the RAM that would be
 * there from 4 GiB on. A raw image just leaves that hole out, and does not say where. But we can tell
 * whether a hole makes sense: only with the right addresses does the trampoline lead to a kernel. In
 * the end the kernel's own map of RAM says where the hole is.
 */
#ifndef RECOVER_PCI_HOLE_H
#define RECOVER_PCI_HOLE_H

#include "base/facts.h"
#include "memory/memory.h"

/* If the trampoline of a raw image leads to no kernel without a hole, tries the holes of common machines
 * (q35: 0x80000000; i440fx: 0xc0000000, 0xe0000000; Xen: 0xf0000000). One that works stays set, and
 * *hole says which. Otherwise *hole is 0 and the source is as it was opened.
 * Errors: ERR_SYSTEM. */
struct err *pci_hole_guess(struct memory *m, uint64_t *hole) MUST_CHECK;

/* *hole: the hole that a raw image needs which was opened without one. known: the RAM of its machine.
 * *hole is unchanged if the image needs none. */
void pci_hole_of_map(struct memory *m, const struct ram_map *known, uint64_t *hole);

/* Adds the hole to the URI in the fact `memory` of the file `boot`. */
void pci_hole_set_uri(struct facts *boot, uint64_t hole);

#endif
