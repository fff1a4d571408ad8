/* pointers: variables of a kernel whose symbol table names functions only, known by what they point to.
 *
 * data_landmarks.h finds what has a shape of its own. A pointer has none; these three lead out of the
 * image to something that has: a table of RAM, the text of a VMCOREINFO note, a struct module. Each
 * function does nothing for a kernel whose symbol table names data.
 */
#ifndef RECOVER_KERNEL_POINTERS_H
#define RECOVER_KERNEL_POINTERS_H

#include "recover/kernel/kernel.h"

/* Finds e820_table, once k->page_offset_base is known. may_read() makes the bytes at an address
 * readable, or says that we must not read them.
 * Errors: ERR_DATA: another source contradicts, both are named; ERR_SYSTEM. */
struct err *kernel_find_e820(struct kernel *k,
			     bool (*may_read)(void *arg, struct paddr at, size_t size),
			     void *arg) MUST_CHECK;

/* Find vmcoreinfo_data, once k->page_offset_base is known, and modules. They read only what is in the
 * memory's RAM map. Errors: as above. */
struct err *kernel_find_note_pointer(struct kernel *k) MUST_CHECK;
struct err *kernel_find_modules(struct kernel *k) MUST_CHECK;

#endif
