#include "walker/task/explore.h"

#include "offsets.h"
#include "base/alloc.h"
#include "walker/task/set.h"
#include "walker/read/wave.h"

/* What is known of the tasks so far, and where the next ones may be. */
struct explore {
	struct task_set set;
	struct kaddr *ahead; /* owned: task_structs not read yet */
	size_t count, capacity;
	bool threads;
};

static void look_at(struct explore *x, struct kaddr at)
{
	if (!kaddr_is_object(at) || task_set_find(&x->set, at))
		return;
	if (x->count == x->capacity) {
		x->capacity = x->capacity ? 2 * x->capacity : 64;
		x->ahead = xrealloc(x->ahead, x->capacity, sizeof(*x->ahead));
	}
	x->ahead[x->count++] = at;
}

/* Both neighbours in a list of tasks that are linked by `link` and end at head. */
static void look_along(struct explore *x, struct kaddr next, struct kaddr prev,
		       enum task_link link, struct kaddr head)
{
	if (next.v != head.v)
		look_at(x, KADDR(next.v - task_link_offset[link]));
	if (prev.v != head.v)
		look_at(x, KADDR(prev.v - task_link_offset[link]));
}

/* The neighbours of a task in all its lists. */
static void look_around(struct explore *x, const struct task *task)
{
	look_along(x, task->next[TASK_TASKS], task->prev[TASK_TASKS], TASK_TASKS, KADDR(0));
	look_along(x, task->next[TASK_CHILDREN], task->prev[TASK_CHILDREN], TASK_SIBLING,
		   task_link_at(task, TASK_CHILDREN));
	look_along(x, task->next[TASK_SIBLING], task->prev[TASK_SIBLING], TASK_SIBLING,
		   kaddr_add(task->real_parent, OFF_task_struct_children));
	if (x->threads)
		look_along(x, task->next[TASK_THREAD], task->prev[TASK_THREAD], TASK_THREAD,
			   kaddr_add(task->signal, OFF_signal_struct_thread_head));
}

/* Tries all that is ahead: what can be read is a task, with new neighbours. */
static void explore_step(struct target *t, struct explore *x, bool last)
{
	struct kaddr *ahead = x->ahead;
	size_t count = x->count;

	x->ahead = NULL;
	x->count = x->capacity = 0;
	for (size_t i = 0; i < count; i++) {
		struct task task;
		struct err *e = task_set_find(&x->set, ahead[i]) ?
					NULL : task_read(t, ahead[i], &task);

		if (!e && !task_set_find(&x->set, ahead[i]))
			look_around(x, task_set_add(&x->set, &task));
		else if (e && !last)
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
		explore_step(t, &x, false); /* notes what is to be read */
		wave_fetch(t->wave);
		explore_step(t, &x, true);
	}
	wave_end(t->wave);
	task_set_deinit(&x.set);
	free(x.ahead);
}
