/* kernel_map: finds where the kernel's image lies, physically and virtually.
 *
 * Linux loads its image at a multiple of 2 MiB of physical memory, and maps it once more above
 * KERNEL_MAP_BASE; KASLR chooses both places at each boot. In the image VA - PA is one constant:
 *
 *	PA = VA - KERNEL_MAP_BASE + phys_base
 *
 * Source: arch/x86/include/asm/page_64.h, __phys_addr_nodebug().
 *
 * All functions here read physical memory alone, and know the layout of no structure. Each of them
 * finds candidates; a candidate becomes a fact only when another source agrees
 * (recover/parse/evidence.h). They need nothing but libc, so that a walker can find a kernel that
 * was rebooted in the same way as the recovery did.
 *
 * Another processor would have to provide these constants, struct kernel_map and the functions up
 * to kernel_map_find(), with ways of its own to find the image. Only the trampoline and the shape
 * of the tables are of x86. arm64 has no trampoline; its swapper_pg_dir, in the image, leads to the
 * image and to the linear map, so that kernel_map_from_tables_near() has its counterpart there.
 *
 * Outside of x86/ these places know the processor: recover/survey/, which follows the entries of
 * tables on a live machine; the addresses from which KASLR starts, in recover/; the machine type
 * that memory/elf.c and memory/kdump.c accept; and LOW_MEMORY_END in memory/memory.h.
 */
#ifndef X86_KERNEL_MAP_H
#define X86_KERNEL_MAP_H

#include "x86/xlat.h"

/* Images are mapped from __START_KERNEL_map on; behind them lies the area of the modules. */
#define KERNEL_MAP_BASE UINT64_C(0xffffffff80000000)
#define KERNEL_MAP_END UINT64_C(0xffffffffc0000000)
/* The address that images are linked to unless it was configured (CONFIG_PHYSICAL_START). */
#define KERNEL_LINK_BASE UINT64_C(0xffffffff81000000)
#define KERNEL_IMAGE_MAX (UINT64_C(256) << 20)

struct kernel_map {
	struct kaddr start, end; /* the image, _text to about _end; start is a multiple of 2 MiB */
	uint64_t phys_base;	 /* two's complement: it may be negative */
	unsigned int levels;	 /* of the page tables, 4 or 5 */
	struct paddr root;	 /* a top-level table that maps the image, and perhaps nothing else */
	uint64_t encrypt_mask;	 /* as struct xlat's */
	uint64_t agree, disagree; /* bytes below `end` that are mapped with this phys_base, and with
				   * another */
};

static inline struct paddr kernel_map_pa(const struct kernel_map *map, struct kaddr va)
{
	return PADDR(va.v - KERNEL_MAP_BASE + map->phys_base);
}

static inline bool kernel_map_same_place(const struct kernel_map *a, const struct kernel_map *b)
{
	return a->phys_base == b->phys_base && a->start.v == b->start.v && a->levels == b->levels;
}

static inline struct xlat kernel_map_xlat(struct memory *m, const struct kernel_map *map)
{
	return (struct xlat){ m, map->root, map->levels, map->encrypt_mask };
}

/* Reads the page at `root` as a top-level table, once with 4 levels and once with 5. Every page
 * that is mapped where the image may lie votes for a phys_base: with the right number of levels
 * nearly all agree on one.
 * Errors: ERR_ABSENT saying why the page maps no kernel image; ERR_DATA: it maps one with 4 levels
 * and another one with 5; ERR_SYSTEM. */
struct err *kernel_map_of_table(struct memory *m, struct paddr root,
				struct kernel_map *ret) MUST_CHECK;

#define KERNEL_MAP_CANDIDATES 8

struct kernel_maps {
	struct kernel_map list[KERNEL_MAP_CANDIDATES];
	size_t count;
	size_t rejected; /* pages that looked like a top-level table and do not map a kernel, */
	struct paddr rejected_at; /* the last one of them */
	size_t outside;	 /* pages whose entry 511 leads to a table outside the RAM map, */
	struct paddr outside_at; /* the last such table */
};

/* Finds the page table of the trampoline, the code through which a processor that is switched on
 * gets from real mode into the kernel. Such a processor can address nothing above 1 MiB, so Linux
 * keeps the trampoline below 640 KiB for as long as it runs. Entry 511 of its top-level table leads
 * to the tables of the running kernel's image. Each place that the pages there map to is listed
 * once. Above 640 KiB this reads only tables that such an entry leads to.
 * Shape: arch/x86/realmode/init.c, trampoline_pgd. Errors: ERR_SYSTEM. */
struct err *kernel_map_from_trampoline(struct memory *m, struct kernel_maps *ret) MUST_CHECK;

/* The same among the pages within 16 MiB of `near`, an address in the image's data: the kernel's
 * own top-level table lies there. */
struct err *kernel_map_from_tables_near(struct memory *m, struct paddr near,
					struct kernel_maps *ret) MUST_CHECK;

/* Finds phys_base without page tables, from the first task, whose comm is at `comm`. An empty list
 * head is two words, both of which are its own virtual address; its physical address we know. Each
 * one around comm that may lie in an image votes for a phys_base. *votes: how many agree on the one
 * that wins.
 * Errors: ERR_ABSENT: fewer than two agree, or as many agree on another one; ERR_SYSTEM. */
struct err *kernel_map_self_pointers(struct memory *m, struct paddr comm, uint64_t *phys_base,
				     unsigned int *votes) MUST_CHECK;

/* Asks the page tables whether the direct map begins at page_offset_base. Counts, of addresses all
 * over the RAM, those that are mapped where a direct map has them, and those that are mapped
 * elsewhere.
 * Errors: ERR_SYSTEM. */
struct err *kernel_map_check_direct_map(const struct xlat *x, struct kaddr page_offset_base,
					unsigned int *agree, unsigned int *disagree) MUST_CHECK;

/* Asks the data instead: counts the pointers in [task, task + size), which lies in the image, that
 * lead through the direct map to something that points back, as the neighbours in a list do.
 * Errors: ERR_SYSTEM; ERR_DATA: the task cannot be read. */
struct err *kernel_map_count_returns(struct memory *m, const struct kernel_map *map,
				     struct kaddr task, size_t size,
				     struct kaddr page_offset_base,
				     unsigned int *returns) MUST_CHECK;

/* What we know of a kernel that may have been rebooted since. */
struct kernel_identity {
	struct kaddr link_base;	  /* link-time address of _text */
	struct kaddr link_banner; /* the same of linux_banner */
	const char *banner;	  /* its text; a newline at its end does not count */
};

/* Finds that very kernel through the trampoline: the image that has this banner where it belongs.
 * The KASLR shift is ret->start - link_base.
 * Errors: ERR_ABSENT saying what was found: the kernel does not run here, but another one may;
 * ERR_DATA: there are two of it; ERR_SYSTEM. */
struct err *kernel_map_find(struct memory *m, const struct kernel_identity *kernel,
			    struct kernel_map *ret) MUST_CHECK;

#endif
