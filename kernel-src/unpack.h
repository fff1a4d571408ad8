/* unpack: the part of a distribution's kernel source that a probe needs, out of
 * a package in one pass.
 *
 * Shape: a .deb is an ar archive whose member data.tar.{gz,xz,zst} holds
 *	./usr/src/linux-source-6.1.tar.xz				Debian
 *	./usr/src/linux-source-4.15.0/linux-source-4.15.0.tar.bz2	Ubuntu
 * and that one the tree, below one folder. A plain tarball of the tree and a
 * folder with it are taken too, and a source package: its .dsc, with the files it
 * names beside it, whose sizes and SHA256 are checked first.
 */
#ifndef KERNEL_SRC_UNPACK_H
#define KERNEL_SRC_UNPACK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Makes OUT the tree that SOURCE holds: whole or not at all (OUT.new until then).
 * When OUT was made of the same file before, nothing is done and *fresh is false.
 * When SOURCE is a folder, OUT becomes a link to it.
 * Errors: ERR_ABSENT (no kernel tree in it), ERR_DATA (damaged, hostile or too
 * large), ERR_SYSTEM (I/O, disk full). */
struct err *unpack_tree(const char *source, const char *out, bool *fresh) MUST_CHECK;

/* Whom unpack_visit() shows the files of a tree. */
struct unpack_visitor {
	bool (*wants)(const char *path); /* from the top of the tree */
	void (*visit)(void *arg, const char *path, const char *text, size_t size);
	void *arg;
	size_t max; /* larger files are left out */
};

/* Shows every file of the tree in SOURCE once, in its order there; nothing is written.
 * Errors: as unpack_tree(). */
struct err *unpack_visit(const char *source, const struct unpack_visitor *visitor) MUST_CHECK;

/* Adds the content of one member of the package DEB (of a .dsc: of its .debian.tar) to b, uncompressed when it is
 * an xz, gz, bz2 or zst file. member: a shell pattern for its path, with or without
 * leading "./" or "/", or for its last component alone; the first that fits is it.
 * Errors: ERR_ABSENT (no such member), ERR_DATA, ERR_SYSTEM. */
struct err *unpack_member(const char *deb, const char *member, struct buf *b) MUST_CHECK;

#endif
