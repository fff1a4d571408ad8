/* vmcoreinfo: what a kernel writes down about itself for those who read its memory.
 *
 * It is an ELF note that the kernel keeps for kdump: makedumpfile and crash take from it where the
 * kernel lies and how it numbers memory. It says outright what we otherwise have to work out, but
 * anybody can keep such a text in memory, and several are there by right: the kernel's own, a copy
 * that it keeps safe for a crash, those of a kernel before a kexec and of guests. So a note counts
 * only beside other evidence (recover/kernel/note.c). A kernel has it only with CONFIG_CRASH_CORE
 * (since 6.9 CONFIG_VMCORE_INFO).
 *
 * Shape: lines "NAME=value", "SYMBOL(init_top_pgt)=ffffffff85410000", "NUMBER(phys_base)=-4096",
 * "SIZE(page)=64", "OFFSET(page.mapping)=24", "LENGTH(node_data)=1024", at most 4096 bytes. The
 * first line is OSRELEASE=, and a NUL follows the last one. Addresses and KERNELOFFSET are
 * hexadecimal without 0x, all else is decimal.
 * Source: kernel/crash_core.c (vmcore_info.c since 6.9), arch/x86/kernel/crash_core_64.c.
 */
#ifndef RECOVER_PARSE_VMCOREINFO_H
#define RECOVER_PARSE_VMCOREINFO_H

#include <stdbool.h>

#include "memory/memory.h"

#define VMCOREINFO_MAX 4096
/* The address of a note that is not in memory, but that the image file carries. */
#define VMCOREINFO_OF_FILE UINT64_MAX

struct vmcoreinfo_line {
	char *name;  /* "OSRELEASE", "NUMBER(phys_base)"; printable ASCII */
	char *value; /* printable ASCII */
};

struct vmcoreinfo {
	struct paddr at; /* where its text starts, or VMCOREINFO_OF_FILE */
	struct vmcoreinfo_line *lines;
	size_t count, capacity;
	/* every note has these */
	const char *release;
	uint64_t phys_base;
	struct kaddr stext; /* run-time address of _stext */
};

/* Takes apart the text of a note. It ends at a NUL or after `size` bytes. The caller gives *ret to
 * vmcoreinfo_deinit().
 * Errors: ERR_DATA: it is not the note of an x86-64 kernel, naming what is missing or wrong. */
struct err *vmcoreinfo_parse(const char *text, size_t size, struct paddr at,
			     struct vmcoreinfo *ret) MUST_CHECK;
/* Reads the note at `at`. Errors: those of vmcoreinfo_parse(); ERR_DATA: it cannot be read;
 * ERR_SYSTEM. */
struct err *vmcoreinfo_read(struct memory *m, struct paddr at, struct vmcoreinfo *ret) MUST_CHECK;
/* How many bytes of a note's text at `at` are in RAM: VMCOREINFO_MAX, or less at the end of RAM. */
size_t vmcoreinfo_room(const struct memory *m, struct paddr at);
void vmcoreinfo_deinit(struct vmcoreinfo *v);

/* The value of the first line of this name, or NULL. */
const char *vmcoreinfo_get(const struct vmcoreinfo *v, const char *name);
/* The value as a number: hexadecimal for SYMBOL() and KERNELOFFSET, else decimal and perhaps negative.
 * False: there is no such line, or it is not a number. */
bool vmcoreinfo_number(const struct vmcoreinfo *v, const char *name, uint64_t *ret);
/* The run-time address of the kernel's top-level page table, under any of the names that it has had.
 * False: no line tells. */
bool vmcoreinfo_page_table(const struct vmcoreinfo *v, struct kaddr *ret);

#endif
