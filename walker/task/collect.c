#include "walker/task/collect.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "walker/read/rehearse.h"
#include "walker/task/explore.h"
#include "walker/task/lists.h"
#include "walker/task/live.h"
#include "walker/task/pid_table.h"

/* --- what a task_struct alone does not tell --------------------------------------- */

static struct err *set_ppid(struct target *t, const struct task_set *set, struct task *task)
{
	const struct task *parent = task_set_find(set, task->real_parent);

	if (!parent)
		return task_read_ppid(t, task);
	task->ppid = parent->tgid;
	return NULL;
}

struct completion {
	struct task_set *set;
	enum task_want want;
	bool parents; /* are not known yet */
};

static void rehearse_complete(struct target *t, size_t i, void *arg)
{
	const struct completion *c = arg;
	struct task task = c->set->tasks[i + 1];

	err_discard(task_complete(t, &task, NULL, c->want));
	if (c->parents)
		err_discard(set_ppid(t, c->set, &task));
}

/* Of all but init_task, which is the first and is not shown. */
static struct err *complete(struct target *t, struct task_set *set, enum task_want want,
			    bool parents)
{
	struct completion c = { set, want, parents };

	rehearse_each(t, set->count - 1, rehearse_complete, &c);
	for (size_t i = 1; i < set->count; i++) {
		struct task *task = &set->tasks[i];
		struct err *e = task_complete(t, task, i > 1 ? task - 1 : NULL, want);

		if (!e && parents)
			e = set_ppid(t, set, task);
		if (err_is_fatal(e))
			return e;
		notes_gap_err(&t->notes, e);
	}
	return NULL;
}

static int by_pid(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return x->pid != y->pid ? (x->pid > y->pid) - (x->pid < y->pid) :
				  (x->at.v > y->at.v) - (x->at.v < y->at.v);
}

/* Sorts by pid, without idle tasks (pid 0), and with one task of each pid. */
static void sort_and_sift(struct target *t, struct task_set *set)
{
	struct task_set sorted = TASK_SET_INIT;

	qsort(set->tasks, set->count, sizeof(*set->tasks), by_pid);
	for (size_t i = 0; i < set->count; i++) {
		const struct task *task = &set->tasks[i];

		if (sorted.count && sorted.tasks[sorted.count - 1].pid == task->pid)
			notes_gap(&t->notes, "pid %" PRIu32 ": two tasks have it; the one at 0x%"
				  PRIx64 " is left out", task->pid, task->at.v);
		else if (task->pid)
			task_set_add(&sorted, task);
	}
	task_set_deinit(set);
	*set = sorted;
}

/* --- the table of pids ------------------------------------------------------------ */

/* Adds the task of an entry, unless there is none, or it is known. */
static struct err *add_table_entry(struct target *t, bool threads, struct task_set *set,
				   const struct pid_entry *entry)
{
	struct task task = { .pid = 0 };
	struct err *e;

	if (!entry->task.v || task_set_find(set, entry->task))
		return NULL;
	e = task_read(t, entry->task, &task);
	if (err_is_fatal(e))
		return e;
	/* a machine that ran while somebody copied it: the task has ended, or was born since */
	if (e || task.dead || task.pid != entry->nr || task.thread_pid.v != entry->pid.v) {
		err_discard(e);
		return NULL;
	}
	if (!threads && task.tgid != task.pid)
		return NULL;
	notes_remark(&t->notes, "pid %" PRIu32 " is not in the list of all tasks, but in the table "
				"of pids", task.pid);
	task_set_add(set, &task);
	return NULL;
}

/* Adds what only the table of pids leads to. */
static struct err *add_from_table(struct target *t, bool threads, struct task_set *set)
{
	CLEANUP(pid_table_deinit) struct pid_table table = PID_TABLE_INIT;
	struct err *e = pid_table_read(t, &table);

	if (err_is_fatal(e))
		return e;
	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		return NULL;
	}
	if (e) {
		notes_gap_err(&t->notes, e);
		return NULL;
	}
	for (size_t i = 0; i < table.count; i++) {
		const struct pid_entry *entry = &table.list[i];

		if (entry->doubtful || (!entry->leader && !threads))
			continue;
		e = add_table_entry(t, threads, set, entry);
		if (e)
			return e;
	}
	return NULL;
}

