/* xlat: translates virtual addresses by the page tables of x86-64, with 4 or 5 levels.
 *
 * Shape: a table has 512 entries of 8 bytes (x86/entry.h). The kernel inverts the frame of an entry
 * that is neither present nor zero (mitigation of L1TF, since 4.19 and backported).
 * Source: arch/x86/include/asm/pgtable_types.h, pgtable-invert.h.
 *
 * Another processor would have to provide enum xlat_kind and the functions below. Other code fills in
 * a struct xlat, from a struct kernel_map or from what the walker read at its start, and then only
 * passes it on. The one exception is the command vtop, which prints the steps of a walk. On arm64 a
 * struct xlat would have two roots (TTBR0_EL1, TTBR1_EL1), the size of a page and the number of
 * address bits instead; the kinds are the same there.
 */
#ifndef X86_XLAT_H
#define X86_XLAT_H

#include "memory/memory.h"

#define XLAT_LEVELS_MAX 5

struct xlat {
	struct memory *memory;
	struct paddr root;    /* the top-level table; the low 12 bits do not count */
	unsigned int levels;  /* 4 or 5 */
	uint64_t encrypt_mask; /* the C bit of AMD's memory encryption, set in every entry; or 0 */
};

enum xlat_kind {
	XLAT_MAPPED,	/* present */
	XLAT_PROT_NONE,	/* an access faults, but the page is in RAM: NUMA hints, mprotect() */
	XLAT_SWAPPED,	/* a swap entry, or any other one that is not present */
	XLAT_UNMAPPED,	/* the entry is 0, or a level has no table */
	XLAT_NOT_CANONICAL,
};

struct xlat_step {
	unsigned int level; /* 5 = PGD under LA57 ... 1 = PTE */
	struct paddr at;    /* of the entry */
	uint64_t entry;
};

struct xlat_result {
	enum xlat_kind kind;
	struct paddr at;    /* XLAT_MAPPED, XLAT_PROT_NONE: where the byte lies */
	uint64_t page_size; /* 4096, 2 MiB, 1 GiB: of the page, or of what the missing entry covers */
	bool writable, user, no_execute; /* what all levels together allow */
	struct xlat_step steps[XLAT_LEVELS_MAX]; /* in the order walked */
	unsigned int step_count;
};

/* Walks the tables for va. That va is not mapped is an answer, not an error. After an error *ret
 * holds the steps so far.
 * Errors: ERR_DATA naming level and address: a table cannot be read (outside RAM, absent), or has a
 * large page on a level that has none; ERR_SYSTEM: the source is gone. */
struct err *xlat_walk(const struct xlat *x, uint64_t va, struct xlat_result *ret) MUST_CHECK;

/* Reads [va, va + size), page by page.
 * Errors: ERR_ABSENT naming the first address that is not mapped or is swapped out; as above. */
struct err *xlat_read(const struct xlat *x, uint64_t va, void *to, size_t size) MUST_CHECK;

/* Reads up to the first byte that is not there; *done: the number of bytes before it.
 * Errors: ERR_SYSTEM: the source is gone. */
struct err *xlat_read_some(const struct xlat *x, uint64_t va, void *to, size_t size,
			   size_t *done) MUST_CHECK;

/* Calls call() for each run of mapped bytes in [from, to), those of PROT_NONE included. A run is as
 * long as virtual and physical addresses go on together. call() returns false to stop. A `to` of 0
 * is the end of the address space.
 * Errors: as xlat_walk(); ERR_DATA: there are more than max_tables tables. */
struct err *xlat_each(const struct xlat *x, uint64_t from, uint64_t to, size_t max_tables,
		      bool (*call)(uint64_t va, struct paddr at, uint64_t size, void *arg),
		      void *arg) MUST_CHECK;

const char *xlat_kind_name(enum xlat_kind kind);

#endif
