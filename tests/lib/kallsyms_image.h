/* kallsyms_image: the image of a kernel that holds only a symbol table, in any layout that a kernel
 * has used. Written after scripts/kallsyms.c, and not after our decoder.
 */
#ifndef TESTS_LIB_KALLSYMS_IMAGE_H
#define TESTS_LIB_KALLSYMS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum image_addresses {
	IMAGE_ABSOLUTE,	       /* u64 */
	IMAGE_BASE,	       /* u32 from relative_base */
	IMAGE_ABSOLUTE_PERCPU, /* i32: negative from relative_base - 1, else as it is */
	IMAGE_PC,	       /* i32 from the entry itself */
};

struct image_symbol {
	uint64_t address;
	char type;
	const char *name;
};

struct image_layout {
	const char *kernels; /* which ones have it, for messages */
	enum image_addresses addresses;
	bool addresses_last; /* the order of 6.4 */
	unsigned word;	     /* bytes of num_syms and a marker */
	unsigned seq;	     /* bytes of an entry of seqs_of_names; 0: there is none */
	unsigned align;
	bool uncompressed;
};

/* Every layout there is. */
extern const struct image_layout image_layouts[];
extern const size_t image_layouts_count;

struct kernel_image {
	uint64_t va; /* of data[0] */
	struct buf data;
	/* where the tables are */
	size_t addresses, relative_base, num_syms, names, markers, token_table, token_index;
	size_t tables, end; /* all of them */
};

/* Builds an image of SIZE bytes for the run-time address va, with the tables at offset AT. The
 * symbols are sorted by address. If one is called linux_banner, "Linux version 0.0" stands there. */
struct kernel_image kernel_image_build(const struct image_layout *layout, uint64_t va, size_t size,
				       size_t at, const struct image_symbol *symbols,
				       size_t count);
void kernel_image_deinit(struct kernel_image *image);

/* COUNT symbols of an image at va, sorted by address: startup_64, _text, some per-CPU ones in the
 * layouts that have those at low addresses, functions, linux_banner, init_task, and _end at va +
 * size. The caller frees them with image_symbols_free(). */
struct image_symbol *image_symbols(const struct image_layout *layout, uint64_t va, size_t size,
				   size_t count);
void image_symbols_free(struct image_symbol *symbols, size_t count);

#endif
