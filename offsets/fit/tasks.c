#include "offsets/fit/tasks.h"

#include "offsets/fit/task.h"

/* So many tasks are looked at: the first and the last of the list, the first children of process 1. */
#define FIRST 24
#define LAST 12
#define CHILDREN 12
#define SECOND UINT64_C(1000000000)

/* The list of tasks is in the order of their start. */
struct times {
	uint64_t start, boot; /* of the last task from the boot */
	uint64_t executed;    /* by all so far, in units of 1024 ns */
};

/* Two tasks that start at once on two processors may enter the list in the other order. The first tasks of a
 * machine do not, so each task is compared with the last of those. */
static void check_order(struct fit *f, const struct fit_object *t, struct times *last)
{
	uint64_t start = fit_get(t, "start_time"), boot = fit_get(t, "start_boottime");

	fit_check(f, "task_struct.start_time: in the order of the list", start >= last->start, t->at);
	fit_check(f, "task_struct.start_boottime: in the order of the list, not before start_time",
		  boot >= last->boot && boot >= start && !(boot >> 60), t->at);
	if (!f->from_boot)
		return;
	last->start = start;
	last->boot = boot;
}

static void check_times(struct fit *f, const struct fit_object *t, struct times *last)
{
	uint64_t start = fit_get(t, "start_time"), executed = fit_get(t, "se_sum_exec_runtime");
	uint64_t switches = fit_get(t, "nvcsw") + fit_get(t, "nivcsw");
	uint64_t minor = fit_get(t, "min_flt"), major = fit_get(t, "maj_flt");

	check_order(f, t, last);
	last->executed += executed >> 10;
	if (f->now)
		fit_check(f, "task_struct.se.sum_exec_runtime: not more than there was time for",
			  executed <= f->now + f->now / 8 - (start < f->now ? start : f->now) + 60 * SECOND,
			  t->at);
	if (fit_has_ended(t))
		return;
	/* on a throttled CPU a later task may wait long for its first turn */
	if (f->from_boot)
		fit_check(f, "task_struct.nvcsw + nivcsw: the first have run", switches > 0, t->at);
	else
		fit_check_process(f, "task_struct.nvcsw + nivcsw: has run", switches > 0, t->at);
	if (!fit_is_kernel_thread(t))
		fit_check_process(f, "task_struct.min_flt: a process has had faults, most of them minor",
				  minor > 0 && major <= minor, t->at);
}

static void add_task(struct fit *f, uint64_t at)
{
	for (size_t i = 0; i < f->task_count; i++)
		if (f->tasks[i].at == at)
			return;
	f->tasks[f->task_count++] = (struct fit_task){ at, false };
}

/* Adds up to max objects of the list, forward or backward, unless they are there already. link: where in an
 * object its list_head lies. */
static void collect(struct fit *f, const char *name, uint64_t head, uint64_t link, bool backward, size_t max)
{
	uint64_t prev = fit_offset(f, "list_head", "prev"), at = head, next, back;

	for (size_t i = 0; i < max; i++) {
		if (!fit_check(f, name,
			       live_u64(f->live, at + (backward ? prev : 0), &next) && fit_is_pointer(next) &&
				       live_u64(f->live, next + (backward ? 0 : prev), &back) && back == at,
			       at - link) || next == head)
			return;
		add_task(f, next - link);
		at = next;
	}
}

/* The first thread group leaders of the list, the last ones, and the first children of process 1. */
static void collect_tasks(struct fit *f, uint64_t init)
{
	uint64_t link = fit_offset(f, "task_struct", "tasks"), sibling = fit_offset(f, "task_struct", "sibling");
	const char *name = "task_struct.tasks: points to a neighbour that points back";
	size_t first;

	add_task(f, init);
	collect(f, name, init + link, link, false, FIRST);
	f->from_boot_count = f->task_count;
	for (size_t i = 0; i < f->from_boot_count; i++)
		f->tasks[i].from_boot = true;
	if (f->task_count > 1)
		collect(f, "task_struct.children, sibling: of process 1",
			f->tasks[1].at + fit_offset(f, "task_struct", "children"), sibling, false, CHILDREN);
	first = f->task_count;
	collect(f, name, init + link, link, true, LAST);
	/* these were added from the last to the first */
	for (size_t i = first, k = f->task_count; i + 1 < k--; i++) {
		struct fit_task swap = f->tasks[i];

		f->tasks[i] = f->tasks[k];
		f->tasks[k] = swap;
	}
	fit_check(f, "task_struct.tasks: init_task, process 1 and others", f->task_count > 2, init);
}

/* Checks HZ and sets f->now. The kernel counts ticks, and starts five minutes before 32 bits of them overflow
 * (INITIAL_JIFFIES in linux/jiffies.h), so that code which cannot cope with that fails early. */
static void check_tick(struct fit *f)
{
	uint64_t hz = 0, tick = 0, ticks = 0, at = live_symbol(f->live, "tick_nsec");
	uint64_t counter = live_symbol(f->live, "jiffies_64");

	if (!fit_const(f, "HZ", &hz) || !hz || hz > 1 << 16)
		return;
	if (at && live_u64(f->live, at, &tick) && tick)
		fit_check(f, "HZ: as tick_nsec says",
			  tick * hz > SECOND - SECOND / 50 && tick * hz < SECOND + SECOND / 50, at);
	if (counter && live_u64(f->live, counter, &ticks))
		f->now = (ticks - (uint32_t)(-300 * (int32_t)hz)) * (SECOND / hz);
	if (f->now >> 60)
		f->now = 0;
}

struct err *fit_tasks(struct fit *f)
{
	uint64_t init = live_symbol(f->live, "init_task");
	CLEANUP(fit_object_deinit) struct fit_object t = { .bytes = NULL };
	struct times times = { 0 };

	if (!init)
		return err_new(ERR_DATA, "the symbol init_task is not known: nothing can be checked");
	f->from_boot = true;
	collect_tasks(f, init);
	if (!fit_read(f, "task_struct", "init_task: can be read", init, &t))
		return err_new(ERR_DATA, "init_task cannot be read");
	fit_init_task(f, &t);
	check_tick(f);
	for (size_t i = 1; i < f->task_count; i++) {
		CLEANUP(fit_object_deinit) struct fit_object o = { .bytes = NULL };

		if (!fit_read(f, "task_struct", "task_struct.tasks: leads to tasks that can be read",
			      f->tasks[i].at, &o))
			continue;
		f->from_boot = f->tasks[i].from_boot;
		fit_task(f, &o);
		check_times(f, &o, &times);
	}
	if (f->task_count > 2)
		fit_check(f, "task_struct.se.sum_exec_runtime: some have run", times.executed > 0, init);
	return NULL;
}
