/* page_cache: what the kernel holds of a file's content. */
#ifndef WALKER_PROCESS_PAGE_CACHE_H
#define WALKER_PROCESS_PAGE_CACHE_H

#include "walker/read/target.h"

/* Reads [offset, offset + size) of a struct file, as far as its pages are in
 * memory. *done: bytes before the first page that is not.
 *
 * Shape: file->f_mapping->i_pages, by page number, struct page in vmemmap (of a
 * large folio the first one, whose index tells where it begins).
 * Errors: ERR_DATA: nonsense on the way; ERR_SYSTEM. */
struct err *page_cache_read(struct target *t, struct kaddr file, uint64_t offset, void *to,
			    size_t size, size_t *done) MUST_CHECK;

#endif
