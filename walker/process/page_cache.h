/* page_cache: what the kernel holds in memory of a file's content. */
#ifndef WALKER_PROCESS_PAGE_CACHE_H
#define WALKER_PROCESS_PAGE_CACHE_H

#include "walker/read/target.h"

/* Reads [offset, offset + size) of a struct file up to the first page that is not in
 * memory. *done: bytes read.
 *
 * Shape: file->f_mapping->i_pages, an array by page number of struct page in vmemmap. For a
 * large folio it has the first struct page, whose index says where in the file it begins.
 * Errors: ERR_DATA: nonsense on the way; ERR_SYSTEM. */
struct err *page_cache_read(struct target *t, struct kaddr file, uint64_t offset, void *to,
			    size_t size, size_t *done) MUST_CHECK;

#endif
