#include "walker/process/args.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "walker/process/cmdline.h"
#include "walker/read/rehearse.h"
#include "walker/task/raw.h"
#include "walker/read/wave.h"

#define BYTES_MAX (256u << 20) /* of all together */

void args_deinit(struct args *a)
{
	for (size_t i = 0; i < a->count; i++)
		buf_deinit(&a->list[i]);
	free(a->list);
}

/* *cut: some of them are not in memory. */
static struct err *read_some(struct target *t, const struct task *task, struct buf *b, bool *cut)
{
	struct mm mm;
	struct err *e;

	buf_clear(b);
	*cut = false;
	if (!task->mm.v || task->kernel_thread)
		return NULL;
	e = mm_read(t, task, &mm);
	return e ? e : cmdline_read(&mm, b, cut);
}

static void note(struct target *t, const struct task *task, const struct buf *b, bool cut)
{
	if (cut)
		notes_gap(&t->notes, "pid %" PRIu32 ": only %zu bytes of its arguments are in memory",
			  task->pid, b->size);
}

struct err *args_read(struct target *t, const struct task *task, struct buf *b)
{
	bool cut;
	struct err *e = read_some(t, task, b, &cut);

	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	notes_gap_err(&t->notes, e);
	note(t, task, b, cut);
	return NULL;
}

/* --- of all at once ------------------------------------------------------------- */

struct again {
	struct task_set *set;
	size_t *list; /* indices into the set */
	size_t count;
};

static void rehearse_args(struct target *t, size_t i, void *arg)
{
	const struct task_set *set = arg;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool cut;

	err_discard(read_some(t, &set->tasks[i], &b, &cut));
}

/* Reads again whose memory it is; false: nobody's, the task has ended. */
static bool read_owner(struct target *t, struct task *task)
{
	struct task_raw raw = { .have = 0 };
	struct task fresh;
	struct err *e = task_raw_read(t, task->at, TASK_PART(THREAD_PID) | TASK_PART(MM) |
					      TASK_PART(COMM) | TASK_PART(COMM_REST), &raw);

	if (!e)
		e = task_of_raw(task->at, &raw, &fresh);
	if (e) {
		err_discard(e);
		return true; /* that it cannot be read is no sign that it has ended */
	}
	if (fresh.thread_pid.v != task->thread_pid.v || !fresh.mm.v)
		return false;
	task->mm = fresh.mm;
	return true;
}

static void rehearse_again(struct target *t, size_t i, void *arg)
{
	const struct again *a = arg;
	struct task task = a->set->tasks[a->list[i]];
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool cut;

	if (read_owner(t, &task))
		err_discard(read_some(t, &task, &b, &cut));
}

/* Of the tasks whose arguments were not all there; those stay in the list of which
 * that is still so. last: and it is noted. */
static struct err *read_again(struct target *t, struct again *a, bool last, struct args *ret)
{
	size_t left = 0;

	wave_forget(t->wave);
	rehearse_each(t, a->count, rehearse_again, a);
	for (size_t i = 0; i < a->count; i++) {
		struct task *task = &a->set->tasks[a->list[i]];
		struct buf *b = &ret->list[a->list[i]];
		bool cut = false;
		struct err *e = NULL;

		if (read_owner(t, task))
			e = last ? args_read(t, task, b) : read_some(t, task, b, &cut);
		if (e && err_code(e) == ERR_SYSTEM)
			return e;
		if (e || cut)
			a->list[left++] = a->list[i];
		err_discard(e);
	}
	a->count = left;
	return NULL;
}

struct err *args_collect(struct target *t, struct task_set *set, struct args *ret)
{
	CLEANUP(free_ptr) size_t *list = NULL;
	struct again again = { set, NULL, 0 };
	size_t bytes = 0;
	struct err *e = NULL;

	if (!t->wave)
		return NULL;
	rehearse_each(t, set->count, rehearse_args, set);
	again.list = list = xcalloc(set->count, sizeof(*list));
	ret->list = xcalloc(set->count, sizeof(*ret->list));
	ret->count = set->count;
	for (size_t i = 0; i < set->count && bytes < BYTES_MAX; i++) {
		bool cut;

		e = read_some(t, &set->tasks[i], &ret->list[i], &cut);
		if (e && err_code(e) == ERR_SYSTEM)
			return e;
		if (e || cut)
			list[again.count++] = i;
		err_discard(e);
		bytes += ret->list[i].size;
	}
	if (bytes >= BYTES_MAX)
		notes_gap(&t->notes, "more than %u bytes of arguments", BYTES_MAX);
	e = again.count ? read_again(t, &again, false, ret) : NULL;
	return e || !again.count ? e : read_again(t, &again, true, ret);
}
