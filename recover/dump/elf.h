/* elf: the headers and notes of an ELF core of a machine's RAM.
 *
 * crash, drgn and makedumpfile read /proc/vmcore, in which a kdump kernel shows the memory of the kernel
 * that crashed. So we write what they know from there.
 *
 * Shape: ELF header, program headers, notes, RAM. Program headers: PT_NOTE; a PT_LOAD of the kernel's
 * image at the addresses where it is mapped, with which readers start; then a PT_LOAD for each range that
 * the file holds, with its address in p_paddr and that of the direct map in p_vaddr. RAM that is in no
 * PT_LOAD is absent. Notes: an NT_PRSTATUS without registers, and VMCOREINFO. If there is not room for
 * all program headers in front, they are at the end of the file.
 * Source: System V ABI, chapter 5; fs/proc/vmcore.c; struct elf_prstatus in linux/elfcore.h.
 */
#ifndef RECOVER_DUMP_ELF_H
#define RECOVER_DUMP_ELF_H

#include "base/buf.h"
#include "recover/dump/layout.h"

struct dump_elf {
	const char *vmcoreinfo; /* text, or NULL */
	size_t vmcoreinfo_size;
	uint64_t page_offset_base;  /* 0: not known; then p_vaddr is 0 */
	struct kaddr image;	    /* where the kernel's image is mapped, */
	struct ram_range image_ram; /* and the RAM that holds it; empty: not known */
};

/* How many bytes to leave free in front of the RAM, for a map of so many ranges and for holes in them. */
uint64_t dump_elf_room(const struct dump_elf *elf, size_t ranges);

/* front: receives what goes to the start of the file. end: receives what goes behind the RAM, mostly
 * nothing. held: the RAM that the file holds. */
void dump_elf_headers(const struct dump_elf *elf, const struct dump_layout *layout,
		      const struct ram_map *held, struct buf *front, struct buf *end);

#endif
