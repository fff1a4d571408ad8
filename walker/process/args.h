/* args: the arguments of processes, one by one or of a whole set. */
#ifndef WALKER_PROCESS_ARGS_H
#define WALKER_PROCESS_ARGS_H

#include "base/buf.h"
#include "walker/task/set.h"

struct args {
	struct buf *list; /* owned: of each task of the set, in its order; or NULL */
	size_t count;
};

#define ARGS_INIT { NULL, 0 }

void args_deinit(struct args *a);

/* Puts the arguments of a task, with a NUL after each, into b, which is cleared first. A
 * kernel thread has none, nor has a task that has ended. Notes in t->notes what is missing.
 * Errors: ERR_SYSTEM. */
struct err *args_read(struct target *t, const struct task *task, struct buf *b) MUST_CHECK;

/* Of a live machine: those of all tasks at once. Where some are missing, the task may have
 * ended or become another program: it is read again, and then its arguments, twice at
 * most. Of a dump does nothing. Errors: ERR_SYSTEM. */
struct err *args_collect(struct target *t, struct task_set *set, struct args *ret) MUST_CHECK;

#endif
