/* task_collect: all tasks of a kernel, or the one with a pid.
 *
 * Four sources lead to tasks: the list of all tasks, the lists of children, the lists of
 * threads (walker/task/lists.h), and the table of pids (walker/task/pid_table.h). A dump
 * is read by the lists, and what only the table has is added. A live machine is read by the
 * table, which needs few round trips (walker/task/live.h), and by the lists only if the
 * table leads nowhere.
 */
#ifndef WALKER_TASK_COLLECT_H
#define WALKER_TASK_COLLECT_H

#include "walker/task/set.h"

/* Collects thread group leaders and, where threads is set, all other threads into an empty
 * set, each with its ppid and what is wanted, sorted by pid. init_task is left out. What is
 * missing or odd is noted in t->notes.
 * Errors: ERR_DATA when not even one task was found; ERR_SYSTEM. */
struct err *task_set_collect(struct target *t, bool threads, enum task_want want,
			     struct task_set *ret) MUST_CHECK;

/* The task (a leader, or any thread) with this pid, completed.
 * Errors: ERR_ABSENT. */
struct err *task_of_pid(struct target *t, uint32_t pid, struct task *ret) MUST_CHECK;

#endif
