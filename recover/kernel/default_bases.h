/* default_bases: where the kernel's maps of memory lie when it does not move them.
 *
 * With CONFIG_RANDOMIZE_MEMORY the kernel chooses the three addresses at boot and keeps them in
 * page_offset_base, vmalloc_base and vmemmap_base. Without it they are constants, and no variable
 * has them. In 4.20 the direct map moved, for the LDT of page-table isolation.
 * Source: Documentation/arch/x86/x86_64/mm.rst, and the same of before 4.20.
 */
#ifndef RECOVER_KERNEL_DEFAULT_BASES_H
#define RECOVER_KERNEL_DEFAULT_BASES_H

#include <stddef.h>
#include <stdint.h>

struct default_bases {
	unsigned int levels; /* of page tables */
	uint64_t page_offset, vmalloc, vmemmap;
};

/* The i-th row for page tables of so many levels, the newest kernels' first; NULL after the last. */
const struct default_bases *default_bases_at(unsigned int levels, size_t i);

/* Bytes of addresses that the direct map may take. */
uint64_t direct_map_size_max(unsigned int levels);

#endif
