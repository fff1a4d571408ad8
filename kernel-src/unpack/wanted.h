/* wanted: which files of a kernel tree a probe needs.
 *
 * A probe needs every Kconfig file, the makefiles, the headers and what kbuild
 * runs until include/generated is there; no driver, no assembler file, no
 * documentation: 1 file in 5 and 1 byte in 14 of Linux 6.1.
 */
#ifndef KERNEL_SRC_UNPACK_WANTED_H
#define KERNEL_SRC_UNPACK_WANTED_H

#include <stdbool.h>
#include <stdint.h>

/* path: of a regular file or a link, from the top of the tree. */
bool wanted(const char *path);

/* Whether a name stands at the top of kernel trees (arch, Makefile, ...), so
 * that an archive without a folder around them is known. */
bool wanted_is_top(const char *component);

/* A number that changes with the table: trees unpacked by another one are stale. */
uint32_t wanted_version(void);

#endif
