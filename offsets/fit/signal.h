/* signal: checks of what the threads of a process share: signal_struct. */
#ifndef OFFSETS_FIT_SIGNAL_H
#define OFFSETS_FIT_SIGNAL_H

#include "offsets/fit/fit.h"

void fit_signal(struct fit *f, const struct fit_object *task);

#endif
