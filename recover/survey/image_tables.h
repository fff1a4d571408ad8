/* image_tables: the page tables that map the kernel's image, reached from the trampoline without
 * a read of anything that is not known to be RAM.
 *
 * The way down: the table behind entry 511 lies in the image's data, the next ones within 16 MiB of
 * it (arch/x86/kernel/head_64.S has them side by side). The one of level 2 counts only when its
 * large pages map, with one constant, an image that these very tables lie in. From then on what its
 * entries name is RAM: the tables of split pages, and the image.
 */
#ifndef RECOVER_SURVEY_IMAGE_TABLES_H
#define RECOVER_SURVEY_IMAGE_TABLES_H

#include "recover/kernel/image_parts.h"
#include "recover/survey/known_ram.h"
#include "recover/survey/trampoline.h"

struct image_tables {
	struct kernel_map map;
	struct image_parts parts; /* owned */
};

/* Walks down from a trampoline; adds the tables and the image to what is known to be RAM.
 * *ret is to be given to image_tables_deinit(), also after an error.
 * Errors: ERR_DATA: leads to no image, saying where it ended; ERR_SYSTEM. */
struct err *image_tables_walk(struct known_ram *known, const struct trampoline *t,
			      struct image_tables *ret) MUST_CHECK;
void image_tables_deinit(struct image_tables *t);

#endif
