/* page_cache: which file a page of memory belongs to, as its struct page tells.
 *
 * A file's pages lie scattered over RAM. Each has a struct page in the array at vmemmap_base, which
 * points to the file's address_space and has the page's number in the file; the address_space leads
 * to a tree of all pages and to the inode, and the inode to the name. We walk these structures before
 * anybody has compiled the kernel's headers, so we use only members whose places have not moved from
 * 4.15 to 7.x, or that VMCOREINFO tells, and check them against each other at every step:
 *
 *	struct page          mapping, then index; compound_head with bit 0 set in each page of a
 *	                     large folio but the first
 *	struct address_space host at 0; the root of i_pages at 16
 *	xa_node              shift at 0 (one byte); 64 slots from 40
 *	struct dentry        ... d_parent, d_name.hash and .name, d_inode, d_iname: the word 16
 *	                     bytes before a short name points to it, the word 8 bytes before it to
 *	                     the inode, and the word 32 bytes before it to the folder's dentry
 *
 * Source: include/linux/mm_types.h, fs.h, xarray.h (radix-tree.h before 4.20), dcache.h.
 */
#ifndef RECOVER_PARSE_PAGE_CACHE_H
#define RECOVER_PARSE_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x86/xlat.h"

/* Where the array of struct page lies and how one is laid out; see struct config_text_hints. */
struct page_layout {
	uint64_t vmemmap_base;
	uint32_t size;
	uint32_t mapping; /* index follows 8 bytes later */
	uint32_t compound_head;
};

/* Reads vmemmap in whole pages and keeps the last one, so that neighbours cost nothing. */
struct page_cache {
	const struct xlat *kernel;
	struct page_layout layout;
	uint64_t held_at; /* virtual address of held[]; 0: nothing is held */
	uint8_t held[4096];
};

/* kernel is the caller's and outlives pc. */
void page_cache_init(struct page_cache *pc, const struct xlat *kernel,
		     const struct page_layout *layout);

struct page_place {
	uint64_t mapping; /* of the file; 0: the page belongs to no file */
	uint64_t index;	  /* in pages */
	bool known;	  /* there is a struct page */
};

/* Finds the file of the page at `at`. That the page is free, anonymous or without a struct page is an
 * answer (mapping 0), not an error. Errors: ERR_SYSTEM. */
struct err *page_cache_place(struct page_cache *pc, struct paddr at,
			     struct page_place *ret) MUST_CHECK;

#define PAGE_CACHE_NAME_MAX 40 /* bytes with the NUL */

/* The last two parts of a file's path: "config-6.1.0" in "boot", or in "/" at the top of its file
 * system. They may have any bytes but '/' and NUL. "": a name is too long to stand in the dentry, or
 * not known. */
struct page_cache_name {
	char file[PAGE_CACHE_NAME_MAX];
	char folder[PAGE_CACHE_NAME_MAX];
};

/* Finds the name of a file through its inode and dentry. Errors: ERR_SYSTEM. */
struct err *page_cache_name(struct page_cache *pc, uint64_t mapping,
			    struct page_cache_name *ret) MUST_CHECK;

/* Finds the pages of a file that are in memory, through its tree, and checks each against its own
 * struct page. at[i] gets the address of page i, for i < count, and keeps its value where page i is
 * not in memory. Errors: ERR_SYSTEM. */
struct err *page_cache_pages(struct page_cache *pc, uint64_t mapping, struct paddr *at,
			     size_t count) MUST_CHECK;

#endif
