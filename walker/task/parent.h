/* task_parent: finds the parents of tasks whose real_parent was not read. */
#ifndef WALKER_TASK_PARENT_H
#define WALKER_TASK_PARENT_H

#include "walker/task/pid_table.h"
#include "walker/task/set.h"

/* Gives all tasks of the set but the first their ppid. The chain of siblings ends in the
 * parent; a task whose chain does not lead there is read again. table: the leaders of
 * threads. Notes what cannot be read as a gap. Errors: ERR_SYSTEM. */
struct err *task_parents_find(struct target *t, const struct pid_table *table,
			      struct task_set *set) MUST_CHECK;

#endif
