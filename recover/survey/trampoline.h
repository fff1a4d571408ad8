/* trampoline: the page table of the kernel's real-mode trampoline, known by its own shape.
 *
 * An x86 processor wakes up in real mode and can run code only below 1 MiB then. So Linux keeps a piece
 * of code there, the trampoline, for as long as it runs: processors come and go, and the machine may
 * sleep. Beside the code is a page table, trampoline_pgd, for the switch to long mode. Its entry 511
 * is a copy of entry 511 of the kernel's own top-level table, so it leads to the tables that map the
 * kernel's image. In this way we find the kernel, in RAM and in its own addresses, by reading less than
 * 640 KiB, however much RAM the machine has.
 *
 * On a live machine a wrong entry would have us read an address that may not be RAM. So before we follow
 * entry 511, two things must speak for the page: it looks like a top-level table throughout, and the
 * header of the real-mode code names it. A kernel that was booted over another one (kexec, a soft
 * reboot) leaves older trampolines in place: there may be several.
 *
 * Shape: entries 0 and 511 lead to tables, 1 to 255 are 0, 256 to 510 are 0 or lead to tables. The
 * header is at the start of a page at most 64 KiB before the table: u32 text_start and ro_end, both
 * behind the header, then up to 14 u32 addresses, the table's among them.
 * Source: arch/x86/realmode/init.c, struct real_mode_header in arch/x86/include/asm/realmode.h (3.5).
 */
#ifndef RECOVER_SURVEY_TRAMPOLINE_H
#define RECOVER_SURVEY_TRAMPOLINE_H

#include <stdbool.h>

#include "memory/memory.h"
#include "x86/entry.h"

struct trampoline {
	struct paddr table;
	struct paddr header;
	struct paddr next;     /* the table that entry 511 leads to */
	uint64_t encrypt_mask; /* 0, or the bit above all RAM that is set in its entries */
};

#define TRAMPOLINES_MAX 8

struct trampolines {
	struct trampoline list[TRAMPOLINES_MAX]; /* the highest first */
	size_t count;
	size_t unnamed;	   /* pages that look like the table, but that no header names */
	size_t unreadable; /* pages below 640 KiB */
	bool zero;	   /* all that we looked at is 0 */
};

/* Looks at RAM below 640 KiB and nowhere else. Errors: ERR_SYSTEM. */
struct err *trampolines_find(struct memory *m, struct trampolines *ret) MUST_CHECK;

/* Whether an entry leads to a table: it is present, writable, executable and not a large page, no
 * reserved bit is set, and its frame can be RAM. */
bool entry_is_table(uint64_t entry, uint64_t encrypt_mask);

/* The two conditions. page: where the table would be. */
bool trampoline_is_table(const uint64_t entries[TABLE_ENTRIES], uint64_t *encrypt_mask);
bool trampoline_is_named(const uint32_t header[16], uint64_t header_at, uint64_t page);

#endif
