/* kernel: the kernel that runs: its image, symbols and variables.
 *
 * We settle each value from all sources that tell it (recover/parse/evidence.h). What the later stages
 * need goes into facts, each beside its evidence.
 */
#ifndef RECOVER_KERNEL_KERNEL_H
#define RECOVER_KERNEL_KERNEL_H

#include "base/facts.h"
#include "recover/kernel/candidate.h"

struct kernel {
	struct memory *memory;	   /* the caller's */
	const struct candidate *candidate; /* the caller's */
	struct kernel_map map;	   /* root: the kernel's own top-level table, once settled */
	const uint8_t *image;	   /* [map.start, map.end); what was not read is zero */
	size_t image_size;
	struct kernel_pages *pages; /* of the image: the candidate's, or own_pages */
	struct kernel_pages own_pages;
	struct landmarks landmarks; /* in its data, where its symbols name functions only */
	const struct vmcoreinfo *note; /* the kernel's own; NULL: there is none */
	uint64_t shift;		   /* run-time minus link-time address */
	uint64_t page_offset_base, vmalloc_base, vmemmap_base;
};

/* Takes the image of the chosen candidate, or reads it if the candidate did not keep it. The caller
 * gives *ret to kernel_deinit(), also after an error. For a kernel whose symbols name functions only
 * the caller then calls kernel_find_landmarks() (recover/kernel/data_landmarks.h).
 * Errors: ERR_SYSTEM. */
struct err *kernel_init(struct memory *m, const struct candidate *c, struct kernel *ret) MUST_CHECK;
void kernel_deinit(struct kernel *k);

/* The run-time address of a symbol. False: no address is known, or it is not clear. */
bool kernel_symbol(const struct kernel *k, const char *name, struct kaddr *ret);
/* What told the address, "export table"; NULL: the symbol table did. */
const char *kernel_symbol_source(const struct kernel *k, const char *name);
/* The address of the kernel's top-level page table. *name: the symbol. False: it has no symbol. */
bool kernel_page_table(const struct kernel *k, struct kaddr *ret, const char **name);

/* size bytes of the image at a run-time address, read if need be. NULL: they are not all in the image,
 * or cannot be read. */
const uint8_t *kernel_bytes(const struct kernel *k, struct kaddr at, size_t size);
/* The value of a variable of 8 or 4 bytes in the image. False: there is no such variable. */
bool kernel_u64(const struct kernel *k, const char *name, uint64_t *ret);
bool kernel_u32(const struct kernel *k, const char *name, uint32_t *ret);
/* Where a pointer into the image or the direct map leads. False: it leads elsewhere, or not to RAM. */
bool kernel_pointer(const struct kernel *k, uint64_t pointer, struct paddr *ret);

/* Whether the note's text starts where the kernel keeps its own: in the page that vmcoreinfo_data
 * points to (before 4.13 the text was in vmcoreinfo_data itself), or in the ELF note of
 * vmcoreinfo_note. */
bool kernel_keeps_note(const struct kernel *k, const struct vmcoreinfo *note);

/* The note that speaks of this very kernel in this very boot: the one that it keeps, or else one that
 * has its address. NULL: there is none. All others are traces of another kernel or boot. Appends a
 * line for each note to the report. */
const struct vmcoreinfo *kernel_find_note(const struct kernel *k, const struct candidates *all,
					  struct buf *report);

/* Settles what a reboot changes: into the facts of the file `boot`, and into k. Finds which of the
 * notes is the kernel's own, and appends lines for people to the report.
 * Errors: ERR_DATA: sources disagree, both are named; ERR_ABSENT: a value has no source. */
struct err *kernel_settle_boot(struct kernel *k, struct candidates *all, struct facts *boot,
			       struct buf *report) MUST_CHECK;

/* Settles what a reboot does not change, into the facts of the file `kernel`, after
 * kernel_settle_boot(). Errors: as above. */
struct err *kernel_settle_identity(const struct kernel *k, struct facts *facts) MUST_CHECK;

#endif
