/* task: checks of one task_struct. */
#ifndef OFFSETS_FIT_TASK_H
#define OFFSETS_FIT_TASK_H

#include "offsets/fit/fit.h"

void fit_task(struct fit *f, const struct fit_object *t);
/* The same of init_task, the idle task of the first CPU, most of whose members are constants. */
void fit_init_task(struct fit *f, const struct fit_object *t);

#endif
