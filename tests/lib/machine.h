/* machine: the memory of a machine that runs a kernel, as far as the recovery looks at it: the
 * image with its symbol table, page tables, direct map, first task, note, e820 table, trampoline.
 * All of it is made here. A test changes one thing in it.
 */
#ifndef TESTS_LIB_MACHINE_H
#define TESTS_LIB_MACHINE_H

#include "memory/memory.h"

#define MACHINE_LINK_BASE UINT64_C(0xffffffff81000000)
#define MACHINE_IMAGE_SIZE UINT64_C(0x600000)
#define MACHINE_PAGE_OFFSET UINT64_C(0xffff8a0000000000)
#define MACHINE_RELEASE "6.1.0-56-amd64"

/* Offsets in the image. */
#define MACHINE_TOP_TABLE 0x200000
#define MACHINE_VARIABLES 0x203000
#define MACHINE_BOOT_PARAMS 0x204000
#define MACHINE_TASK 0x205000
#define MACHINE_COMM (MACHINE_TASK + 0xbe0)
#define MACHINE_SYMBOLS 0x100000 /* their tables, and the banner: mapped read-only */
#define MACHINE_BANNER 0x1f0000
#define MACHINE_FREED 0x280000 /* 512 KiB of zeros, still mapped writable */

/* What differs between kernels. */
struct machine_style {
	const char *release;
	const char *banner; /* behind "Linux version RELEASE "; %s: the build's number */
	unsigned int layout; /* of symbols, in image_layouts[] */
	bool bases;	     /* variables tell page_offset, vmalloc, vmemmap (RANDOMIZE_MEMORY) */
	uint64_t page_offset, vmalloc, vmemmap;
	const char *note; /* what else its VMCOREINFO has; lines that end in \\n */
	bool build_id;	  /* it has one too */
	bool functions_only; /* the symbol table names no data */
};

/* 6.1 of Debian, and 4.15 of Ubuntu without RANDOMIZE_MEMORY. */
extern const struct machine_style machine_6_1, machine_4_15;
/* 6.1 without CONFIG_KALLSYMS_ALL and without modules. */
extern const struct machine_style machine_functions_only;

struct machine_kernel {
	const struct machine_style *style; /* NULL: 6.1 */
	uint64_t pa, va;     /* of the image */
	uint64_t low;	    /* the page of its trampoline, 0x3000 behind its real-mode code; 0: none */
	uint64_t real_mode; /* where its header says that code is; 0: at low - 0x3000 */
	uint64_t pages;	    /* 16 pages: note at +0, ELF note at +0x1018, e820 at +0x2000 */
	const char *number;  /* of the build, "1", in the banner and the build id */
};

extern const struct machine_kernel machine_running, machine_running_4_15;

/* 48 MiB of RAM: all zero, and with the running kernel in it. The caller owns them. */
struct memory *machine_empty(void);
struct memory *machine_memory(void);
/* Puts one more kernel into it. */
void machine_put(struct memory *m, const struct machine_kernel *k);
/* Writes size bytes; both `at` and size are multiples of 8. */
void machine_write(struct memory *m, uint64_t at, const void *bytes, size_t size);
/* Finds the text `from` behind `at` and writes `to`, which is as long, over it. */
void machine_patch(struct memory *m, uint64_t at, const char *from, const char *to);

#endif
