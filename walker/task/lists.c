#include "walker/task/lists.h"

#include <inttypes.h>
#include <stdio.h>

/* A walk along one list. */
struct walk {
	struct target *t;
	struct task_set *set;
	const struct task_list *list;
	bool backward;
	const char *what;
	size_t added, torn; /* torn: members that do not point back */
};

/* Adds every member from the link `from` on. NULL: came back to the head. An error ends
 * the walk, and ERR_SYSTEM all work. */
static struct err *walk_list(struct walk *w, struct kaddr from)
{
	const enum task_link in = w->list->link;
	struct kaddr link = from, before = w->list->head;
	size_t steps = 0;

	while (link.v != w->list->head.v) {
		struct kaddr at = task_of_link(link, in);
		const struct task *task = task_set_find(w->set, at);

		if (w->set->count > TASK_PID_MAX)
			return err_new(ERR_DATA, "%s: longer than any list of tasks", w->what);
		if (!task) {
			struct task fresh;
			struct err *e = task_read(w->t, at, &fresh);

			if (e)
				return err_in(e, "%s", w->what);
			task = task_set_add(w->set, &fresh);
			w->added++;
		}
		/* each of them stands in it once */
		if (++steps > w->set->count)
			return err_new(ERR_DATA, "%s: runs in a circle", w->what);
		w->torn += (w->backward ? task->next : task->prev)[in].v != before.v;
		before = link;
		link = (w->backward ? task->prev : task->next)[in];
	}
	return NULL;
}

/* Walks a list forward, and backward only where that did not close. */
static struct err *walk_both_ways(struct target *t, struct task_set *set,
				  const struct task_list *list, const char *what)
{
	struct walk w = { .t = t, .set = set, .list = list, .what = what };
	struct err *e = walk_list(&w, list->next);

	if (!e && !w.torn)
		return NULL;
	if (err_is_fatal(e))
		return e;
	notes_gap_err(&t->notes, e);
	w.backward = true;
	w.added = 0;
	e = walk_list(&w, list->prev);
	if (err_is_fatal(e))
		return e;
	if (!e && w.added)
		notes_remark(&t->notes, "%s: %zu more found backward", what, w.added);
	if (w.torn)
		notes_remark(&t->notes, "%s: %zu of its members do not point back", what, w.torn);
	notes_gap_err(&t->notes, e);
	return NULL;
}

/* --- families ------------------------------------------------------------------- */

/* The list_head at `link` should be the TASK_SIBLING of a task, reached from the
 * list_head at `from`. Adds that task if it lives and is not known. */
static struct err *add_sibling(struct target *t, struct task_set *set, struct kaddr link,
			       struct kaddr from)
{
	struct kaddr at = task_of_link(link, TASK_SIBLING);
	struct task task = { .pid = 0 };
	struct err *e;

	if (link.v == from.v || task_set_find(set, at))
		return NULL;
	e = task_read(t, at, &task);
	if (err_is_fatal(e))
		return e;
	if (e || task.dead || (task.prev[TASK_SIBLING].v != from.v &&
			       task.next[TASK_SIBLING].v != from.v)) {
		err_discard(e);
		return NULL;
	}
	notes_remark(&t->notes, "pid %" PRIu32 " is not in the list of all tasks, but among the "
				"children of a task that is", task.pid);
	task_set_add(set, &task);
	return NULL;
}

/* Adds the neighbours of task i in its family that are not known. */
static struct err *check_family(struct target *t, struct task_set *set, size_t i)
{
	const struct task task = set->tasks[i];
	const struct kaddr parent = kaddr_add(task.real_parent, task_link_offset[TASK_CHILDREN]);
	const struct kaddr children = task_link_at(&task, TASK_CHILDREN);
	const struct kaddr sibling = task_link_at(&task, TASK_SIBLING);
	const struct {
		struct kaddr link, from, end; /* end: the head of the list */
	} around[] = {
		{ task.next[TASK_CHILDREN], children, children },
		{ task.prev[TASK_CHILDREN], children, children },
		{ task.next[TASK_SIBLING], sibling, parent },
		{ task.prev[TASK_SIBLING], sibling, parent },
	};

	for (size_t k = 0; k < sizeof(around) / sizeof(*around); k++) {
		struct err *e = NULL;

		if (around[k].link.v != around[k].end.v)
			e = add_sibling(t, set, around[k].link, around[k].from);
		if (e)
			return e;
	}
	return NULL;
}

struct err *task_lists_walk(struct target *t, struct task_set *set)
{
	const struct task_list all = task_list_of(&set->tasks[0], TASK_TASKS);
	struct err *e = walk_both_ways(t, set, &all, "list of all tasks");

	for (size_t i = 0; !e && i < set->count; i++)
		e = check_family(t, set, i);
	return e;
}

/* --- threads -------------------------------------------------------------------- */

static struct err *add_threads(struct target *t, struct task_set *set, const struct task *leader)
{
	struct task_list threads;
	char what[64];
	struct err *e = task_threads_read(t, leader, &threads);

	snprintf(what, sizeof(what), "threads of pid %" PRIu32, leader->pid);
	if (err_is_fatal(e))
		return e;
	if (e) {
		notes_gap_err(&t->notes, err_in(e, "%s", what));
		return NULL;
	}
	return walk_both_ways(t, set, &threads, what);
}

struct err *task_lists_add_threads(struct target *t, struct task_set *set)
{
	size_t leaders = set->count;

	for (size_t i = 0; i < leaders; i++) {
		const struct task leader = set->tasks[i]; /* the set moves */
		struct err *e = NULL;

		if (leader.signal.v && leader.sighand.v && leader.pid)
			e = add_threads(t, set, &leader);
		if (e)
			return e;
	}
	return NULL;
}
