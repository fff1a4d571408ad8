/* image_parts: which pages of the kernel's image are mapped, and how.
 *
 * After boot the kernel frees its init section. It no longer maps these pages, and any tenant may have
 * them by now. What it maps writable may change. Symbol table, banner, BTF and configuration are
 * constants: a kernel with CONFIG_STRICT_KERNEL_RWX maps them neither writable nor executable, and in
 * such a kernel we search for them in those pages alone.
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

/* Adds pages. They lie behind all that were added before. */
void image_parts_add(struct image_parts *p, const struct image_part *part);
void image_parts_deinit(struct image_parts *p);

/* Reads from the page tables at map->root how the image is mapped. Leaves out pages that are mapped to
 * another place than the image's. The caller gives *ret to image_parts_deinit(), also after an error.
 * Errors: ERR_DATA: the tables cannot be followed; ERR_SYSTEM. */
struct err *image_parts_of_map(struct memory *m, const struct kernel_map *map,
			       struct image_parts *ret) MUST_CHECK;

/* Whether there are constant parts: neither writable nor executable, and enough of them to hold a
 * symbol table. */
bool image_parts_have_constants(const struct image_parts *p);

/* Reads the constant parts, or all parts where none is constant. *constant: which of the two.
 * Errors: ERR_SYSTEM. */
struct err *image_parts_read(const struct image_parts *p, struct kernel_pages *pages,
			     bool *constant) MUST_CHECK;

#endif
