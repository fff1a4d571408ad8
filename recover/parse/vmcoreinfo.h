/* vmcoreinfo: what a kernel writes down about itself for those who read its memory.
 *
 * Shape: lines "NAME=value", "SYMBOL(init_top_pgt)=ffffffff85410000", "NUMBER(phys_base)=-4096",
 * "SIZE(page)=64", "OFFSET(page.mapping)=24", "LENGTH(node_data)=1024", at most 4096 bytes, the
 * first one OSRELEASE=, a NUL behind the last one. Addresses are hexadecimal without 0x, the rest
 * is decimal but for KERNELOFFSET. Source: kernel/crash_core.c (vmcore_info.c since 6.9),
 * arch/x86/kernel/crash_core_64.c.
 */
#ifndef RECOVER_PARSE_VMCOREINFO_H
#define RECOVER_PARSE_VMCOREINFO_H

#include <stdbool.h>

#include "memory/memory.h"

#define VMCOREINFO_MAX 4096
/* Address of a note that is not in memory: the image file carries it. */
#define VMCOREINFO_OF_FILE UINT64_MAX

struct vmcoreinfo_line {
	char *name;  /* "OSRELEASE", "NUMBER(phys_base)"; printable ASCII */
	char *value; /* printable ASCII */
};

struct vmcoreinfo {
	struct paddr at; /* where its text starts, or VMCOREINFO_OF_FILE */
	struct vmcoreinfo_line *lines;
	size_t count;
	/* every note has these */
	const char *release;
	uint64_t phys_base;
	struct kaddr stext; /* run-time address of _stext */
};

/* Takes apart the text of a note, which ends with a NUL or with `size`. *ret is to be given to
 * vmcoreinfo_deinit().
 * Errors: ERR_DATA: no note of an x86-64 kernel, naming what is missing or wrong. */
struct err *vmcoreinfo_parse(const char *text, size_t size, struct paddr at,
			     struct vmcoreinfo *ret) MUST_CHECK;
/* Errors: as above; ERR_DATA when it cannot be read; ERR_SYSTEM. */
struct err *vmcoreinfo_read(struct memory *m, struct paddr at, struct vmcoreinfo *ret) MUST_CHECK;
void vmcoreinfo_deinit(struct vmcoreinfo *v);

/* Value of a line, or NULL. Of several with one name the first. */
const char *vmcoreinfo_get(const struct vmcoreinfo *v, const char *name);
/* As a number: of SYMBOL() and KERNELOFFSET hexadecimal, else decimal, which may be negative.
 * False: no such line, or no number. */
bool vmcoreinfo_number(const struct vmcoreinfo *v, const char *name, uint64_t *ret);

#endif
