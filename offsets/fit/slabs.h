/* slabs: checks of sizes that the kernel itself tells: of the objects of its slab caches, and in VMCOREINFO. */
#ifndef OFFSETS_FIT_SLABS_H
#define OFFSETS_FIT_SLABS_H

#include "offsets/fit/fit.h"

void fit_slabs(struct fit *f);
void fit_vmcoreinfo(struct fit *f);

#endif
