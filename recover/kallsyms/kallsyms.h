/* kallsyms: the kernel's own symbol table, found in its image by structure.
 *
 * Linux keeps the names and addresses of its symbols to print them in backtraces and in
 * /proc/kallsyms. Nothing in memory points to the tables or tells their layout, and their layout
 * has changed many times (recover/kallsyms/tables.h). A version number would not settle it,
 * because stable kernels and distributions backport the changes: seqs_of_names, new in 6.2, came
 * to 6.1.60 as well. So we ask for no version. We search for the shape that all layouts share, try
 * every way to compute addresses, and keep the one that makes sense of the symbols in the image in
 * which we found them.
 *
 *	CLEANUP(kallsyms_freep) struct kallsyms *k = NULL;
 *	struct err *e = kallsyms_find(image, size, KADDR(0xffffffff9a000000), &k);
 *	...
 *	e = kallsyms_lookup(k, "init_task", &address);
 *
 * Source: scripts/kallsyms.c (writer) and kernel/kallsyms.c (reader) of Linux.
 */
#ifndef RECOVER_KALLSYMS_KALLSYMS_H
#define RECOVER_KALLSYMS_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct kallsyms;

struct kallsym {
	struct kaddr address; /* at run time; a per-CPU one may be a small offset instead */
	char type;	      /* as nm prints it: T t D d R r B b A V W ... */
	const char *name;     /* printable ASCII without blanks; owned by the kallsyms */
};

/* Finds and decodes the symbol table of a kernel image. image: the bytes from _text to about _end
 * as they lie in RAM (relocated), at most 256 MiB. The caller owns them and may free them
 * afterwards. Parts that could not be read are zero.
 * image_va: the run-time address of image[0]. The caller owns *ret.
 *
 * The kernel frees its init section after boot, and whoever gets such a page can write a symbol
 * table of his own into it. That much makes two tables that contradict each other. So a caller
 * that knows what the kernel maps read-only should pass everything else as zeros.
 *
 * Errors: ERR_ABSENT: nothing in the image has the shape of the tables. ERR_DATA: the tables are
 * damaged, no formula makes sense of their addresses in this image, or two tables contradict each
 * other; the text names offsets in the image. */
struct err *kallsyms_find(const uint8_t *image, size_t size, struct kaddr image_va,
			  struct kallsyms **ret) MUST_CHECK;
void kallsyms_free(struct kallsyms *k);
static inline void kallsyms_freep(struct kallsyms **k)
{
	kallsyms_free(*k);
}

size_t kallsyms_count(const struct kallsyms *k);
/* The i-th symbol by address, i < kallsyms_count(). Symbols of one address stay in the order in
 * which the kernel lists them. */
struct kallsym kallsyms_at(const struct kallsyms *k, size_t i);

/* The run-time address of NAME. Several symbols may have the name; then a global one (its type is
 * an upper-case letter) is meant, if there is one.
 * Errors: ERR_ABSENT; ERR_DATA: the name stands for several addresses. */
struct err *kallsyms_lookup(const struct kallsyms *k, const char *name,
			    struct kaddr *ret) MUST_CHECK;

/* Appends "ffffffff81000000 T _text" lines, by address. Subtracts shift from kernel addresses
 * (those with bit 63 set), but not from per-CPU offsets. */
void kallsyms_format_system_map(const struct kallsyms *k, uint64_t shift, struct buf *b);

/* Appends a line for people: how many symbols, which layout, where in the image. */
void kallsyms_describe(const struct kallsyms *k, struct buf *b);

#endif
