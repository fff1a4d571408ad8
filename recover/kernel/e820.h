/* e820: the RAM that the running kernel itself knows of.
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

#define E820_SIZE_MAX (4 + 4096 * 20)

/* The RAM of the table at the start of v, but for [640 KiB, 1 MiB), where there is none that
 * may be read. Errors: ERR_DATA: no such table, naming the entry. */
struct err *e820_parse(struct view *v, struct ram_map *ret) MUST_CHECK;

/* The kernel's own table, in the order e820_table, e820_table_firmware, e820, e820_saved.
 * *name: which one. Errors: ERR_ABSENT: it has none of them; ERR_DATA; ERR_SYSTEM. */
struct err *e820_read(const struct kernel *k, struct ram_map *ret, const char **name) MUST_CHECK;

#endif
