#include "walker/task/explore.h"

#include <stdlib.h>

#include "base/vec.h"
#include "walker/read/wave.h"
#include "walker/task/set.h"

/* The tasks known so far, and where the next ones may be. */
struct explore {
	struct task_set set;
	struct kaddr *ahead; /* owned: task_structs not read yet */
	size_t count, capacity;
	bool threads;
};

static void look_at(struct explore *x, struct kaddr at)
{
	if (kaddr_is_object(at) && !task_set_find(&x->set, at))
		*vec_add(x->ahead, x->count, x->capacity) = at;
}

/* Both neighbours of a task in the list of its link `own`: tasks that it links by `theirs`,
 * or the head. */
static void look_along(struct explore *x, const struct task *task, enum task_link own,
		       enum task_link theirs, struct kaddr head)
{
	if (task->next[own].v != head.v)
		look_at(x, task_of_link(task->next[own], theirs));
	if (task->prev[own].v != head.v)
		look_at(x, task_of_link(task->prev[own], theirs));
}

/* The neighbours of a task in all its lists. */
static void look_around(struct explore *x, const struct task *task)
{
	look_along(x, task, TASK_TASKS, TASK_TASKS, KADDR(0));
	look_along(x, task, TASK_CHILDREN, TASK_SIBLING, task_link_at(task, TASK_CHILDREN));
	look_along(x, task, TASK_SIBLING, TASK_SIBLING,
		   kaddr_add(task->real_parent, task_link_offset[TASK_CHILDREN]));
	if (x->threads)
		look_along(x, task, TASK_THREAD, TASK_THREAD, task_threads_head(task));
}

/* Tries all that is ahead: what can be read is a task, and has new neighbours. last: what
 * cannot is given up. */
static void explore_step(struct target *t, struct explore *x, bool last)
{
	struct kaddr *ahead = x->ahead;
	size_t count = x->count;

	x->ahead = NULL;
	x->count = x->capacity = 0;
	for (size_t i = 0; i < count; i++) {
		struct task task;
		struct err *e;

		if (task_set_find(&x->set, ahead[i]))
			continue;
		e = task_read(t, ahead[i], &task);
		if (!e)
			look_around(x, task_set_add(&x->set, &task));
		else if (!last)
			look_at(x, ahead[i]);
		err_discard(e);
	}
	free(ahead);
}

void task_explore(struct target *t, const struct task *init, bool threads)
{
	struct explore x = { .set = TASK_SET_INIT, .threads = threads };

	if (!t->wave)
		return;
	look_around(&x, task_set_add(&x.set, init));
	wave_begin(t->wave);
	while (x.count && x.set.count < TASK_PID_MAX) {
		explore_step(t, &x, false); /* notes what to read */
		wave_fetch(t->wave);
		explore_step(t, &x, true);
	}
	wave_end(t->wave);
	task_set_deinit(&x.set);
	free(x.ahead);
}
