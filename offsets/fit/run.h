/* run: runs all checks: is a layout that of the kernel in memory?
 *
 * The checks read every structure of fields.def that can be reached from the kernel's symbols. They do
 * not look at every task but at some of each kind: the first of the list (the kernel's own, and process
 * 1), the last ones, and the first children of process 1 (what a machine starts when it boots). One
 * wrong offset makes invariants of its structure fail.
 */
#ifndef OFFSETS_FIT_RUN_H
#define OFFSETS_FIT_RUN_H

#include "offsets/fit/fit.h"

/* Checks everything that can be. Errors: ERR_DATA: not even the first task can be read; ERR_SYSTEM. */
struct err *fit_run(const struct layout *layout, struct live *live, struct fit *ret) MUST_CHECK;

#endif
