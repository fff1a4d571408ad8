/* task_lead: pointers that may lead to tasks of a machine that runs, and following them, many
 * in a vector.
 *
 * A lead comes from the table of pids or from a neighbour in a list. The task may have
 * ended since that was read, and its memory may be another's. So what is read there is
 * checked against the lead. If it is not the task that it should be, the lead is in doubt:
 * what it came from is read again.
 */
#ifndef WALKER_TASK_LEAD_H
#define WALKER_TASK_LEAD_H

#include "walker/task/pid_table.h"
#include "walker/task/set.h"

/* Where a task should be. */
struct task_lead {
	struct kaddr at;
	struct pid_entry entry; /* nr 0: a neighbour, not from the table */
	size_t from;		/* whose neighbour: number in the set */
};

struct task_leads {
	struct task_lead *list; /* owned */
	size_t count, capacity;
};

void task_leads_deinit(struct task_leads *l);
void task_leads_add(struct task_leads *l, const struct task_lead *lead);
/* Hands them on to the caller, and leaves l empty. */
struct task_leads task_leads_take(struct task_leads *l);

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

/* A thread nobody asked for. */
void task_search_add_other(struct task_search *x, struct kaddr at, uint32_t pid);

/* Follows all that is ahead, into the sets. A lead to what is not the task that it should
 * be goes to doubts. Errors: ERR_SYSTEM. */
struct err *task_leads_read(struct task_search *x) MUST_CHECK;

/* A gap: the lead was followed twice. */
void task_lead_give_up(struct task_search *x, const struct task_lead *lead);

#endif
