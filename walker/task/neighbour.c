#include "walker/task/neighbour.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "walker/read/rehearse.h"
#include "walker/read/wave.h"

#define ROUNDS 8 /* of neighbours' neighbours that the table lacks */

static bool is_known(const struct task_search *x, struct kaddr at)
{
	return task_set_find(x->set, at) || task_set_find(&x->others, at);
}

/* The task that a link leads to, if it is not known; 0: it is, or the link was not read.
 * own: the list_head that was read, which points to itself when the list is empty. */
static struct kaddr unknown_at(const struct task_search *x, struct kaddr link, enum task_link in,
			       struct kaddr own)
{
	struct kaddr at = task_of_link(link, in);

	if (!link.v || link.v == own.v || is_known(x, at))
		return KADDR(0);
	/* the last of a family points to the head, in the parent */
	if (in == TASK_SIBLING && is_known(x, task_of_link(link, TASK_CHILDREN)))
		return KADDR(0);
	return at;
}

/* The first neighbour of a task that is not known; 0: all are. */
static struct kaddr unknown_neighbour(const struct task_search *x, const struct task *task)
{
	const struct kaddr children = task_link_at(task, TASK_CHILDREN);
	const struct kaddr sibling = task_link_at(task, TASK_SIBLING);
	const struct kaddr tasks = task_link_at(task, TASK_TASKS);
	const struct {
		struct kaddr link;
		enum task_link in;
		struct kaddr own;
	} around[] = {
		{ task->prev[TASK_SIBLING], TASK_SIBLING, sibling },
		{ task->next[TASK_SIBLING], TASK_SIBLING, sibling },
		{ task->prev[TASK_CHILDREN], TASK_SIBLING, children },
		{ task->next[TASK_CHILDREN], TASK_SIBLING, children },
		{ task->prev[TASK_TASKS], TASK_TASKS, tasks },
		{ task->next[TASK_TASKS], TASK_TASKS, tasks },
	};

	/* other threads are in no list but that of their group */
	if (task->tgid != task->pid)
		return KADDR(0);
	for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++) {
		struct kaddr at = unknown_at(x, around[i].link, around[i].in, around[i].own);

		if (at.v)
			return at;
	}
	return KADDR(0);
}

/* Makes leads of the neighbours that are not known, of tasks from `first` on. */
static void look_beyond(struct task_search *x, size_t first)
{
	for (size_t i = first; i < x->set->count; i++) {
		struct task_lead lead = { .at = unknown_neighbour(x, &x->set->tasks[i]), .from = i };

		if (lead.at.v)
			task_leads_add(&x->ahead, &lead);
	}
}

struct again {
	struct task_search *x;
	const struct task_leads *doubts;
};

/* Reads what is wanted of every task again, its links with it. */
static struct err *read_again(struct task_search *x, struct kaddr at, struct task *ret)
{
	return task_read_parts(x->t, at, x->parts | TASK_PART(REAL_PARENT), ret);
}

static void rehearse_again(struct target *t, size_t i, void *arg)
{
	const struct again *a = arg;
	struct task task;

	(void)t;
	err_discard(read_again(a->x, a->x->set->tasks[a->doubts->list[i].from].at, &task));
}

/* A neighbour was no task. That is a gap, unless the list has changed since, or what looked
 * like a neighbour is the head of the list, in a parent that is not known. */
static struct err *doubt_neighbour(struct task_search *x, const struct task_lead *lead)
{
	struct task fresh, *task = &x->set->tasks[lead->from];
	struct err *e = read_again(x, task->at, &fresh);
	struct kaddr at;

