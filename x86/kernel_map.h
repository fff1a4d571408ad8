/* kernel_map: where in memory the kernel's image lies, physically and virtually.
 *
 * Everything here reads physical memory alone and knows no structure's layout.
 * Each way gives candidates; a candidate is a fact only when another way agrees
 * (recover/parse/evidence.h). Needs nothing but libc, so that a walker finds a kernel
 * that was rebooted as the recovery did.
 *
 * In the image VA - PA is one constant: PA = VA - KERNEL_MAP_BASE + phys_base.
 * Source: arch/x86/include/asm/page_64.h, __phys_addr_nodebug().
 */
#ifndef X86_KERNEL_MAP_H
#define X86_KERNEL_MAP_H

#include "x86/xlat.h"

/* Where images are mapped: __START_KERNEL_map, and the modules' area behind it. */
#define KERNEL_MAP_BASE UINT64_C(0xffffffff80000000)
#define KERNEL_MAP_END UINT64_C(0xffffffffc0000000)
/* Where images are linked to unless configured otherwise. */
#define KERNEL_LINK_BASE UINT64_C(0xffffffff81000000)
#define KERNEL_IMAGE_MAX (UINT64_C(256) << 20)

struct kernel_map {
	struct kaddr start, end; /* image: _text to about _end; a multiple of 2 MiB at the start */
	uint64_t phys_base;	 /* two's complement: it may be negative */
	unsigned int levels;	 /* of the page tables, 4 or 5 */
	struct paddr root;	 /* a top-level table that maps the image, perhaps nothing else */
	uint64_t encrypt_mask;	 /* 0, or the bit that every entry has set in vain */
	uint64_t agree, disagree; /* bytes mapped with this constant, and below `end` otherwise */
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

/* Reads the page at `root` as a top-level table, with 4 and with 5 levels, and lets
 * the leaves that map the image vote: with the right number all have one constant.
 * Errors: ERR_ABSENT: does not map a kernel image, saying why. ERR_DATA: both
 * shapes do, to different places. ERR_SYSTEM. */
struct err *kernel_map_of_table(struct memory *m, struct paddr root,
				struct kernel_map *ret) MUST_CHECK;

#define KERNEL_MAP_CANDIDATES 8

struct kernel_maps {
	struct kernel_map list[KERNEL_MAP_CANDIDATES];
	size_t count;
	size_t rejected; /* pages that looked like a table and were none of a kernel, */
	struct paddr rejected_at; /* the last of them */
	size_t outside;	 /* pages whose entry 511 leads to a table outside the RAM map, */
	struct paddr outside_at; /* the last of them here */
};

/* The trampoline's page table below 640 KiB: entry 511 of one page there leads to
 * the tables of the running kernel's image. Each place that pages map to is listed
 * once. Reads nothing from 640 KiB on but the tables it is led to.
 * Shape: arch/x86/realmode/init.c, trampoline_pgd. Errors: ERR_SYSTEM. */
struct err *kernel_map_from_trampoline(struct memory *m, struct kernel_maps *ret) MUST_CHECK;

/* The same among the pages within 16 MiB of `near`, an address in the image's data,
 * where the kernel's own top-level table is. */
struct err *kernel_map_from_tables_near(struct memory *m, struct paddr near,
					struct kernel_maps *ret) MUST_CHECK;

/* Around the first task's comm at `comm`: an empty list head is two words that are
 * its own address. Those in the image vote for phys_base.
 * *votes: list heads that agree; none: ERR_ABSENT, as when fewer than two or as
 * many disagree. Errors: ERR_SYSTEM. */
struct err *kernel_map_self_pointers(struct memory *m, struct paddr comm, uint64_t *phys_base,
				     unsigned int *votes) MUST_CHECK;

/* Whether the direct map is at page_offset_base, by the page tables: addresses
 * spread over the RAM that are mapped to themselves, and elsewhere.
 * Errors: ERR_SYSTEM. */
struct err *kernel_map_check_direct_map(const struct xlat *x, struct kaddr page_offset_base,
					unsigned int *agree, unsigned int *disagree) MUST_CHECK;

/* The same by the data, without page tables: pointers in [task, task + size) of the
 * image into the direct map to something that points back (list heads do).
 * Errors: ERR_SYSTEM; ERR_DATA when the task cannot be read. */
struct err *kernel_map_count_returns(struct memory *m, const struct kernel_map *map,
				     struct kaddr task, size_t size,
				     struct kaddr page_offset_base,
				     unsigned int *returns) MUST_CHECK;

/* What is known of a kernel that may have been rebooted since. */
struct kernel_identity {
	struct kaddr link_base;	  /* link-time address of _text */
	struct kaddr link_banner; /* and of linux_banner */
	const char *banner;	  /* its text; a newline that follows it is not compared */
};

/* Finds that very kernel through the trampoline: *ret is where its banner is in
 * its place. Shift = ret->start - link_base.
 * Errors: ERR_ABSENT: it does not run here (another one may), saying what was
 * found; ERR_DATA: there are two; ERR_SYSTEM. */
struct err *kernel_map_find(struct memory *m, const struct kernel_identity *kernel,
			    struct kernel_map *ret) MUST_CHECK;

#endif
