/* kernel_pages: the pages of a kernel's image, read when they are asked for.
 *
 * Bytes that were not asked for, and those that cannot be read, are zero.
 */
#ifndef RECOVER_KERNEL_PAGES_H
#define RECOVER_KERNEL_PAGES_H

#include "x86/kernel_map.h"

struct kernel_pages {
	struct memory *memory; /* the caller's */
	struct kernel_map map;
	uint8_t *bytes; /* [map.start, map.end); owned */
	size_t size;
	uint8_t *pages;	   /* of each one what is known of it; owned */
	size_t unreadable; /* pages */
	struct err *gone;  /* the source is; NULL as long as it is not */
};

/* Reads nothing yet. *ret is to be given to kernel_pages_deinit(). */
void kernel_pages_init(struct memory *m, const struct kernel_map *map, struct kernel_pages *ret);
void kernel_pages_deinit(struct kernel_pages *p);

/* [start, end) of the image, as far as it is in it, is read now, also again.
 * Errors: ERR_SYSTEM. */
struct err *kernel_pages_read(struct kernel_pages *p, struct kaddr start,
			      struct kaddr end) MUST_CHECK;

/* What was read of [start, end) is read again when it is asked for. */
void kernel_pages_forget(struct kernel_pages *p, struct kaddr start, struct kaddr end);

/* size bytes of it, read if need be; NULL: not all are in it, or they cannot be read (when the
 * source is gone that stays in `gone`). */
const uint8_t *kernel_pages_bytes(struct kernel_pages *p, struct kaddr at, size_t size);

#endif
