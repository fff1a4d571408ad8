/* direct_map: the RAM that the kernel itself has mapped one to one, by its page tables.
 *
 * At page_offset_base the kernel maps all RAM, address 0 first, and nothing but RAM, in pages of 4 KiB
 * to 1 GiB. So the page tables are a map of RAM that no firmware table stands behind, and a second
 * opinion on e820. We walk them down to entries of 2 MiB: a table of 4 KiB pages counts as 2 MiB of RAM
 * and need not be read, and the result is exact to 2 MiB. Large pages also prove page_offset_base: each
 * must lie where the base says.
 * Source: init_mem_mapping() in arch/x86/mm/init.c.
 */
#ifndef RECOVER_SURVEY_DIRECT_MAP_H
#define RECOVER_SURVEY_DIRECT_MAP_H

#include "recover/survey/known_ram.h"
#include "x86/xlat.h"

struct direct_map {
	struct ram_map ram; /* what is mapped; owned */
	uint64_t agree;	    /* bytes of large pages that lie where `base` says */
	uint64_t disagree;  /* and of those that lie elsewhere */
	size_t tables;	    /* how many were read */
};

/* Reads the tables of [base, end), and makes each known RAM. The root of x must be known RAM already.
 * The caller gives *ret to direct_map_deinit(), also after an error.
 * Errors: ERR_DATA: a table cannot be RAM or cannot be read, or there are too many; ERR_SYSTEM. */
struct err *direct_map_walk(struct known_ram *known, const struct xlat *x, struct kaddr base,
			    struct kaddr end, struct direct_map *ret) MUST_CHECK;
void direct_map_deinit(struct direct_map *d);

#endif
