/* kernel: the running kernel, found: its image, symbols and variables.
 *
 * Values are settled from all that speaks of them (recover/parse/evidence.h); what the
 * stages need goes into `facts`, each with what it rests on.
 */
#ifndef RECOVER_KERNEL_KERNEL_H
#define RECOVER_KERNEL_KERNEL_H

#include "base/facts.h"
#include "recover/kernel/candidate.h"

struct kernel {
	struct memory *memory;	   /* the caller's */
	const struct candidate *candidate; /* the caller's */
	struct kernel_map map;	   /* root: the kernel's own top-level table, once settled */
	const uint8_t *image;	   /* [map.start, map.end); of a survey what was read, else 0 */
	size_t image_size;
	struct kernel_pages *pages; /* of it: the candidate's, or own_pages */
	struct kernel_pages own_pages;
	struct landmarks landmarks; /* and what its data tells, where its symbols name none */
	const struct vmcoreinfo *note; /* its own; NULL: none */
	uint64_t shift;		   /* run-time minus link-time address */
	uint64_t page_offset_base, vmalloc_base, vmemmap_base;
};

/* Takes the image of the chosen candidate, or reads it. *ret is to be given to kernel_deinit(),
 * also after an error. Errors: ERR_SYSTEM. */
struct err *kernel_init(struct memory *m, const struct candidate *c, struct kernel *ret) MUST_CHECK;
void kernel_deinit(struct kernel *k);

/* Run-time address of a symbol. False: it has none that is clear. */
bool kernel_symbol(const struct kernel *k, const char *name, struct kaddr *ret);
/* By what it was found; NULL: by the symbol table. */
const char *kernel_symbol_source(const struct kernel *k, const char *name);

/* Finds by their shape, in all of the image that is mapped, what the symbol table does not name:
 * init_task, init_top_pgt, the bases, boot_params, gate_vma, _end. What is not clear is left out.
 * Errors: ERR_DATA: another source says something else, both are named; ERR_SYSTEM. */
struct err *kernel_find_landmarks(struct kernel *k) MUST_CHECK;

/* The same of pointers that lead out of the image, once k->page_offset_base is known: e820_table.
 * may_read() makes the bytes at an address readable, or says that they are not to be read. */
struct err *kernel_find_e820(struct kernel *k, bool (*may_read)(void *arg, struct paddr at, size_t size),
			     void *arg) MUST_CHECK;
/* And vmcoreinfo_data, and modules. These read what is in the memory's RAM map. */
struct err *kernel_find_note_pointer(struct kernel *k) MUST_CHECK;
struct err *kernel_find_modules(struct kernel *k) MUST_CHECK;
/* size bytes of the image at a run-time address, read if need be; NULL: not all are in it, or they
 * cannot be read. */
const uint8_t *kernel_bytes(const struct kernel *k, struct kaddr at, size_t size);
/* Value of a variable of 8 or 4 bytes in the image. False: no such variable. */
bool kernel_u64(const struct kernel *k, const char *name, uint64_t *ret);
bool kernel_u32(const struct kernel *k, const char *name, uint32_t *ret);
/* Where a pointer into the image or the direct map leads. False: elsewhere, or not to RAM. */
bool kernel_pointer(const struct kernel *k, uint64_t pointer, struct paddr *ret);

/* Whether the note's text starts where the kernel keeps its own: in the page that
 * vmcoreinfo_data points to (before 4.13: is), or in the ELF note of vmcoreinfo_note. */
bool kernel_keeps_note(const struct kernel *k, const struct vmcoreinfo *note);

/* A note that speaks of this very kernel, in this very boot: kept by it, or else with its
 * address; NULL: there is none. Others are traces of another kernel or boot. report: a line for
 * each is added. */
const struct vmcoreinfo *kernel_find_note(const struct kernel *k, const struct candidates *all,
					  struct buf *report);

/* Settles what a reboot changes into `boot` (docs: `boot` file) and into k. Finds which of the
 * notes is the kernel's own. report: lines for people are added.
 * Errors: ERR_DATA: sources disagree, both are named; ERR_ABSENT: a value has no source. */
struct err *kernel_settle_boot(struct kernel *k, struct candidates *all, struct facts *boot,
			       struct buf *report) MUST_CHECK;

/* What a reboot does not change, into `facts` (the `kernel` file). After kernel_settle_boot().
 * Errors: as above. */
struct err *kernel_settle_identity(const struct kernel *k, struct facts *facts) MUST_CHECK;

#endif
