/* task_live: all tasks of a machine that is read while it runs, in few round trips.
 *
 * The table of pids leads to all tasks at once, and of each only what is wanted
 * is read (walker/task/raw.h). What the tasks say about their neighbours in the
 * lists costs nothing more: a task that only a list knows, or only the table, was
 * born or has ended meanwhile, and is read once more; if the two still disagree
 * it is a gap.
 */
#ifndef WALKER_TASK_LIVE_H
#define WALKER_TASK_LIVE_H

#include "walker/task/set.h"

/* Collects thread group leaders, with threads all others as well, into an empty
 * set, init_task first; with their ppid, and what enum task_want names but for
 * task_complete().
 * Errors: ERR_ABSENT, ERR_DATA: there is no table of pids, or it leads nowhere;
 * ERR_SYSTEM. */
struct err *task_live_collect(struct target *t, bool threads, int want,
			      struct task_set *ret) MUST_CHECK;

#endif
