/* task_explore: reads the task_structs of a live machine in a few vectors. */
#ifndef WALKER_TASK_EXPLORE_H
#define WALKER_TASK_EXPLORE_H

#include "walker/task/task.h"

/* At each step reads all tasks that those known point to, so that lists are read
 * from both ends and families side by side; what it read is remembered by
 * t->wave, and used when the lists are walked in earnest. Without a wave does
 * nothing. */
void task_explore(struct target *t, const struct task *init, bool threads);

#endif
