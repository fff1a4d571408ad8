/* machine: the memory of a whole machine that runs a kernel, as far as the recovery looks: image
 * with symbol table, page tables, direct map, first task, note, e820 table, trampoline. Small and
 * made from nothing but what is written here, for tests that then change one thing of it.
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
#define MACHINE_FREED 0x280000 /* 512 KiB of nothing, still mapped writable */

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
	uint64_t low;	     /* its trampoline's page; 0: it has none. Real-mode code 0x3000 before */
	uint64_t real_mode;  /* where it thinks that code is; 0: at low - 0x3000 */
	uint64_t pages;	     /* 16 pages of its own: note at +0, ELF note at +0x1018, e820 at +0x2000 */
	const char *number;  /* of the build, "1", in the banner and the build id */
};

extern const struct machine_kernel machine_running, machine_running_4_15;

/* 48 MiB of RAM without anything in it, and with the running kernel. Owned by the caller. */
struct memory *machine_empty(void);
struct memory *machine_memory(void);
/* Puts one more kernel into it. */
void machine_put(struct memory *m, const struct machine_kernel *k);
/* Writes size bytes, which are at a multiple of 8 and as many. */
void machine_write(struct memory *m, uint64_t at, const void *bytes, size_t size);
/* Finds text `from` from `at` on and writes `to` over it; both of one length. */
void machine_patch(struct memory *m, uint64_t at, const char *from, const char *to);

#endif
