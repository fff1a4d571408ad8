/* entry: the bits of a page-table entry.
 *
 * All levels have the same bits, apart from ENTRY_LARGE: on level 1 that bit means something else.
 * Source: Intel SDM volume 3, 4.5; arch/x86/include/asm/pgtable_types.h.
 */
#ifndef X86_ENTRY_H
#define X86_ENTRY_H

#include <stdint.h>

#define ENTRY_PRESENT UINT64_C(0x1)
#define ENTRY_WRITABLE UINT64_C(0x2)
#define ENTRY_USER UINT64_C(0x4)
#define ENTRY_LARGE UINT64_C(0x80)	       /* levels 2 and 3: a page of 2 MiB or 1 GiB */
#define ENTRY_PROT_NONE UINT64_C(0x100)	       /* when the entry is not present; Linux */
#define ENTRY_FRAME UINT64_C(0x000ffffffffff000) /* bits 51:12 of the physical address */
#define ENTRY_NO_EXECUTE (UINT64_C(1) << 63)

#define TABLE_ENTRIES 512 /* of 8 bytes, in a page */
/* The entry of a top-level table that covers the kernel's image. */
#define TABLE_LAST_AT UINT64_C(0xff8) /* entry 511: its offset in the table */

#endif
