#include "walker/task/neighbour.h"

#include <inttypes.h>
#include <string.h>

#include "walker/read/rehearse.h"
#include "walker/task/raw.h"
#include "walker/read/wave.h"

#define ROUNDS 8 /* neighbours of neighbours ... that the table lacks */

static bool is_known(const struct task_search *x, struct kaddr at)
{
	return task_set_find(x->set, at) || task_set_find(&x->others, at);
}

/* Where the task of a link must be that nobody knows; 0: it is known, or was not
 * read. own: the head of the list, or the link itself, where nothing is to find. */
static struct kaddr unknown_at(const struct task_search *x, struct kaddr link, enum task_link in,
			       struct kaddr own)
{
	struct kaddr at = KADDR(link.v - task_link_offset[in]);

	if (!link.v || link.v == own.v || is_known(x, at))
		return KADDR(0);
	/* the last of its family points to the head, in its parent */
	if (in == TASK_SIBLING && is_known(x, KADDR(link.v - OFF_task_struct_children)))
		return KADDR(0);
	return at;
}

/* The first neighbour of a task that is not known; 0: none. */
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

	/* threads are in no list but that of their group */
	for (size_t i = 0; i < sizeof(around) / sizeof(*around) && task->tgid == task->pid; i++) {
		struct kaddr at = unknown_at(x, around[i].link, around[i].in, around[i].own);

		if (at.v)
			return at;
	}
	return KADDR(0);
}

/* Neighbours nobody knows become leads, of tasks from `first` on. */
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

/* Reads a task's links again, and what is to be read of every task. */
static struct err *read_again(struct task_search *x, struct kaddr at, struct task *ret)
{
	struct task_raw raw = { .have = 0 };
	struct err *e = task_raw_read(x->t, at, x->parts | TASK_PART(REAL_PARENT), &raw);

	return e ? e : task_of_raw(at, &raw, ret);
}

static void rehearse_again(struct target *t, size_t i, void *arg)
{
	const struct again *a = arg;
	struct task task;

	(void)t;
	err_discard(read_again(a->x, a->x->set->tasks[a->doubts->list[i].from].at, &task));
}

/* A neighbour was no task: unless the list has changed since, or its end is in a
 * parent that is not known, that is a gap. */
static struct err *doubt_neighbour(struct task_search *x, const struct task_lead *lead)
{
	struct task fresh, *task = &x->set->tasks[lead->from];
	struct err *e = read_again(x, task->at, &fresh);
	struct kaddr at;

	if (e || fresh.thread_pid.v != task->thread_pid.v) {
		bool fatal = e && err_code(e) == ERR_SYSTEM;

		if (fatal)
			return e;
		err_discard(e); /* it has ended */
		return NULL;
	}
	memcpy(task->next, fresh.next, sizeof(task->next));
	memcpy(task->prev, fresh.prev, sizeof(task->prev));
	task->real_parent = fresh.real_parent;
	at = unknown_neighbour(x, task);
	if (at.v == lead->at.v &&
	    at.v + OFF_task_struct_sibling != fresh.real_parent.v + OFF_task_struct_children)
		task_lead_give_up(x, lead);
	return NULL;
}

static struct err *doubt_neighbours(struct task_search *x)
{
	struct task_leads doubts = x->doubts;
	struct err *e = NULL;

	x->doubts = (struct task_leads){ NULL, 0, 0 };
	rehearse_each(x->t, doubts.count, rehearse_again, &(struct again){ x, &doubts });
	for (size_t i = 0; i < doubts.count && !e; i++)
		e = doubt_neighbour(x, &doubts.list[i]);
	free(doubts.list);
	wave_forget(x->t->wave);
	return e;
}

/* Whether a task still has its pid, and does not end. */
static struct err *is_alive(struct target *t, const struct task *task, bool *ret)
{
	struct task_raw raw = { .have = 0 };
	struct task now;
	struct err *e = task_raw_read(t, task->at, TASK_PART(THREAD_PID) | TASK_PART(FLAGS) |
					      TASK_PART(COMM) | TASK_PART(COMM_REST), &raw);

	if (!e)
		e = task_of_raw(task->at, &raw, &now);
	*ret = !e && now.thread_pid.v == task->thread_pid.v &&
	       !(SPAN_GET(task_struct, &raw.s, flags) & CONST_PF_EXITING);
	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	err_discard(e);
	return NULL;
}

static void rehearse_fresh(struct target *t, size_t i, void *arg)
{
	const struct task_search *x = arg;
	struct pid_entry entry;

	err_discard(pid_table_find(t, x->fresh.tasks[i].pid, &entry));
}

/* A task that a list has and the table had not: does it have it now? */
static struct err *check_fresh(struct task_search *x, const struct task *task)
{
	struct pid_entry entry = { .nr = 0 };
	const struct task *owner;
	bool alive = false;
	struct err *e = pid_table_find(x->t, task->pid, &entry);

	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	if (!e && entry.task.v == task->at.v) {
		task_set_add(x->set, task);
		return NULL;
	}
	err_discard(e);
	/* a copy of its parent has no pid of its own yet */
	owner = task_set_find(x->set, entry.task);
	if (owner && owner->pid == task->pid)
		return NULL;
	e = is_alive(x->t, task, &alive);
	if (alive) {
		notes_remark(&x->t->notes, "pid %" PRIu32 " is in a list of tasks, but not in the "
					   "table of pids", task->pid);
		task_set_add(x->set, task);
	}
	return e;
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

struct err *task_neighbours_follow(struct task_search *x)
{
	size_t first = 0;
	struct err *e = NULL;

	for (int round = 0; round < ROUNDS && !e; round++) {
		size_t before = x->set->count;

		look_beyond(x, first);
		if (!x->ahead.count)
			break;
		e = task_leads_read(x);
		if (!e && x->doubts.count)
			e = doubt_neighbours(x);
		if (!e && x->fresh.count)
			e = check_all_fresh(x);
		if (x->set->count == before)
			break;
		first = before;
	}
	return e;
}
