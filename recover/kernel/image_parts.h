/* image_parts: which pages of the kernel's image are mapped, and how.
 *
 * What the kernel does not map at all was freed after boot and may be any tenant's by now; what it
 * maps writable is at least not constant. Its symbol table, banner, BTF and configuration are in
 * what it maps neither writable nor executable, and are looked for nowhere else where a kernel has
 * such pages (CONFIG_STRICT_KERNEL_RWX).
 */
#ifndef RECOVER_KERNEL_IMAGE_PARTS_H
#define RECOVER_KERNEL_IMAGE_PARTS_H

#include "recover/kernel/pages.h"

/* A run of the image's pages with the same permissions. */
struct image_part {
	struct kaddr start, end;
	bool writable, no_execute;
};

struct image_parts {
	struct image_part *list; /* owned; in order */
	size_t count, capacity;
};

/* Adds pages behind those that are there. */
void image_parts_add(struct image_parts *p, const struct image_part *part);
void image_parts_deinit(struct image_parts *p);

/* As map->root has them; what is mapped to another place is left out. *ret is to be given to
 * image_parts_deinit(), also after an error.
 * Errors: ERR_DATA: the tables cannot be followed; ERR_SYSTEM. */
struct err *image_parts_of_map(struct memory *m, const struct kernel_map *map,
			       struct image_parts *ret) MUST_CHECK;

/* Whether there are constant parts: neither writable nor executable, and enough of them to hold a
 * symbol table. */
bool image_parts_have_constants(const struct image_parts *p);

/* Reads the constant parts; where there are none all, of which *constant tells.
 * Errors: ERR_SYSTEM. */
struct err *image_parts_read(const struct image_parts *p, struct kernel_pages *pages,
			     bool *constant) MUST_CHECK;

#endif
