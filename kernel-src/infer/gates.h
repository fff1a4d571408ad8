/* gates: under which options each C file of a kernel tree is linked into the image.
 *
 * By the tree's makefiles, read as kbuild reads them from the top, SRCARCH=x86, 64 bits: lists
 * (obj-$(CONFIG_X)), composites (foo-$(CONFIG_X), foo-objs), folders, ifdef and ifeq. What is
 * computed by make in other ways is left out: a file without a gate says nothing.
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

/* A C file that another one includes, by its name from that one's folder ("../x.c"), where c holds. */
void gates_include(struct gates *g, const char *includer, size_t size, const char *name,
		   size_t name_size, const struct condition *c);

/* The conditions of a C file ("kernel/fork.c"), any one of which is enough: the text of
 * condition.h, a line each. NULL when there is none. */
const char *gates_of(const struct gates *g, const char *path, size_t size);

/* The same of a module by the name it has when it is loaded ("virtio_pci"). NULL when the makefiles do not know it. */
const char *gates_module(const struct gates *g, const char *name, size_t size);

#endif
