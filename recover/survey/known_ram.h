/* known_ram: what of a live machine is known to be RAM so far, and why.
 *
 * A read of what is no RAM can bring a machine down. So before its own map of RAM is known, only
 * [0, 640 KiB) is read, which is RAM in every PC, and what page tables of the running kernel name.
 * A source that came with its RAM map (a file, an operator's map) is never widened.
 */
#ifndef RECOVER_SURVEY_KNOWN_RAM_H
#define RECOVER_SURVEY_KNOWN_RAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "memory/memory.h"

#define PHYSICAL_END (UINT64_C(1) << 46) /* no x86-64 machine has more RAM than these 64 TiB */

struct known_ram {
	struct memory *memory; /* the caller's; its RAM map is kept at what is known */
	bool given;	       /* it came with its RAM map */
	struct ram_map first;  /* as it came */
	struct ram_map map;    /* what is known now */
	struct buf steps;      /* lines for people: what was added, and why */
};

/* *ret is to be given to known_ram_deinit(). */
void known_ram_init(struct memory *m, struct known_ram *ret);
void known_ram_deinit(struct known_ram *k);

/* Puts the source's RAM map back to how it came. */
void known_ram_forget(struct known_ram *k);

/* [at, at + size) is RAM, because `why` says so. Of a source that came with its map nothing
 * is added. Errors: ERR_DATA: cannot be RAM, or is outside the map that was given. */
struct err *known_ram_add(struct known_ram *k, struct paddr at, uint64_t size,
			  const char *why) MUST_CHECK;

/* All of the RAM is known. Everything that was added before has to be in it.
 * Errors: ERR_DATA: something is not, naming it and why it was RAM. */
struct err *known_ram_settle(struct known_ram *k, const struct ram_map *all) MUST_CHECK;

#endif
