/* pages: the pages of a kernel's image, read when somebody asks for them.
 *
 * Bytes that nobody asked for, or that cannot be read, are zero.
 */
#ifndef RECOVER_KERNEL_PAGES_H
#define RECOVER_KERNEL_PAGES_H

#include "x86/kernel_map.h"

struct kernel_pages {
	struct memory *memory; /* the caller's */
	struct kernel_map map;
	uint8_t *bytes; /* [map.start, map.end); owned */
	size_t size;
	uint8_t *pages;	   /* the state of each page; owned */
	size_t unreadable; /* pages */
	struct err *gone;  /* why the source is gone; NULL: it is not */
};

/* Reads nothing yet. The caller gives *ret to kernel_pages_deinit(). */
void kernel_pages_init(struct memory *m, const struct kernel_map *map, struct kernel_pages *ret);
void kernel_pages_deinit(struct kernel_pages *p);

/* Reads the pages of [start, end) that are in the image and that we have not tried to read before.
 * Errors: ERR_SYSTEM. */
struct err *kernel_pages_read(struct kernel_pages *p, struct kaddr start,
			      struct kaddr end) MUST_CHECK;

/* Makes the next who asks for a page of [start, end) read it again. */
void kernel_pages_forget(struct kernel_pages *p, struct kaddr start, struct kaddr end);

/* size bytes of the image, read if need be. NULL: they are not all in the image, or cannot be read. If
 * that is because the source is gone, p->gone keeps the error. */
const uint8_t *kernel_pages_bytes(struct kernel_pages *p, struct kaddr at, size_t size);

#endif
