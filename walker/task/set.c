#include "walker/task/set.h"

#include <inttypes.h>
#include <string.h>

#include "offsets.h"
#include "symbols.h"
#include "base/alloc.h"
#include "walker/read/rehearse.h"
#include "walker/task/pid_table.h"
#include "walker/task/explore.h"
#include "walker/task/live.h"

void task_set_deinit(struct task_set *s)
{
	free(s->tasks);
	free(s->slots);
	*s = (struct task_set)TASK_SET_INIT;
}

static size_t slot_of(const struct task_set *s, struct kaddr at)
{
	uint64_t hash = (at.v >> 6) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(hash >> 32) & (s->slot_count - 1);

	while (s->slots[i] && s->tasks[s->slots[i] - 1].at.v != at.v)
		i = (i + 1) & (s->slot_count - 1);
	return i;
}

struct task *task_set_find(const struct task_set *s, struct kaddr at)
{
	size_t slot = s->slot_count ? slot_of(s, at) : 0;

	return s->slot_count && s->slots[slot] ? &s->tasks[s->slots[slot] - 1] : NULL;
}

static void grow(struct task_set *s)
{
	s->capacity = s->capacity ? 2 * s->capacity : 128;
	s->tasks = xrealloc(s->tasks, s->capacity, sizeof(*s->tasks));
	free(s->slots);
	s->slot_count = 2 * s->capacity;
	s->slots = xcalloc(s->slot_count, sizeof(*s->slots));
	for (size_t i = 0; i < s->count; i++)
		s->slots[slot_of(s, s->tasks[i].at)] = (uint32_t)(i + 1);
}

struct task *task_set_add(struct task_set *s, const struct task *task)
{
	if (s->count == s->capacity)
		grow(s);
	s->tasks[s->count] = *task;
	s->slots[slot_of(s, task->at)] = (uint32_t)(s->count + 1);
	return &s->tasks[s->count++];
}

/* --- lists -------------------------------------------------------------------- */

/* A walk along one list whose members are tasks. */
struct walk {
	struct target *t;
	struct task_set *set;
	enum task_link link;
	bool backward;
	struct kaddr head; /* of the list_head that ends it */
	const char *what;
	size_t added, torn; /* torn: members that do not point back */
};

/* Adds every member from `from` on. NULL: came back to the head. An error ends
 * the walk, not the collecting; ERR_SYSTEM ends both. */
static struct err *walk_list(struct walk *w, struct kaddr from)
{
	struct kaddr link = from, before = w->head;
	size_t steps = 0;

	while (link.v != w->head.v) {
		struct kaddr at = KADDR(link.v - task_link_offset[w->link]);
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
		w->torn += (w->backward ? task->next : task->prev)[w->link].v != before.v;
		before = link;
		link = (w->backward ? task->prev : task->next)[w->link];
	}
	return NULL;
}

static bool is_fatal(const struct err *e)
{
	return e && err_code(e) == ERR_SYSTEM;
}

