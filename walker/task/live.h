/* task_live: all tasks of a machine that runs while we read it, in few round trips.
 *
 * The table of pids leads to all tasks at once, and of each only the parts that are wanted
 * are read (walker/task/raw.h). What the tasks say about their neighbours in the lists
 * costs nothing more. A task that only a list has, or only the table, was born or has
 * ended meanwhile: it is read once more. If list and table then still disagree, that is
 * a gap.
 */
#ifndef WALKER_TASK_LIVE_H
#define WALKER_TASK_LIVE_H

#include "walker/task/set.h"

/* Collects thread group leaders, with threads all others as well, into an empty set,
 * init_task first. Each has its ppid, and what is wanted but for what task_complete() adds.
 * Errors: ERR_ABSENT, ERR_DATA: there is no table of pids, or it leads nowhere;
 * ERR_SYSTEM. */
struct err *task_live_collect(struct target *t, bool threads, enum task_want want,
			      struct task_set *ret) MUST_CHECK;

#endif
