/* page_cache: which file a page of memory belongs to, told by its struct page.
 *
 * Only the first words of three structures are used, at places that have not moved from 4.15 to
 * 7.x and are checked against each other at every step, for they are found without a layout:
 *
 *	struct page          mapping, then index; compound_head with bit 0 set in the pages of a
 *	                     large folio behind its first
 *	struct address_space host at 0; i_pages' root at 16
 *	xa_node              shift at 0 (one byte); 64 slots from 40
 *	struct dentry        ... d_parent, d_name.hash and .name, d_inode, d_iname: a short name is
 *	                     pointed to by the word 16 bytes before it, its inode by the word 8
 *	                     bytes before it, the folder's dentry by the word 32 bytes before it
 *
 * Source: include/linux/mm_types.h, fs.h, xarray.h (radix-tree.h before 4.20), dcache.h.
 */
#ifndef RECOVER_PARSE_PAGE_CACHE_H
#define RECOVER_PARSE_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x86/xlat.h"

/* Where struct page lies and how it is laid out; see struct config_text_hints. */
struct page_layout {
	uint64_t vmemmap_base;
	uint32_t size;
	uint32_t mapping; /* index follows 8 bytes later */
	uint32_t compound_head;
};

/* Reads vmemmap in whole pages and keeps the last one: neighbours cost nothing. */
struct page_cache {
	const struct xlat *kernel;
	struct page_layout layout;
	uint64_t held_at; /* virtual address of held[]; 0: nothing held */
	uint8_t held[4096];
};

/* kernel is the caller's and outlives pc. */
void page_cache_init(struct page_cache *pc, const struct xlat *kernel,
		     const struct page_layout *layout);

struct page_place {
	uint64_t mapping; /* of the file; 0: the page belongs to none */
	uint64_t index;	  /* in pages */
	bool known;	  /* there is a struct page */
};

/* Finds the file of the page at `at`. A page that is free, anonymous or without a struct page is
 * an answer (mapping 0). Errors: ERR_SYSTEM. */
struct err *page_cache_place(struct page_cache *pc, struct paddr at,
			     struct page_place *ret) MUST_CHECK;

#define PAGE_CACHE_NAME_MAX 40 /* bytes with the NUL */

/* The last two parts of a file's path: "config-6.1.0" in "boot", or in "/" at the top of its file
 * system. Any bytes but '/' and NUL may be in them; "" where one is long, or not known. */
struct page_cache_name {
	char file[PAGE_CACHE_NAME_MAX];
	char folder[PAGE_CACHE_NAME_MAX];
};

/* Finds the name of a file through its inode and dentry. Errors: ERR_SYSTEM. */
struct err *page_cache_name(struct page_cache *pc, uint64_t mapping,
			    struct page_cache_name *ret) MUST_CHECK;

/* Finds the pages of a file that are in memory, through its tree: at[i] gets the address of page
 * i, for i < count, and is left alone where there is none. Each is checked against its own struct
 * page. Errors: ERR_SYSTEM. */
struct err *page_cache_pages(struct page_cache *pc, uint64_t mapping, struct paddr *at,
			     size_t count) MUST_CHECK;

#endif
