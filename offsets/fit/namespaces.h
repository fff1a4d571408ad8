/* namespaces: checks of namespaces. The first of each kind is static and has a fixed number. */
#ifndef OFFSETS_FIT_NAMESPACES_H
#define OFFSETS_FIT_NAMESPACES_H

#include "offsets/fit/fit.h"

void fit_namespaces(struct fit *f);

#endif