	if (err_is_fatal(e))
		return e;
	if (e || fresh.thread_pid.v != task->thread_pid.v) {
		err_discard(e); /* it has ended */
		return NULL;
	}
	memcpy(task->next, fresh.next, sizeof(task->next));
	memcpy(task->prev, fresh.prev, sizeof(task->prev));
	task->real_parent = fresh.real_parent;
	at = unknown_neighbour(x, task);
	if (at.v == lead->at.v && at.v + task_link_offset[TASK_SIBLING] !=
					  fresh.real_parent.v + task_link_offset[TASK_CHILDREN])
		task_lead_give_up(x, lead);
	return NULL;
}

static struct err *doubt_neighbours(struct task_search *x)
{
	CLEANUP(task_leads_deinit) struct task_leads doubts = task_leads_take(&x->doubts);
	struct again again = { x, &doubts };
	struct err *e = NULL;

	rehearse_each(x->t, doubts.count, rehearse_again, &again);
	for (size_t i = 0; i < doubts.count && !e; i++)
		e = doubt_neighbour(x, &doubts.list[i]);
	wave_forget(x->t->wave);
	return e;
}

/* Does a task still have its pid, and has not begun to end? */
static struct err *is_alive(struct target *t, const struct task *task, bool *ret)
{
	struct task now;
	struct err *e = task_read_parts(t, task->at, TASK_PART(THREAD_PID) | TASK_PART(FLAGS) |
					TASK_PART(COMM) | TASK_PART(COMM_REST), &now);

	if (err_is_fatal(e))
		return e;
	*ret = !e && now.thread_pid.v == task->thread_pid.v && !now.exiting;
	err_discard(e);
	return NULL;
}

/* --- neighbours the table lacked ------------------------------------------------ */

static void rehearse_fresh(struct target *t, size_t i, void *arg)
{
	const struct task_search *x = arg;
	struct pid_entry entry;

	err_discard(pid_table_find(t, x->fresh.tasks[i].pid, &entry));
}

/* Adds a task that a list has and the table lacked, if the table has it now or it lives. */
static struct err *check_fresh(struct task_search *x, const struct task *task)
{
	struct pid_entry entry = { .nr = 0 };
	const struct task *owner;
	bool alive = false;
	struct err *e = pid_table_find(x->t, task->pid, &entry);

	if (err_is_fatal(e))
		return e;
	if (!e && entry.task.v == task->at.v) {
		task_set_add(x->set, task);
		return NULL;
	}
	err_discard(e);
	/* a copy of its parent that has no pid of its own yet */
	owner = task_set_find(x->set, entry.task);
	if (owner && owner->pid == task->pid)
		return NULL;
	e = is_alive(x->t, task, &alive);
	if (e || !alive)
		return e;
	notes_remark(&x->t->notes, "pid %" PRIu32 " is in a list of tasks, but not in the table "
				   "of pids", task->pid);
	task_set_add(x->set, task);
	return NULL;
}

static struct err *check_all_fresh(struct task_search *x)
{
	struct err *e = NULL;

	rehearse_each(x->t, x->fresh.count, rehearse_fresh, x);
	for (size_t i = 0; i < x->fresh.count && !e; i++)
		if (!task_set_find(x->set, x->fresh.tasks[i].at))
			e = check_fresh(x, &x->fresh.tasks[i]);
	task_set_deinit(&x->fresh);
	wave_forget(x->t->wave);
	return e;
}

/* Follows the leads that are ahead, and what comes of them. */
static struct err *follow_leads(struct task_search *x)
{
	struct err *e = task_leads_read(x);

	if (e)
		return e;
	if (x->doubts.count) {
		e = doubt_neighbours(x);
		if (e)
			return e;
	}
	return x->fresh.count ? check_all_fresh(x) : NULL;
}

struct err *task_neighbours_follow(struct task_search *x)
{
	size_t first = 0;

	for (int round = 0; round < ROUNDS; round++) {
		size_t before = x->set->count;
		struct err *e;

		look_beyond(x, first);
		if (!x->ahead.count)
			return NULL;
		e = follow_leads(x);
		if (e)
			return e;
		if (x->set->count == before)
			return NULL;
		first = before;
	}
	return NULL;
}