/* Both ways from a head: the second way only where the first did not close. */
static struct err *walk_both_ways(struct target *t, struct task_set *set, enum task_link link,
				  struct kaddr head, struct kaddr next, struct kaddr prev,
				  const char *what)
{
	struct walk w = { .t = t, .set = set, .link = link, .head = head, .what = what };
	struct err *e = walk_list(&w, next);

	if (!e && !w.torn)
		return NULL;
	if (is_fatal(e))
		return e;
	notes_gap_err(&t->notes, e);
	w.backward = true;
	w.added = 0;
	e = walk_list(&w, prev);
	if (is_fatal(e))
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
 * list_head at `from`. Adds it when it is a live task that was not known. */
static struct err *add_sibling(struct target *t, struct task_set *set, struct kaddr link,
			       struct kaddr from)
{
	struct kaddr at = KADDR(link.v - OFF_task_struct_sibling);
	struct task task = { .pid = 0 };
	struct err *e;

	if (link.v == from.v || task_set_find(set, at))
		return NULL;
	e = task_read(t, at, &task);
	if (is_fatal(e))
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

/* The neighbours of a task in its family, none of which is a task unknown. */
static struct err *check_family(struct target *t, struct task_set *set, size_t i)
{
	struct task task = set->tasks[i];
	struct kaddr parent = kaddr_add(task.real_parent, OFF_task_struct_children);
	struct kaddr children = task_link_at(&task, TASK_CHILDREN);
	struct kaddr sibling = task_link_at(&task, TASK_SIBLING);
	struct err *e = add_sibling(t, set, task.next[TASK_CHILDREN], children);

	if (!e)
		e = add_sibling(t, set, task.prev[TASK_CHILDREN], children);
	if (!e && task.next[TASK_SIBLING].v != parent.v)
		e = add_sibling(t, set, task.next[TASK_SIBLING], sibling);
	if (!e && task.prev[TASK_SIBLING].v != parent.v)
		e = add_sibling(t, set, task.prev[TASK_SIBLING], sibling);
	return e;
}

/* --- threads -------------------------------------------------------------------- */

static struct err *add_threads(struct target *t, struct task_set *set, const struct task *leader)
{
	struct kaddr head = kaddr_add(leader->signal, OFF_signal_struct_thread_head), next, prev;
	char what[64];
	struct err *e = kread_pointer(&t->kernel, kaddr_add(head, OFF_list_head_next), &next);

	snprintf(what, sizeof(what), "threads of pid %" PRIu32, leader->pid);
	if (!e)
		e = kread_pointer(&t->kernel, kaddr_add(head, OFF_list_head_prev), &prev);
	if (is_fatal(e))
		return e;
	if (e) {
		notes_gap_err(&t->notes, err_in(e, "%s", what));
		return NULL;
	}
	return walk_both_ways(t, set, TASK_THREAD, head, next, prev, what);
}

static struct err *add_all_threads(struct target *t, struct task_set *set)
{
	size_t leaders = set->count;
	struct err *e = NULL;

	for (size_t i = 0; i < leaders && !e; i++) {
		struct task leader = set->tasks[i];

		if (leader.signal.v && leader.sighand.v && leader.pid)
			e = add_threads(t, set, &leader);
	}
	return e;
}

/* --- completing them -------------------------------------------------------------- */

static struct err *set_ppid(struct target *t, const struct task_set *set, struct task *task)
{
	const struct task *parent = task_set_find(set, task->real_parent);

	if (parent) {
		task->ppid = parent->tgid;
		return NULL;
	}
	return err_in(kread_u32(&t->kernel, kaddr_add(task->real_parent, OFF_task_struct_tgid),
				&task->ppid), "pid %" PRIu32 ": real_parent", task->pid);
}

struct completion {
	struct task_set *set;
	int want;
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
static struct err *complete(struct target *t, struct task_set *set, int want, bool parents)
{
	struct completion c = { set, want, parents };

	rehearse_each(t, set->count - 1, rehearse_complete, &c);
	for (size_t i = 1; i < set->count; i++) {
		struct task *task = &set->tasks[i];
		struct err *e = task_complete(t, task, i > 1 ? task - 1 : NULL, want);

		if (!e && parents)
			e = set_ppid(t, set, task);
		if (is_fatal(e))
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

/* Sorts by pid and takes out idle tasks (pid 0) and all but one of a pid. */
static void sort_and_sift(struct target *t, struct task_set *set)
{
	size_t kept = 0;

	qsort(set->tasks, set->count, sizeof(*set->tasks), by_pid);
	for (size_t i = 0; i < set->count; i++) {
		const struct task *task = &set->tasks[i];

		if (kept && set->tasks[kept - 1].pid == task->pid)
			notes_gap(&t->notes, "pid %" PRIu32 ": two tasks have it; the one at 0x%"
				  PRIx64 " is left out", task->pid, task->at.v);
		else if (task->pid)
			set->tasks[kept++] = *task;
	}
	set->count = kept;
	memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
	for (size_t i = 0; i < kept; i++)
		set->slots[slot_of(set, set->tasks[i].at)] = (uint32_t)(i + 1);
}

/* --- the table of pids ------------------------------------------------------------ */

/* Adds the task of an entry, if there is one that is not known yet. */
static struct err *add_table_entry(struct target *t, bool threads, struct task_set *set,
				   const struct pid_entry *entry)
{
	struct task task = { .pid = 0 };
	struct err *e;

	if (!entry->task.v || task_set_find(set, entry->task))
		return NULL;
	e = task_read(t, entry->task, &task);
	if (is_fatal(e))
		return e;
	/* a machine that ran while it was copied: ended, or born since */
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

	if (e && err_code(e) == ERR_ABSENT) {
		err_discard(e);
		return NULL;
	}
	if (e && err_code(e) != ERR_SYSTEM) {
		notes_gap_err(&t->notes, e);
		return NULL;
	}
	for (size_t i = 0; !e && i < table.count; i++) {
		const struct pid_entry *entry = &table.list[i];

		if (!entry->doubtful && (entry->leader || threads))
			e = add_table_entry(t, threads, set, entry);
	}
	return e;
}

/* --- all of them ------------------------------------------------------------------ */

/* All tasks, init_task first, with nothing but what their task_struct tells. */
static struct err *collect(struct target *t, bool threads, struct task_set *ret)
{
	struct task init;
	struct err *e = task_read(t, kread_symbol(&t->kernel, SYM_init_task), &init);

	if (e)
		return err_in(e, "init_task");
	task_explore(t, &init, threads);
	task_set_add(ret, &init);
	e = walk_both_ways(t, ret, TASK_TASKS, task_link_at(&init, TASK_TASKS),
			   init.next[TASK_TASKS], init.prev[TASK_TASKS], "list of all tasks");
	for (size_t i = 0; !e && i < ret->count; i++)
		e = check_family(t, ret, i);
	if (!e && threads)
		e = add_all_threads(t, ret);
	return e || t->wave ? e : add_from_table(t, threads, ret);
}

/* Of a live machine by the table of pids; *done: it led somewhere. */
static struct err *collect_live(struct target *t, bool threads, int want, struct task_set *ret,
				bool *done)
{
	struct err *e = t->wave ? task_live_collect(t, threads, want, ret) :
				  err_new(ERR_ABSENT, "does not run");

	*done = !e;
	if (!e || is_fatal(e))
		return e;
	if (err_code(e) == ERR_ABSENT)
		err_discard(e);
	else
		notes_gap_err(&t->notes, e);
	task_set_deinit(ret);
	return NULL;
}

struct err *task_set_collect(struct target *t, bool threads, int want, struct task_set *ret)
{
	bool live = false;
	struct err *e = collect_live(t, threads, want, ret, &live);

	if (!e && !live)
		e = collect(t, threads, ret);
	if (!e)
		e = complete(t, ret, want, !live);
	if (e)
		return e;
	sort_and_sift(t, ret);
	if (!ret->count)
		return err_new(ERR_DATA, "no task but init_task can be read");
	return NULL;
}

static const struct task *find_pid(const struct task_set *set, uint32_t pid)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->tasks[i].pid == pid)
			return &set->tasks[i];
	return NULL;
}

/* By the table of pids. */
static struct err *find_by_table(struct target *t, uint32_t pid, struct task *ret)
{
	const struct task_set nobody = TASK_SET_INIT;
	struct pid_entry entry = { .nr = 0 };
	struct task task = { .pid = 0 };
	struct err *e = pid_table_find(t, pid, &entry);

	if (!e && !entry.task.v)
		e = err_new(ERR_ABSENT, "there is no process %" PRIu32, pid);
	if (!e)
		e = task_read(t, entry.task, &task);
	if (!e && (task.pid != pid || task.thread_pid.v != entry.pid.v))
		e = err_new(ERR_DATA, "the table of pids leads to pid %" PRIu32, task.pid);
	if (!e)
		e = task_complete(t, &task, NULL, TASK_WANT_ALL);
	if (!e)
		e = set_ppid(t, &nobody, &task);
	if (!e)
		*ret = task;
	return e;
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
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct wanted wanted = { .pid = pid };
	const struct task *task;
	struct err *e;

	rehearse(t, rehearse_find, &wanted);
	e = find_by_table(t, pid, ret);
	if (!e || is_fatal(e))
		return e;
	err_discard(e);
	e = collect(t, false, &set);
	/* few ask for a thread that is not its process's first */
	if (!e && !find_pid(&set, pid))
		e = add_all_threads(t, &set);
	if (e)
		return e;
	task = find_pid(&set, pid);
	if (!task)
		return err_new(ERR_ABSENT, "there is no process %" PRIu32, pid);
	*ret = *task;
	e = task_complete(t, ret, NULL, TASK_WANT_ALL);
	return e ? e : set_ppid(t, &set, ret);
}
