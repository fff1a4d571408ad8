/* tasks: which tasks are looked at, what their order says, and the checks of each. */
#ifndef OFFSETS_FIT_TASKS_H
#define OFFSETS_FIT_TASKS_H

#include "offsets/fit/fit.h"

/* Sets the tasks and the time of f, for the checks that follow. Errors: ERR_DATA: init_task cannot be read. */
struct err *fit_tasks(struct fit *f) MUST_CHECK;

#endif
