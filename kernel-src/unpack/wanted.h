/* wanted: which files of a kernel tree a probe needs.
 *
 * A probe needs every Kconfig file, the makefiles, the headers, and what kbuild
 * runs until include/generated is there. It needs no driver, no assembler file and
 * no documentation. Of Linux 6.1 that is 1 file in 5 and 1 byte in 14.
 */
#ifndef KERNEL_SRC_UNPACK_WANTED_H
#define KERNEL_SRC_UNPACK_WANTED_H

#include <stdbool.h>
#include <stdint.h>

/* path: of a regular file or a link, from the top of the tree. */
bool wanted(const char *path);

/* Whether a name stands at the top of kernel trees (arch, Makefile, ...). An archive
 * that begins with one has no folder around the tree. */
bool wanted_is_top(const char *component);

/* A number that changes with the table: a tree that another table chose is out of date. */
uint32_t wanted_version(void);

#endif
