/* elf_symbols: where a process's program has its variables.
 *
 * The program's ELF file is read from the page cache, or where the cache lacks
 * a page, from the process's own mappings of it. Symbols are in .symtab, which
 * no process maps, or in .dynsym. A position-independent program's addresses
 * are moved by the difference of where its first segment was linked and is.
 */
#ifndef WALKER_PROCESS_ELF_SYMBOLS_H
#define WALKER_PROCESS_ELF_SYMBOLS_H

#include "walker/process/process.h"

struct elf_symbol {
	uint64_t address; /* in the process */
	uint64_t size;	  /* 0: the file does not say */
};

/* The variable (or function) of this name in the program of p.
 * Errors: ERR_ABSENT: no such symbol, or no symbol table in memory; ERR_DATA:
 * several of that name, thread-local, or no 64-bit ELF file. */
struct err *elf_symbol_find(struct target *t, const struct process *p, const char *name,
			    struct elf_symbol *ret) MUST_CHECK;

#endif
