/* task_set: all tasks of a kernel, each once.
 *
 * Four roads lead to them: the list of all tasks, from init_task forward and,
 * where that is torn, backward; the children and siblings of every task found,
 * which cost no further reads and show a task that the list hides; and the table
 * of pids. A live machine is read by the table first (walker/task/live.h).
 */
#ifndef WALKER_TASK_SET_H
#define WALKER_TASK_SET_H

#include "walker/task/task.h"

struct task_set {
	struct task *tasks; /* owned; tasks[0] is init_task until they are sorted */
	size_t count, capacity;
	uint32_t *slots; /* hash of addresses: index + 1 into tasks, 0: free */
	size_t slot_count;
};

#define TASK_SET_INIT { NULL, 0, 0, NULL, 0 }

void task_set_deinit(struct task_set *s);

/* The task at this address, or NULL. Owned by s, moves when s grows. */
struct task *task_set_find(const struct task_set *s, struct kaddr at);

/* Adds a task that is not in it; returns it as task_set_find() would. */
struct task *task_set_add(struct task_set *s, const struct task *task);

/* Collects thread group leaders and, where threads is set, all other threads;
 * gives them their ppid and what is wanted (enum task_want), and sorts them by
 * pid. init_task is left out. What is missing or odd is noted in t->notes.
 * Errors: ERR_DATA when not even one task was found; ERR_SYSTEM. */
struct err *task_set_collect(struct target *t, bool threads, int want,
			     struct task_set *ret) MUST_CHECK;

/* The task (a leader, or any thread) with this pid, completed.
 * Errors: ERR_ABSENT. */
struct err *task_of_pid(struct target *t, uint32_t pid, struct task *ret) MUST_CHECK;

#endif
