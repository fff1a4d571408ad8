/* recovery_contents: what we take out of the memory once the kernel is settled: its map of RAM, its types,
 * the symbols of its modules, its configuration.
 */
#ifndef RECOVER_RECOVERY_CONTENTS_H
#define RECOVER_RECOVERY_CONTENTS_H

#include "recover/recovered.h"

/* Fills in r->ram_map, btf, module_map and config_text. *hole: the PCI hole with which the source should
 * be read instead; unchanged if there is none.
 * Errors: ERR_SYSTEM; ERR_DATA: landmarks contradict each other. */
struct err *recovery_find_contents(struct recovery *r, uint64_t *hole) MUST_CHECK;

#endif
