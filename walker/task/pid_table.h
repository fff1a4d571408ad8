/* pid_table: the kernel's table of all pids. It leads to every task in a few steps, however
 * many there are.
 *
 * Shape: init_pid_ns.idr is an array (walker/read/xarray.h) of struct pid by number. A
 * struct pid has the first task of each enum pid_type whose number it is. The table also
 * has threads, and what lives in other pid namespaces. Source: kernel/pid.c, 4.15.
 */
#ifndef WALKER_TASK_PID_TABLE_H
#define WALKER_TASK_PID_TABLE_H

#include "walker/read/target.h"

struct pid_entry {
	uint32_t nr;
	struct kaddr pid;  /* struct pid */
	struct kaddr task; /* the thread that has this pid; 0: none has */
	bool leader;	   /* of its thread group, so that nr is a process's */
	bool unsure;	   /* up to 4.18: only its tgid says whether it leads a group */
	bool doubtful;	   /* its struct pid cannot be read, or says another nr */
};

struct pid_table {
	struct pid_entry *list; /* owned, by nr */
	size_t count, capacity;
};

#define PID_TABLE_INIT { NULL, 0, 0 }

void pid_table_deinit(struct pid_table *p);

/* Reads the table, entries without a task included. Notes in t->notes what is missing, but
 * for doubtful entries.
 * Errors: ERR_ABSENT: nothing says where the table is; ERR_DATA: it cannot be read at all;
 * ERR_SYSTEM. */
struct err *pid_table_read(struct target *t, struct pid_table *ret) MUST_CHECK;

/* Reads the entry of one pid. Errors: ERR_ABSENT: there is none, or nothing says where the
 * table is; ERR_DATA; ERR_SYSTEM. */
struct err *pid_table_find(struct target *t, uint32_t nr, struct pid_entry *ret) MUST_CHECK;

/* The entry of nr in a table that was read, or NULL. */
const struct pid_entry *pid_table_entry(const struct pid_table *p, uint32_t nr);

#endif
