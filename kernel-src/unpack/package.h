/* package: the kernel source that a package holds, read in one pass; or one member of it.
 *
 * Shape: a .deb is an ar archive whose member data.tar.{gz,xz,zst} holds
 *	./usr/src/linux-source-6.1.tar.xz				Debian
 *	./usr/src/linux-source-4.15.0/linux-source-4.15.0.tar.bz2	Ubuntu
 * and that archive in turn holds the tree, below one folder. A plain tarball of the tree will do, too, and so
 * will a source package: its .dsc, with the files it names beside it, whose sizes and SHA256 are checked
 * first.
 */
#ifndef KERNEL_SRC_UNPACK_PACKAGE_H
#define KERNEL_SRC_UNPACK_PACKAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "kernel-src/unpack/tree.h"
#include "kernel-src/unpack/visitor.h"

/* Shows every file of the tree in SOURCE once, in its order there; nothing is written.
 * Errors: ERR_ABSENT (no kernel tree in it), ERR_DATA (damaged, hostile or too large), ERR_SYSTEM. */
struct err *package_visit(const char *source, const struct visitor *visitor) MUST_CHECK;

/* Writes what a probe needs (kernel-src/unpack/wanted.h) into a tree. Errors: as package_visit(). */
struct err *package_write(const char *source, struct tree *tree) MUST_CHECK;

/* Adds to b the content of one member of the package DEB (of a .dsc: of its .debian.tar), uncompressed when
 * it is an xz, gz, bz2 or zst file. member: a shell pattern for the member's path, with or without leading
 * "./" or "/", or for the last component of the path alone. The first member that fits is taken.
 * Errors: ERR_ABSENT (no such member), ERR_DATA, ERR_SYSTEM. */
struct err *package_member(const char *deb, const char *member, struct buf *b) MUST_CHECK;

#endif
