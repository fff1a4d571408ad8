/* elf_symbols: where a process's program has its variables.
 *
 * Symbols are in .symtab, which no process maps, or in .dynsym. They are read from the
 * program's ELF file (walker/process/program.h).
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
