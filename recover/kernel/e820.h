/* e820: the RAM that the running kernel itself knows of.
 *
 * The firmware tells the kernel at boot what is RAM, through BIOS call 0xe820 in the old days, hence
 * the name. The kernel keeps the table, so we need no outside knowledge of the machine. RAM that was
 * added after boot is not in it.
 *
 * Shape: a u32 count, then that many of u64 address, u64 size, u32 type, packed. Types 1 and 128
 * are RAM that Linux uses (128: it keeps boot data there). Source: struct e820_table in
 * arch/x86/include/asm/e820/types.h; before 4.12 struct e820map, of the same shape.
 */
#ifndef RECOVER_KERNEL_E820_H
#define RECOVER_KERNEL_E820_H

#include "base/view.h"
#include "memory/ram_map.h"
#include "recover/kernel/kernel.h"

#define E820_ENTRIES_MAX 4096

/* Bytes of a table of so many entries. */
static inline size_t e820_size(uint32_t entries)
{
	return 4 + (size_t)entries * 20;
}

/* The RAM of the table at the start of v. Leaves out [640 KiB, 1 MiB): nothing there may be read.
 * Errors: ERR_DATA: it is not such a table, naming the entry. */
struct err *e820_parse(struct view *v, struct ram_map *ret) MUST_CHECK;

/* How many entries the table at `at` has, and the RAM of all of them. Errors: ERR_DATA; ERR_SYSTEM. */
struct err *e820_read_count(struct memory *m, struct paddr at, uint32_t *ret) MUST_CHECK;
struct err *e820_read_at(struct memory *m, struct paddr at, uint32_t count,
			 struct ram_map *ret) MUST_CHECK;

/* The pointer to the kernel's table: the first of e820_table, e820_table_firmware, e820 and e820_saved
 * that it has. *name: which one. False: it has none of them. */
bool e820_pointer(const struct kernel *k, const char **name, uint64_t *ret);
/* The RAM of that table. Errors: ERR_ABSENT: the kernel has no such table; ERR_DATA; ERR_SYSTEM. */
struct err *e820_read(const struct kernel *k, struct ram_map *ret, const char **name) MUST_CHECK;

#endif
