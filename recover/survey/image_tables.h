/* image_tables: the page tables that map the kernel's image, reached from the trampoline without a
 * read of anything but known RAM.
 *
 * Each table names the next one down, so we have to believe an entry before we can check where it leads.
 * Two things keep us from being led astray. The tables of the image are compiled into its data, side by
 * side (arch/x86/kernel/head_64.S): the one behind entry 511 of the trampoline, and the next ones within
 * 16 MiB of it. And the table of level 2 counts only if its large pages map, all with one phys_base, an
 * image in which these very tables lie. From then on all that its entries name is RAM: the tables of
 * split pages, and the image.
 *
 * 4 and 5 levels cannot be told apart by counting entries: with 5 levels the second table may have an
 * entry 510, too. So we try both shapes. In the right one nearly all large pages agree on phys_base, in
 * the wrong one they do not.
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

/* Walks down from a trampoline, and makes the tables and the image known RAM. The caller gives *ret to
 * image_tables_deinit(), also after an error.
 * Errors: ERR_DATA: the trampoline leads to no image, saying where the way ended; ERR_SYSTEM. */
struct err *image_tables_walk(struct known_ram *known, const struct trampoline *t,
			      struct image_tables *ret) MUST_CHECK;
void image_tables_deinit(struct image_tables *t);

#endif
