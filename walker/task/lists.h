/* task_lists: tasks by the kernel's own lists, whole or torn.
 *
 * The list of all tasks is walked forward from init_task and, where it is torn, backward.
 * Every task found also names its children and siblings: that costs no further read, and
 * shows a task that the list hides.
 */
#ifndef WALKER_TASK_LISTS_H
#define WALKER_TASK_LISTS_H

#include "walker/task/set.h"

/* Adds all thread group leaders to the set, in which there is init_task, the first. Notes
 * what is torn or odd. Errors: ERR_SYSTEM. */
struct err *task_lists_walk(struct target *t, struct task_set *set) MUST_CHECK;

/* Adds the other threads of every leader in the set. Errors: ERR_SYSTEM. */
struct err *task_lists_add_threads(struct target *t, struct task_set *set) MUST_CHECK;

#endif
