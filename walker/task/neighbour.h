/* task_neighbour: the tasks that others name as their neighbours in the lists.
 *
 * A neighbour that the table of pids lacked was born, or has ended, meanwhile: it is read,
 * and looked up in the table once more.
 */
#ifndef WALKER_TASK_NEIGHBOUR_H
#define WALKER_TASK_NEIGHBOUR_H

#include "walker/task/lead.h"

/* Follows the neighbours of all tasks, and theirs, a few times. Errors: ERR_SYSTEM. */
struct err *task_neighbours_follow(struct task_search *x) MUST_CHECK;

#endif
