/* xlat: x86-64 page tables, 4 and 5 levels, read from physical memory.
 *
 * Shape: 512 entries of 8 bytes a table. Bit 0 present, 7 page size (levels 2
 * and 3), 8 PROT_NONE when not present, 51:12 the frame. The frame of an entry
 * that is not present but not zero is inverted (L1TF mitigation, since 4.19 and
 * backported). Source: arch/x86/include/asm/pgtable_types.h, pgtable-invert.h.
 */
#ifndef X86_XLAT_H
#define X86_XLAT_H

#include "memory/memory.h"

#define XLAT_LEVELS_MAX 5

struct xlat {
	struct memory *memory;
	struct paddr root;    /* top-level table; the low 12 bits are ignored */
	unsigned int levels;  /* 4 or 5 */
	uint64_t encrypt_mask; /* the SME C bit in entries, or 0 */
};

enum xlat_kind {
	XLAT_MAPPED,	/* present */
	XLAT_PROT_NONE,	/* faults when touched, but the page is in RAM: NUMA hints, mprotect */
	XLAT_SWAPPED,	/* a swap entry, or another one that is not present */
	XLAT_UNMAPPED,	/* entry 0, or a level without a table */
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
	uint64_t page_size; /* 4096, 2 MiB, 1 GiB: of the leaf, or of what the missing entry covers */
	bool writable, user, no_execute; /* of all levels together */
	struct xlat_step steps[XLAT_LEVELS_MAX]; /* in the order walked */
	unsigned int step_count;
};

/* Walks the tables for va. Not being mapped is an answer, not an error.
 * Errors: ERR_DATA when a table cannot be read (outside RAM, absent), or has a
 * large page where there are none, naming level and address; ERR_SYSTEM when
 * the source is gone. ret then holds the steps so far. */
struct err *xlat_walk(const struct xlat *x, uint64_t va, struct xlat_result *ret) MUST_CHECK;

/* Reads [va, va + size), page by page. Errors: ERR_ABSENT naming the first
 * address that is not mapped or swapped out, ERR_DATA as above. */
struct err *xlat_read(const struct xlat *x, uint64_t va, void *to, size_t size) MUST_CHECK;

/* As far as it goes: *done is the number of bytes read before the first one
 * that is not there; an error only when the source is gone. */
struct err *xlat_read_some(const struct xlat *x, uint64_t va, void *to, size_t size,
			   size_t *done) MUST_CHECK;

/* Calls call() for every run of mapped bytes in [from, to), PROT_NONE too,
 * neighbours with consecutive frames merged. call() returns false to stop.
 * A `to` of 0 is the end of the address space.
 * Errors: as xlat_walk(); ERR_DATA when it takes more than max_tables tables. */
struct err *xlat_each(const struct xlat *x, uint64_t from, uint64_t to, size_t max_tables,
		      bool (*call)(uint64_t va, struct paddr at, uint64_t size, void *arg),
		      void *arg) MUST_CHECK;

const char *xlat_kind_name(enum xlat_kind kind);

#endif
