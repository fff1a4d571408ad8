/* identity: checks of who a task is: its credentials, and its struct pid. */
#ifndef OFFSETS_FIT_IDENTITY_H
#define OFFSETS_FIT_IDENTITY_H

#include "offsets/fit/fit.h"

/* Of init_task's, init_cred, every kernel has the same. */
void fit_cred(struct fit *f, const struct fit_object *task);
void fit_pid(struct fit *f, const struct fit_object *task);

#endif
