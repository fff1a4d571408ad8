/* pid_table: the kernel's table of all pids, which leads to every task in a few
 * steps however many there are.
 *
 * Shape: init_pid_ns.idr is an array (walker/read/xarray.h) by pid of struct pid, which
 * has the first task of each enum pid_type that it is the number of. Threads and
 * what lives in other pid namespaces stand in it too. Source: kernel/pid.c, 4.15.
 */
#ifndef WALKER_TASK_PID_TABLE_H
#define WALKER_TASK_PID_TABLE_H

#include "walker/read/target.h"

struct pid_entry {
	uint32_t nr;
	struct kaddr pid;    /* struct pid */
	struct kaddr task;   /* the thread that has this pid; 0: none has */
	bool leader;	     /* of its thread group, so that nr is a process's */
	bool unsure;	     /* up to 4.18: whether it leads a group, its tgid will tell */
	bool doubtful;	     /* its struct pid cannot be read, or says another nr */
};

struct pid_table {
	struct pid_entry *list; /* owned, by nr */
	size_t count, capacity;
};

#define PID_TABLE_INIT { NULL, 0, 0 }

void pid_table_deinit(struct pid_table *p);

/* Reads the table. What is missing in it is noted in t->notes, but for doubtful
 * entries. Entries without a task are in it.
 * Errors: ERR_ABSENT: where the table is is not known; ERR_DATA: it cannot be
 * read at all; ERR_SYSTEM. */
struct err *pid_table_read(struct target *t, struct pid_table *ret) MUST_CHECK;

/* Reads the entry of one pid. Errors: ERR_ABSENT: there is none, or the table is
 * not known; ERR_DATA; ERR_SYSTEM. */
struct err *pid_table_find(struct target *t, uint32_t nr, struct pid_entry *ret) MUST_CHECK;

/* The entry of nr in a table that was read, or NULL. */
const struct pid_entry *pid_table_entry(const struct pid_table *p, uint32_t nr);

#endif