/* --- all of them ------------------------------------------------------------------ */

/* All tasks, init_task first, with nothing but what their task_structs tell. */
static struct err *collect_by_lists(struct target *t, bool threads, struct task_set *ret)
{
	struct task init;
	struct err *e = task_read(t, task_init_at(t), &init);

	if (e)
		return err_in(e, "init_task");
	task_explore(t, &init, threads);
	task_set_add(ret, &init);
	e = task_lists_walk(t, ret);
	if (e)
		return e;
	if (threads) {
		e = task_lists_add_threads(t, ret);
		if (e)
			return e;
	}
	return t->wave ? NULL : add_from_table(t, threads, ret);
}

/* A live machine's by the table of pids. *done: tasks were found. */
static struct err *collect_live(struct target *t, bool threads, enum task_want want,
				struct task_set *ret, bool *done)
{
	struct err *e = t->wave ? task_live_collect(t, threads, want, ret) :
				  err_new(ERR_ABSENT, "does not run");

	*done = !e;
	if (!e || err_is_fatal(e))
		return e;
	if (err_code(e) == ERR_ABSENT)
		err_discard(e);
	else
		notes_gap_err(&t->notes, e);
	task_set_deinit(ret);
	return NULL;
}

struct err *task_set_collect(struct target *t, bool threads, enum task_want want,
			     struct task_set *ret)
{
	bool live = false;
	struct err *e = collect_live(t, threads, want, ret, &live);

	if (e)
		return e;
	if (!live) {
		e = collect_by_lists(t, threads, ret);
		if (e)
			return e;
	}
	e = complete(t, ret, want, !live);
	if (e)
		return e;
	sort_and_sift(t, ret);
	if (!ret->count)
		return err_new(ERR_DATA, "no task but init_task can be read");
	return NULL;
}

/* --- one of them ------------------------------------------------------------------ */

static const struct task *find_pid(const struct task_set *set, uint32_t pid)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->tasks[i].pid == pid)
			return &set->tasks[i];
	return NULL;
}

/* What else belongs to one task. */
static struct err *complete_one(struct target *t, const struct task_set *set, struct task *task)
{
	struct err *e = task_complete(t, task, NULL, TASK_WANT_ALL);

	return e ? e : set_ppid(t, set, task);
}

/* By the table of pids. */
static struct err *find_by_table(struct target *t, uint32_t pid, struct task *ret)
{
	const struct task_set nobody = TASK_SET_INIT;
	struct pid_entry entry = { .nr = 0 };
	struct task task = { .pid = 0 };
	struct err *e = pid_table_find(t, pid, &entry);

	if (e)
		return e;
	if (!entry.task.v)
		return err_new(ERR_ABSENT, "there is no process %" PRIu32, pid);
	e = task_read(t, entry.task, &task);
	if (e)
		return e;
	if (task.pid != pid || task.thread_pid.v != entry.pid.v)
		return err_new(ERR_DATA, "the table of pids leads to pid %" PRIu32, task.pid);
	e = complete_one(t, &nobody, &task);
	if (e)
		return e;
	*ret = task;
	return NULL;
}

/* By the lists. */
static struct err *find_by_lists(struct target *t, uint32_t pid, struct task *ret)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	const struct task *task;
	struct err *e = collect_by_lists(t, false, &set);

	if (e)
		return e;
	task = find_pid(&set, pid);
	if (!task) {
		/* few ask for a thread that is not its process's first */
		e = task_lists_add_threads(t, &set);
		if (e)
			return e;
		task = find_pid(&set, pid);
	}
	if (!task)
		return err_new(ERR_ABSENT, "there is no process %" PRIu32, pid);
	*ret = *task;
	return complete_one(t, &set, ret);
}

struct wanted {
	uint32_t pid;
	struct task task;
};

static void rehearse_find(struct target *t, void *arg)
{
	struct wanted *w = arg;

	err_discard(find_by_table(t, w->pid, &w->task));
}

struct err *task_of_pid(struct target *t, uint32_t pid, struct task *ret)
{
	struct wanted wanted = { .pid = pid };
	struct err *e;

	rehearse(t, rehearse_find, &wanted);
	e = find_by_table(t, pid, ret);
	if (!e || err_is_fatal(e))
		return e;
	err_discard(e);
	return find_by_lists(t, pid, ret);
}
