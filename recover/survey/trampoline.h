/* trampoline: the page table of the kernel's real-mode trampoline, known by its own shape.
 *
 * Linux keeps it below 640 KiB for as long as it runs. Before its entry 511 is followed on a live
 * machine, two things have to speak for it: it looks like a top-level table throughout, and the
 * header of the real-mode code names it.
 *
 * Shape: entries 0 and 511 lead to tables, 1 to 255 are 0, 256 to 510 are 0 or lead to tables.
 * The header is at the start of a page at most 64 KiB before: u32 text_start and ro_end, both
 * behind it, then up to 14 u32 addresses, that of the table among them. Source:
 * arch/x86/realmode/init.c, struct real_mode_header in arch/x86/include/asm/realmode.h (3.5).
 */
#ifndef RECOVER_SURVEY_TRAMPOLINE_H
#define RECOVER_SURVEY_TRAMPOLINE_H

#include <stdbool.h>

#include "memory/memory.h"
#include "x86/entry.h"

struct trampoline {
	struct paddr table;
	struct paddr header;
	struct paddr next;	/* the table that entry 511 leads to */
	uint64_t encrypt_mask; /* 0, or the bit above all RAM that its entries have set */
};

#define TRAMPOLINES_MAX 8

struct trampolines {
	struct trampoline list[TRAMPOLINES_MAX]; /* the highest first: the kernel's is from boot */
	size_t count;
	size_t unnamed;	    /* pages that look like one and that no header names */
	size_t unreadable;  /* pages below 640 KiB */
	bool zero;	    /* all that was looked at is 0 */
};

/* Looks at the low memory that RAM has, and at nothing else. Errors: ERR_SYSTEM. */
struct err *trampolines_find(struct memory *m, struct trampolines *ret) MUST_CHECK;

/* Whether an entry leads to a table: present, writable, no large page, executable, no reserved
 * bit, of a frame that can be RAM. */
bool entry_is_table(uint64_t entry, uint64_t encrypt_mask);

/* The two conditions. page: where the table would be. */
bool trampoline_is_table(const uint64_t entries[TABLE_ENTRIES], uint64_t *encrypt_mask);
bool trampoline_is_named(const uint32_t header[16], uint64_t header_at, uint64_t page);

#endif
