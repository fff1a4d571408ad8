/* banner: the line by which a kernel says which one it is, "Linux version 6.1.0-18-amd64
 * (...) #1 SMP ...". The walker knows that of the one kernel that it was compiled for.
 *
 * Source: linux_banner in init/version.c; a newline ends it.
 */
#ifndef WALKER_READ_BANNER_H
#define WALKER_READ_BANNER_H

#include "walker/read/kread.h"

/* Appends the banner of the kernel that this walker is for, escaped. */
void banner_add_own(struct buf *b);

/* Appends what stands at linux_banner, without its newline. */
struct err *banner_read(struct kread *k, struct buf *b) MUST_CHECK;

/* Is this the banner of the kernel that this walker is for? Errors: as banner_other(). */
struct err *banner_check(const struct buf *found) MUST_CHECK;

/* The error, ERR_DATA, that says that another kernel is there, with both banners; or, if
 * `found` is not a banner at all, that. */
struct err *banner_other(const struct buf *found) MUST_CHECK;

/* Searches [at, at + size) of physical memory, the image of some kernel, for its banner.
 * Puts it into ret, which stays empty when there is none. Errors: as memory_read(). */
struct err *banner_search(struct memory *m, struct paddr at, uint64_t size,
			  struct buf *ret) MUST_CHECK;

#endif
