/* task_neighbour: what the tasks that were found say about their neighbours in the lists.
 *
 * A neighbour that the table of pids does not have was born, or has ended, meanwhile:
 * it is read, and looked up in the table once more.
 */
#ifndef WALKER_TASK_NEIGHBOUR_H
#define WALKER_TASK_NEIGHBOUR_H

#include "walker/task/lead.h"

/* Follows neighbours, and theirs, a few times. Errors: ERR_SYSTEM. */
struct err *task_neighbours_follow(struct task_search *x) MUST_CHECK;

#endif
