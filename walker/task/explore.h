/* task_explore: reads the task_structs of a live machine in a few vectors. */
#ifndef WALKER_TASK_EXPLORE_H
#define WALKER_TASK_EXPLORE_H

#include "walker/task/task.h"

/* Reads at each step all tasks that those known point to: lists from both ends, families
 * side by side. t->wave then holds them, so that walking the lists costs no more round
 * trips. Without a wave does nothing. */
void task_explore(struct target *t, const struct task *init, bool threads);

#endif
