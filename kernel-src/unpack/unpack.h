/* unpack: from a distribution's kernel source to the part of it that a probe needs.
 *
 * SOURCE is a package or a tarball (kernel-src/unpack/package.h), which is read in one pass, or a folder
 * with the tree.
 */
#ifndef KERNEL_SRC_UNPACK_UNPACK_H
#define KERNEL_SRC_UNPACK_UNPACK_H

#include <stdbool.h>

#include "base/err.h"
#include "kernel-src/unpack/visitor.h"

/* Makes OUT the tree that SOURCE holds, whole or not at all: until it is whole, it is OUT.new. Does
 * nothing when OUT was made of the same file before; then *fresh is false. When SOURCE is a folder, OUT
 * becomes a link to it.
 * Errors: ERR_ABSENT (no kernel tree in it), ERR_DATA (damaged, hostile or too
 * large), ERR_SYSTEM (I/O, disk full). */
struct err *unpack_tree(const char *source, const char *out, bool *fresh) MUST_CHECK;

/* Shows every file of the tree in SOURCE once, in its order there; nothing is written.
 * Errors: as unpack_tree(). */
struct err *unpack_visit(const char *source, const struct visitor *visitor) MUST_CHECK;

#endif
