/* kallsyms: the kernel's own symbol table, found in its image by structure.
 *
 * No version is asked for: tables are looked for by the shape that every layout
 * shares, each way to compute addresses is tried, and the one is kept under
 * which the symbols make sense in the image they were found in.
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

/* Finds and decodes the symbol table of the kernel image. image: the bytes from
 * _text to about _end as they lie in RAM (relocated), size up to 256 MiB, owned by
 * the caller and not needed afterwards; parts that could not be read are zero.
 * Whoever owns a page that once held the kernel's init section can put a table of his
 * own there, which at least makes two that contradict each other: what the kernel does
 * not map read-only had better be zero as well, where that is known.
 * image_va: run-time address of image[0]. *ret is owned by the caller.
 * Errors: ERR_ABSENT: nothing there has the shape of the tables. ERR_DATA: tables
 * are there but damaged, or no formula gives addresses in this image, or two
 * tables contradict each other; the text names offsets in the image. */
struct err *kallsyms_find(const uint8_t *image, size_t size, struct kaddr image_va,
			  struct kallsyms **ret) MUST_CHECK;
void kallsyms_free(struct kallsyms *k);
static inline void kallsyms_freep(struct kallsyms **k)
{
	kallsyms_free(*k);
}

size_t kallsyms_count(const struct kallsyms *k);
/* The i-th symbol by address (equal addresses: as the kernel lists them);
 * i < kallsyms_count(). */
struct kallsym kallsyms_at(const struct kallsyms *k, size_t i);

/* Run-time address of NAME. Where several symbols have the name, the only global
 * one (upper-case type) is meant.
 * Errors: ERR_ABSENT; ERR_DATA when the name stands for several addresses. */
struct err *kallsyms_lookup(const struct kallsyms *k, const char *name,
			    struct kaddr *ret) MUST_CHECK;

/* Appends "ffffffff81000000 T _text" lines by address. shift is subtracted from
 * kernel addresses (those with bit 63 set), not from per-CPU offsets. */
void kallsyms_format_system_map(const struct kallsyms *k, uint64_t shift, struct buf *b);

/* Appends a line for people: how many symbols, which layout, where in the image. */
void kallsyms_describe(const struct kallsyms *k, struct buf *b);

#endif
