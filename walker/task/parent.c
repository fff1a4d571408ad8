#include "walker/task/parent.h"

#include <inttypes.h>

#include "offsets.h"
#include "base/alloc.h"
#include "walker/read/kread.h"
#include "walker/read/rehearse.h"

/* The parent by the chain of brothers, which ends in it; NULL: not known. Those
 * on the way have the same. */
static const struct task *parent_by_chain(const struct task_set *set, const struct task *task)
{
	for (size_t steps = 0; task && steps <= set->count; steps++) {
		struct kaddr link = task->prev[TASK_SIBLING];
		struct kaddr head = KADDR(link.v - OFF_task_struct_children);
		const struct task *parent = task_set_find(set, task->real_parent.v ?
									  task->real_parent : head);

		if (parent)
			return parent;
		task = link.v ? task_set_find(set, KADDR(link.v - OFF_task_struct_sibling)) : NULL;
	}
	return NULL;
}

/* Gives all of a chain their parent, so that nobody goes along it again. */
static void settle_chain(struct task_set *set, struct task *task)
{
	const struct task *parent = parent_by_chain(set, task);

	while (parent && task && !task->real_parent.v) {
		struct kaddr link = task->prev[TASK_SIBLING];

		task->real_parent = parent->at;
		task = task_set_find(set, KADDR(link.v - OFF_task_struct_sibling));
	}
}

/* The parent's process, where the set does not tell: it is a thread's. */
static struct err *read_ppid(struct target *t, struct task *task)
{
	struct kaddr parent = task->real_parent;
	struct err *e = NULL;

	if (!parent.v)
		e = kread_pointer(&t->kernel, kaddr_add(task->at, OFF_task_struct_real_parent),
				  &parent);
	if (!e)
		e = kread_u32(&t->kernel, kaddr_add(parent, OFF_task_struct_tgid), &task->ppid);
	if (!e)
		task->real_parent = parent;
	return err_in(e, "pid %" PRIu32 ": real_parent", task->pid);
}

struct orphans {
	struct task_set *set;
	size_t *list; /* indices into the set */
};

static void rehearse_ppid(struct target *t, size_t i, void *arg)
{
	const struct orphans *o = arg;
	struct task task = o->set->tasks[o->list[i]];

	err_discard(read_ppid(t, &task));
}

/* A thread's leader, whose parent is its own. */
static const struct task *leader_of(const struct pid_table *table, const struct task_set *set,
				    const struct task *task)
{
	const struct pid_entry *entry = pid_table_entry(table, task->tgid);

	return entry ? task_set_find(set, entry->task) : NULL;
}

struct err *task_parents_find(struct target *t, const struct pid_table *table, struct task_set *set)
{
	CLEANUP(free_ptr) size_t *list = xcalloc(set->count + 1, sizeof(*list));
	struct orphans o = { set, list };
	size_t count = 0;
	struct err *e = NULL;

	for (size_t i = 1; i < set->count; i++) {
		struct task *task = &set->tasks[i];
		const struct task *leader = task->tgid != task->pid ? leader_of(table, set, task) : NULL;
		const struct task *parent;

		if (leader && !task->real_parent.v) {
			settle_chain(set, task_set_find(set, leader->at));
			task->real_parent = leader->real_parent;
		} else if (!task->real_parent.v && task->tgid == task->pid) {
			settle_chain(set, task);
		}
		parent = task_set_find(set, task->real_parent);
		if (parent)
			task->ppid = parent->tgid;
		else
			list[count++] = i;
	}
	rehearse_each(t, count, rehearse_ppid, &o);
	for (size_t i = 0; i < count && !e; i++) {
		e = read_ppid(t, &set->tasks[list[i]]);
		if (e && err_code(e) != ERR_SYSTEM) {
			notes_gap_err(&t->notes, e);
			e = NULL;
		}
	}
	return e;
}
