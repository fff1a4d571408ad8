/* config_image: a small machine whose page cache holds files: page tables, vmemmap, and for each
 * file an inode, a dentry and a tree. The test gives the text of the files.
 *
 *	CLEANUP(config_image_deinit) struct config_image i;
 *	config_image_init(&i);
 *	config_image_file(&i, "config-6.1.0-56-amd64", text, 1000, -1);
 */
#ifndef TESTS_LIB_CONFIG_IMAGE_H
#define TESTS_LIB_CONFIG_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory/memory.h"
#include "x86/xlat.h"

#define IMAGE_SIZE (UINT64_C(64) << 20)
#define IMAGE_DIRECT UINT64_C(0xffff888000000000)
#define IMAGE_VMEMMAP UINT64_C(0xffffea0000000000)
#define IMAGE_FILE_PAGES 64 /* of one file; one node of a tree */

struct config_image {
	uint8_t *bytes; /* IMAGE_SIZE; owned */
	struct memory *memory; /* owned */
	struct xlat kernel;
	uint64_t next_object; /* where the next inode goes */
	uint32_t mapping, compound_head; /* offsets in struct page: 24, 8 */
	unsigned int node_tag; /* 2; 1 as before 4.20 */
	const char *folder; /* of the next file: "boot" */
};

/* Where a file lies, for tests that spoil it. */
struct config_image_file {
	uint64_t mapping; /* virtual address */
	uint64_t node;	  /* of its tree: virtual address */
	uint64_t dentry;
	uint64_t pfns[IMAGE_FILE_PAGES];
	size_t count;
};

void config_image_init(struct config_image *i);
void config_image_deinit(struct config_image *i);

/* Puts text into pages pfn, pfn + step, ...; the last one ends in zeros. */
struct config_image_file config_image_file(struct config_image *i, const char *name,
					   const char *text, uint64_t pfn, int step);
/* Takes page `index` out of the cache: clears its struct page and its slot in the tree, and leaves
 * its bytes. */
void config_image_drop(struct config_image *i, const struct config_image_file *f, size_t index);

/* Another memory of the same bytes. The caller closes it before the image. */
struct memory *config_image_memory(const struct config_image *i);

void *config_image_at(struct config_image *i, uint64_t va);
uint8_t *config_image_page(struct config_image *i, uint64_t pfn);
void config_image_put(struct config_image *i, uint64_t va, uint64_t value);
/* Virtual address of the struct page. */
uint64_t config_image_struct(uint64_t pfn);

#endif
