/* task_parent: the parents of tasks that were read without asking each for its own.
 */
#ifndef WALKER_TASK_PARENT_H
#define WALKER_TASK_PARENT_H

#include "walker/task/pid_table.h"
#include "walker/task/set.h"

/* Gives all tasks of the set but the first their ppid: by the chain of brothers, which
 * ends in the parent, or by asking. table: where the leaders of threads stand. What
 * cannot be read is noted as a gap. Errors: ERR_SYSTEM. */
struct err *task_parents_find(struct target *t, const struct pid_table *table,
			      struct task_set *set) MUST_CHECK;

#endif
