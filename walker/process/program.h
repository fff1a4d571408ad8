/* program: the ELF file that a process runs, and by how much its addresses were moved.
 *
 * The file is read from the page cache or, where the cache lacks a page, from the process's
 * own mappings of it.
 *
 * A position-independent program lies elsewhere in each process. The difference between
 * where it lies and where it was linked to is its bias. The kernel tells it: execve()
 * leaves in the auxiliary vector where the program headers are in memory (AT_PHDR), and the
 * file says where they were linked to. The mappings alone do not tell: a process may have
 * mapped, or moved, a part of its file a second time, below the first.
 *
 * The vector is in mm->saved_auxv, and a process can replace it (PR_SET_MM_MAP). So it
 * counts only if it leads to the program headers in a mapping of the program's own file.
 * Otherwise the first segment counts that is mapped anywhere.
 *
 * Source: create_elf_tables() and load_elf_binary() in fs/binfmt_elf.c.
 */
#ifndef WALKER_PROCESS_PROGRAM_H
#define WALKER_PROCESS_PROGRAM_H

#include <elf.h>

#include "walker/process/process.h"

struct program {
	struct target *t;
	const struct process *p; /* the caller's */
	struct kaddr file;	 /* struct file */
	Elf64_Ehdr header;
	uint64_t bias; /* address in the process = address in the file + bias */
};

/* Errors: ERR_ABSENT: the program is not mapped, or not in memory; ERR_DATA: no 64-bit ELF
 * file, or none of its segments is mapped; ERR_SYSTEM. */
struct err *program_open(struct target *t, const struct process *p,
			 struct program *ret) MUST_CHECK;

/* Reads [offset, offset + size) of the file. Errors: ERR_ABSENT: not all of it is in memory. */
struct err *program_read(const struct program *prog, uint64_t offset, void *to,
			 size_t size) MUST_CHECK;

#endif
