/* exports: addresses of variables and functions in the kernel's table of exported symbols.
 *
 * A kernel without CONFIG_KALLSYMS_ALL names only functions in its symbol table. But it tells its
 * modules where some of its data is: init_task, page_offset_base, init_pid_ns and a few dozen more
 * that a walker needs (EXPORT_SYMBOL). A kernel without modules has no such table.
 *
 * No symbol says where the table is. An entry by itself is nothing but two numbers, and other data
 * looks like that too. What gives the table away is the order in which the linker puts it: by name.
 * So an entry counts only when it names a symbol that we want, and when four of its neighbours, on
 * both sides together, go on in alphabetical order.
 *
 * Shape: struct kernel_symbol, sorted by name. Before 4.19: two pointers, to the value and to the
 * name. From 4.19 on: two 32-bit offsets, each counted from where it stands itself. From 5.4 on a
 * third one follows, to the symbol's name space.
 * Source: include/linux/export.h (export-internal.h), struct kernel_symbol in kernel/module.
 */
#ifndef RECOVER_PARSE_EXPORTS_H
#define RECOVER_PARSE_EXPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* Looks for names[i] in the tables of an image of size bytes at run-time address va. The caller passes
 * as zeros what we must not look at. ret[i]: the address of names[i]; 0: it is not exported, or two
 * entries contradict each other. Returns how many were found. */
size_t exports_find(const uint8_t *image, size_t size, struct kaddr va, const char *const *names,
		    size_t count, struct kaddr *ret);

#endif
