/* task_lead: where the tasks of a machine that runs should be, and reading them there,
 * many in a vector. A lead to what is no such task is in doubt: what it came from has
 * to be asked again.
 */
#ifndef WALKER_TASK_LEAD_H
#define WALKER_TASK_LEAD_H

#include "walker/task/pid_table.h"
#include "walker/task/set.h"

/* Where a task should be. */
struct task_lead {
	struct kaddr at;
	struct pid_entry entry; /* nr 0: a neighbour, not in the table */
	size_t from;		/* whose neighbour: index into the set */
};

struct task_leads {
	struct task_lead *list; /* owned */
	size_t count, capacity;
};

/* What is known of the tasks so far. */
struct task_search {
	struct target *t;
	struct task_set *set;
	struct task_set others; /* threads nobody asked for: at and pid only */
	struct task_set fresh;	/* found by a neighbour, not looked up in the table yet */
	struct pid_table table;
	struct task_leads ahead, doubts;
	bool threads;
	uint32_t parts; /* of every task */
};

void task_search_deinit(struct task_search *x);

void task_leads_add(struct task_leads *l, const struct task_lead *lead);

/* A thread nobody asked for. */
void task_search_add_other(struct task_search *x, struct kaddr at, uint32_t pid);

/* Reads all that is ahead into the sets; leads to what is not the task it should be go
 * to doubts. Errors: ERR_SYSTEM. */
struct err *task_leads_read(struct task_search *x) MUST_CHECK;

/* A gap: the lead was followed twice. */
void task_lead_give_up(struct task_search *x, const struct task_lead *lead);

#endif
