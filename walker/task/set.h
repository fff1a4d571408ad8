/* task_set: tasks, each once, found by the addresses of their task_structs. */
#ifndef WALKER_TASK_SET_H
#define WALKER_TASK_SET_H

#include "base/map.h"
#include "walker/task/task.h"

struct task_set {
	struct task *tasks; /* owned; in the order they were added */
	size_t count, capacity;
	struct map by_address; /* number in tasks */
};

#define TASK_SET_INIT { NULL, 0, 0, MAP_INIT }

/* Leaves an empty set. */
void task_set_deinit(struct task_set *s);

/* The task at this address, or NULL. Owned by s, moves when s grows. */
struct task *task_set_find(const struct task_set *s, struct kaddr at);

/* Adds a task that is not in it; returns it as task_set_find() would. */
struct task *task_set_add(struct task_set *s, const struct task *task);

/* Some tasks of a set, such as those that have to be read again. */
struct task_some {
	struct task_set *set; /* the caller's */
	size_t *list;	      /* owned: numbers in set->tasks */
	size_t count, capacity;
};

void task_some_deinit(struct task_some *s);

#endif
