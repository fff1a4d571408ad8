/* known_ram: what of a live machine is known to be RAM so far, and why.
 *
 * A read outside RAM can bring a machine down, because some devices do not bear a read of their
 * registers. Before we know the machine's own map of RAM, we read only [0, 640 KiB), which is RAM in
 * every PC, and what page tables of the running kernel name. The memory source itself refuses
 * everything else. We never widen the RAM map of a source that came with one (a file, an operator's
 * map).
 */
#ifndef RECOVER_SURVEY_KNOWN_RAM_H
#define RECOVER_SURVEY_KNOWN_RAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "memory/memory.h"

#define PHYSICAL_END (UINT64_C(1) << 46) /* no x86-64 machine has more RAM than these 64 TiB */

struct known_ram {
	struct memory *memory; /* the caller's; its RAM map is always what is known */
	bool given;	       /* the source came with a RAM map */
	struct ram_map first;  /* the RAM map with which the source came */
	struct ram_map map;    /* what is known now */
	struct buf steps;      /* lines for people: what was added, and why */
};

/* The caller gives *ret to known_ram_deinit(). */
void known_ram_init(struct memory *m, struct known_ram *ret);
void known_ram_deinit(struct known_ram *k);

/* Gives the source back the RAM map with which it came. */
void known_ram_forget(struct known_ram *k);

/* Makes [at, at + size) known RAM, because of `why`. Adds nothing to the map of a source that came with
 * one. Errors: ERR_DATA: it cannot be RAM, or is outside the map that was given. */
struct err *known_ram_add(struct known_ram *k, struct paddr at, uint64_t size,
			  const char *why) MUST_CHECK;

/* Makes `all` the known RAM. Everything that was added before has to be in it.
 * Errors: ERR_DATA: something is not, naming it. */
struct err *known_ram_settle(struct known_ram *k, const struct ram_map *all) MUST_CHECK;

#endif
