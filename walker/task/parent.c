#include "walker/task/parent.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "walker/read/rehearse.h"

/* The sibling before a task in its family, or NULL: not known, or the parent's head. */
static struct task *sibling_before(const struct task_set *set, const struct task *task)
{
	struct kaddr link = task->prev[TASK_SIBLING];

	return link.v ? task_set_find(set, task_of_link(link, TASK_SIBLING)) : NULL;
}

/* The parent, by the chain of siblings, which ends in it; NULL: not known. The siblings on
 * the way have the same. */
static const struct task *parent_by_chain(const struct task_set *set, const struct task *task)
{
	for (size_t steps = 0; task && steps <= set->count; steps++) {
		struct kaddr head = task->prev[TASK_SIBLING];
		const struct task *parent = task_set_find(set, task->real_parent.v ?
				task->real_parent : task_of_link(head, TASK_CHILDREN));

		if (parent)
			return parent;
		task = sibling_before(set, task);
	}
	return NULL;
}

/* Gives all of a chain their parent, so that nobody walks it again. */
static void settle_chain(struct task_set *set, struct task *task)
{
	const struct task *parent = parent_by_chain(set, task);

	while (parent && task && !task->real_parent.v) {
		task->real_parent = parent->at;
		task = sibling_before(set, task);
	}
}

/* A thread's leader, whose parent is the thread's, too; NULL: not in the set. */
static struct task *leader_of(const struct pid_table *table, const struct task_set *set,
			      const struct task *task)
{
	const struct pid_entry *entry = pid_table_entry(table, task->tgid);

	return entry ? task_set_find(set, entry->task) : NULL;
}

/* Learns the real_parent of a task that was read without it. */
static void settle_parent(const struct pid_table *table, struct task_set *set, struct task *task)
{
	struct task *leader;

	if (task->real_parent.v)
		return;
	if (task->tgid == task->pid) {
		settle_chain(set, task);
		return;
	}
	leader = leader_of(table, set, task);
	if (!leader)
		return;
	settle_chain(set, leader);
	task->real_parent = leader->real_parent;
}

/* --- those whose parent is not in the set ----------------------------------------- */

/* Of these the parent is a thread that nobody asked for, or the chain was torn. */
static void rehearse_ppid(struct target *t, size_t i, void *arg)
{
	const struct task_some *o = arg;
	struct task task = o->set->tasks[o->list[i]];

	err_discard(task_read_ppid(t, &task));
}

static struct err *read_ppids(struct target *t, struct task_some *o)
{
	rehearse_each(t, o->count, rehearse_ppid, o);
	for (size_t i = 0; i < o->count; i++) {
		struct err *e = task_read_ppid(t, &o->set->tasks[o->list[i]]);

		if (err_is_fatal(e))
			return e;
		notes_gap_err(&t->notes, e);
	}
	return NULL;
}

struct err *task_parents_find(struct target *t, const struct pid_table *table, struct task_set *set)
{
	CLEANUP(task_some_deinit) struct task_some orphans = { .set = set };

	for (size_t i = 1; i < set->count; i++) {
		struct task *task = &set->tasks[i];
		const struct task *parent;

		settle_parent(table, set, task);
		parent = task_set_find(set, task->real_parent);
		if (parent)
			task->ppid = parent->tgid;
		else
			*vec_add(orphans.list, orphans.count, orphans.capacity) = i;
	}
	return read_ppids(t, &orphans);
}
