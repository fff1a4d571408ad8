/* gates: under which options kbuild links each C file of a kernel tree into the image.
 *
 * The tree's makefiles say so. We read them from the top down as kbuild does, with SRCARCH=x86 and 64
 * bits: lists (obj-$(CONFIG_X)), composites (foo-$(CONFIG_X), foo-objs), folders, ifdef and ifeq. We
 * leave out what make computes in other ways. A file without a gate says nothing.
 */
#ifndef KERNEL_SRC_INFER_GATES_H
#define KERNEL_SRC_INFER_GATES_H

#include "base/err.h"
#include "kernel-src/infer/condition.h"

struct gates;

/* Errors: ERR_ABSENT: no makefile at the top; ERR_DATA: too many; ERR_SYSTEM. *ret is owned by
 * the caller. */
struct err *gates_read(const char *tree, struct gates **ret) MUST_CHECK;
void gates_free(struct gates *g);
static inline void gates_freep(struct gates **g)
{
	gates_free(*g);
}

/* Says that a C file includes another one, where c holds; name: from the includer's folder, "../x.c". */
void gates_include(struct gates *g, const char *includer, size_t size, const char *name,
		   size_t name_size, const struct condition *c);

/* The conditions of a C file ("kernel/fork.c"), any one of which is enough: the text of
 * condition.h, a line each. NULL when the makefiles do not know it. Owned by g, until more is added. */
const char *gates_of(const struct gates *g, const char *path, size_t size);

/* The same for a module, by the name it has when it is loaded ("virtio_pci"). */
const char *gates_module(const struct gates *g, const char *name, size_t size);

#endif
