/* memory: checks of address spaces and the areas in them. */
#ifndef OFFSETS_FIT_MEMORY_H
#define OFFSETS_FIT_MEMORY_H

#include "offsets/fit/fit.h"

void fit_memory(struct fit *f);

#endif
