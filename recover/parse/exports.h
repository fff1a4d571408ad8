/* exports: addresses of variables and functions in the kernel's table of exported symbols.
 *
 * A kernel whose symbol table has functions only (CONFIG_KALLSYMS_ALL off) still says where some of
 * its data is, to modules: init_task, page_offset_base, init_pid_ns and a few dozen more that a
 * walker needs. A kernel without modules has no such table.
 */
#ifndef RECOVER_PARSE_EXPORTS_H
#define RECOVER_PARSE_EXPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* Looks for the table by its shape in an image of size bytes at run-time address va; what is not to
 * be looked at is zero. ret[i] is where names[i] is, 0 where it is not exported or two entries
 * contradict each other. Returns how many were found.
 * Shape: struct kernel_symbol, entries sorted by name: 32-bit offsets from where they stand to the
 * value and to the name, and from 5.4 to a name space (4.19 on); two pointers (before).
 * Source: include/linux/export.h (export-internal.h), struct kernel_symbol in kernel/module. */
size_t exports_find(const uint8_t *image, size_t size, struct kaddr va, const char *const *names,
		    size_t count, struct kaddr *ret);

#endif
