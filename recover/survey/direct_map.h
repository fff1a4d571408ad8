/* direct_map: the RAM that the kernel itself has mapped one to one, by its page tables.
 *
 * It maps RAM and nothing else there, in pieces of 4 KiB to 1 GiB. Looked at down to 2 MiB, so
 * that split pages cost nothing: what is returned is exact to 2 MiB.
 * Source: init_mem_mapping() in arch/x86/mm/init.c.
 */
#ifndef RECOVER_SURVEY_DIRECT_MAP_H
#define RECOVER_SURVEY_DIRECT_MAP_H

#include "recover/survey/known_ram.h"
#include "x86/xlat.h"

struct direct_map {
	struct ram_map ram;  /* what is mapped; owned */
	uint64_t agree;	     /* bytes of large pages that are where `base` says */
	uint64_t disagree;   /* and elsewhere */
	size_t tables;	     /* that were read */
};

/* Reads the tables of [base, end), each of which becomes known RAM. x: root in known RAM.
 * *ret is to be given to direct_map_deinit(), also after an error.
 * Errors: ERR_DATA: a table cannot be RAM or be read, there are too many; ERR_SYSTEM. */
struct err *direct_map_walk(struct known_ram *known, const struct xlat *x, struct kaddr base,
			    struct kaddr end, struct direct_map *ret) MUST_CHECK;
void direct_map_deinit(struct direct_map *d);

#endif
