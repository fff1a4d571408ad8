#include "walker/process/args.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "walker/process/cmdline.h"
#include "walker/read/rehearse.h"
#include "walker/read/wave.h"

#define BYTES_MAX (256u << 20) /* of all processes together */

void args_deinit(struct args *a)
{
	for (size_t i = 0; i < a->count; i++)
		buf_deinit(&a->list[i]);
	free(a->list);
}

/* *cut: some of the arguments are not in memory. */
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

static void note_cut(struct target *t, const struct task *task, const struct buf *b, bool cut)
{
	if (cut)
		notes_gap(&t->notes, "pid %" PRIu32 ": only %zu bytes of its arguments are in memory",
			  task->pid, b->size);
}

struct err *args_read(struct target *t, const struct task *task, struct buf *b)
{
	bool cut;
	struct err *e = read_some(t, task, b, &cut);

	if (err_is_fatal(e))
		return e;
	notes_gap_err(&t->notes, e);
	note_cut(t, task, b, cut);
	return NULL;
}

/* --- of all at once ------------------------------------------------------------- */

static void rehearse_args(struct target *t, size_t i, void *arg)
{
	const struct task_set *set = arg;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool cut;

	err_discard(read_some(t, &set->tasks[i], &b, &cut));
}

/* Reads again which memory is the task's; false: none, the task has ended. */
static bool read_owner(struct target *t, struct task *task)
{
	struct task fresh;
	struct err *e = task_read_parts(t, task->at, TASK_PART(THREAD_PID) | TASK_PART(MM) |
					TASK_PART(COMM) | TASK_PART(COMM_REST), &fresh);

	if (e) {
		err_discard(e);
		return true; /* a task that cannot be read has not ended for that reason */
	}
	if (fresh.thread_pid.v != task->thread_pid.v || !fresh.mm.v)
		return false;
	task->mm = fresh.mm;
	return true;
}

static void rehearse_again(struct target *t, size_t i, void *arg)
{
	const struct task_some *a = arg;
	struct task task = a->set->tasks[a->list[i]];
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool cut;

	if (read_owner(t, &task))
		err_discard(read_some(t, &task, &b, &cut));
}

/* Reads the arguments of those tasks again, and keeps in the list the tasks of which some
 * still are not there. last: and notes it. */
static struct err *read_again(struct target *t, struct task_some *a, bool last, struct args *ret)
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
		if (err_is_fatal(e))
			return e;
		if (e || cut)
			a->list[left++] = a->list[i];
		err_discard(e);
	}
	a->count = left;
	return NULL;
}

/* Reads the arguments of all tasks, up to BYTES_MAX. */
static struct err *read_all(struct target *t, struct task_set *set, struct args *ret,
			    struct task_some *again)
{
	size_t bytes = 0;

	for (size_t i = 0; i < set->count && bytes < BYTES_MAX; i++) {
		bool cut;
		struct err *e = read_some(t, &set->tasks[i], &ret->list[i], &cut);

		if (err_is_fatal(e))
			return e;
		if (e || cut)
			*vec_add(again->list, again->count, again->capacity) = i;
		err_discard(e);
		bytes += ret->list[i].size;
	}
	if (bytes >= BYTES_MAX)
		notes_gap(&t->notes, "more than %u bytes of arguments", BYTES_MAX);
	return NULL;
}

struct err *args_collect(struct target *t, struct task_set *set, struct args *ret)
{
	CLEANUP(task_some_deinit) struct task_some again = { .set = set }; /* their arguments were not all there */
	struct err *e;

	if (!t->wave)
		return NULL;
	rehearse_each(t, set->count, rehearse_args, set);
	ret->list = xcalloc(set->count, sizeof(*ret->list));
	ret->count = set->count;
	e = read_all(t, set, ret, &again);
	if (e || !again.count)
		return e;
	e = read_again(t, &again, false, ret);
	if (e || !again.count)
		return e;
	return read_again(t, &again, true, ret);
}
