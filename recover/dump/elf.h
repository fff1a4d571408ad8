/* dump_elf: the headers and notes of an ELF core of a machine's RAM.
 *
 * Shape: ELF header, program headers (PT_NOTE; a PT_LOAD of the kernel's image where it is mapped,
 * as /proc/vmcore has it: readers start with it; then a PT_LOAD for each range that is held: p_paddr
 * its address, p_vaddr where the kernel's direct map has it), notes: NT_PRSTATUS without registers
 * for each processor, VMCOREINFO. Where there are more program headers than there is room in
 * front, they are at the end of the file. What is not in a PT_LOAD is absent.
 * Source: System V ABI, chapter 5; fs/proc/vmcore.c; struct elf_prstatus in linux/elfcore.h.
 */
#ifndef RECOVER_DUMP_ELF_H
#define RECOVER_DUMP_ELF_H

#include "base/buf.h"
#include "recover/dump/layout.h"

struct dump_elf {
	const char *vmcoreinfo; /* text, or NULL */
	size_t vmcoreinfo_size;
	uint64_t page_offset_base; /* 0: not known; p_vaddr is 0 then */
	struct kaddr image;	   /* where the kernel's image is mapped, */
	struct ram_range image_ram; /* and the RAM that holds it; empty: not known */
};

/* Bytes to keep free in front of the RAM, for a map of so many ranges and some holes more. */
uint64_t dump_elf_room(const struct dump_elf *elf, size_t ranges);

/* front: what goes to the start of the file; end: what goes behind the RAM (mostly nothing).
 * held: which of the RAM is in the file. */
void dump_elf_headers(const struct dump_elf *elf, const struct dump_layout *layout,
		      const struct ram_map *held, struct buf *front, struct buf *end);

#endif
