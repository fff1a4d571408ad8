#include "walker/task/task.h"

#include <inttypes.h>
#include <string.h>

#include "symbols.h"
#include "walker/read/span.h"

#define CRED_MEMBERS(X) \
	X(cred, euid) \
	X(cred, egid)
SPAN(cred, CRED_MEMBERS);

const uint32_t task_link_offset[TASK_LINKS] = {
	[TASK_TASKS] = OFF_task_struct_tasks,
	[TASK_CHILDREN] = OFF_task_struct_children,
	[TASK_SIBLING] = OFF_task_struct_sibling,
	[TASK_THREAD] = OFF_task_struct_thread_node,
};

struct kaddr task_init_at(const struct target *t)
{
	return kread_symbol(&t->kernel, SYM_init_task);
}

/* --- the state's letter --------------------------------------------------------- */

static const struct {
	uint64_t bit;
	char letter;
} state_letters[] = {
	{ CONST_TASK_INTERRUPTIBLE, 'S' },
	{ CONST_TASK_UNINTERRUPTIBLE, 'D' },
	{ CONST___TASK_STOPPED, 'T' },
	{ CONST___TASK_TRACED, 't' },
	{ CONST_EXIT_DEAD, 'X' },
	{ CONST_EXIT_ZOMBIE, 'Z' },
	{ CONST_TASK_PARKED, 'P' },
};

/* Is it TASK_IDLE: a kernel thread that waits without adding to the load? */
static bool is_idle(uint64_t state)
{
#if HAVE_CONST_TASK_IDLE
	return (state & CONST_TASK_IDLE) == CONST_TASK_IDLE;
#elif HAVE_CONST_TASK_NOLOAD
	return state & CONST_TASK_NOLOAD && state & CONST_TASK_UNINTERRUPTIBLE;
#else
	(void)state;
	return false;
#endif
}

/* Waiting for a sleeping lock of PREEMPT_RT, or frozen. */
static bool is_shown_as_uninterruptible(uint64_t state)
{
	uint64_t bits = 0;

#if HAVE_CONST_TASK_RTLOCK_WAIT
	bits |= CONST_TASK_RTLOCK_WAIT;
#endif
#if HAVE_CONST_TASK_FROZEN
	bits |= CONST_TASK_FROZEN;
#endif
	return state & bits;
}

/* Shape: each bit of TASK_REPORT has its letter, and no bit is 'R'; the highest
 * bit that is set decides. Source: __task_state_index(), task_index_to_char()
 * in linux/sched.h, since 4.14. */
char task_state_letter(uint64_t state, uint64_t exit_state)
{
	uint64_t shown = (state | exit_state) & CONST_TASK_REPORT, highest = 0;
	char letter = 'R';

	if (is_shown_as_uninterruptible(state))
		return 'D';
	if (is_idle(state))
		return 'I';
	for (size_t i = 0; i < sizeof(state_letters) / sizeof(*state_letters); i++) {
		if (shown & state_letters[i].bit && state_letters[i].bit > highest) {
			highest = state_letters[i].bit;
			letter = state_letters[i].letter;
		}
	}
	return letter;
}

/* --- what was read -------------------------------------------------------------- */

static struct err *check_task(const struct task *task, uint32_t have)
{
	const char *bad = NULL;

	if (task->pid > TASK_PID_MAX || task->tgid > TASK_PID_MAX)
		bad = "its pid is out of range";
	else if (!memchr(task->comm, '\0', TASK_COMM_SIZE))
		bad = "its name has no end";
	else if ((have & TASK_PART(GROUP_LEADER) && !kaddr_is_object(task->group_leader)) ||
		 (have & TASK_PART(REAL_PARENT) && !kaddr_is_object(task->real_parent)))
		bad = "its leader or parent is no kernel pointer";
	else if (have & TASK_PART(CRED) && !kaddr_is_object(task->cred))
		bad = "its cred is no kernel pointer";
	if (bad)
		return err_new(ERR_DATA, "0x%" PRIx64 " is no task_struct: %s", task->at.v, bad);
	return NULL;
}

struct err *task_of_raw(struct kaddr at, const struct task_raw *raw, struct task *ret)
{
	struct task task = {
		.at = at,
		.pid = (uint32_t)raw->pid,
		.tgid = (uint32_t)raw->tgid,
		.state = task_state_letter(raw->state, raw->exit_state),
		.kernel_thread = raw->flags & CONST_PF_KTHREAD,
		.exiting = task_raw_is_exiting(raw),
		.dead = raw->exit_state & CONST_EXIT_DEAD,
		.start = raw->start_boottime,
		.mm = KADDR(raw->mm),
		.real_parent = KADDR(raw->real_parent),
		.group_leader = KADDR(raw->group_leader),
		.signal = KADDR(raw->signal),
		.sighand = KADDR(raw->sighand),
		.cred = KADDR(raw->real_cred),
		.fs = KADDR(raw->fs),
		.thread_pid = KADDR(raw->thread_pid),
	};
	struct err *e;

	memcpy(task.comm, raw->comm, TASK_COMM_SIZE);
	for (enum task_link i = 0; i < TASK_LINKS; i++) {
		task.next[i] = KADDR(load_u64(raw->links[i] + OFF_list_head_next));
		task.prev[i] = KADDR(load_u64(raw->links[i] + OFF_list_head_prev));
	}
	e = check_task(&task, raw->have);
	if (e)
		return e;
	*ret = task;
	return NULL;
}

struct err *task_read(struct target *t, struct kaddr at, struct task *ret)
{
	struct task_raw raw;
	struct err *e = task_raw_read_all(t, at, &raw);

	return e ? e : task_of_raw(at, &raw, ret);
}

struct err *task_read_parts(struct target *t, struct kaddr at, uint32_t parts, struct task *ret)
{
	struct task_raw raw = { .have = 0 };
	struct err *e = task_raw_read(t, at, parts, &raw);

	return e ? e : task_of_raw(at, &raw, ret);
}

/* --- what it points to ---------------------------------------------------------- */

struct task_list task_list_of(const struct task *task, enum task_link link)
{
	return (struct task_list){ link, task_link_at(task, link), task->next[link],
				   task->prev[link] };
}

struct kaddr task_threads_head(const struct task *task)
{
	return kaddr_add(task->signal, OFF_signal_struct_thread_head);
}

struct err *task_threads_read(struct target *t, const struct task *task, struct task_list *ret)
{
	struct task_list list = { .link = TASK_THREAD, .head = task_threads_head(task) };
	struct err *e = kread_pointer(&t->kernel, kaddr_add(list.head, OFF_list_head_next),
				      &list.next);

	if (e)
		return e;
	e = kread_pointer(&t->kernel, kaddr_add(list.head, OFF_list_head_prev), &list.prev);
	if (e)
		return e;
	*ret = list;
	return NULL;
}

struct err *task_read_ppid(struct target *t, struct task *task)
{
	struct kaddr parent = task->real_parent;
	struct err *e = NULL;

	if (!parent.v)
		e = kread_pointer(&t->kernel, kaddr_add(task->at, OFF_task_struct_real_parent),
				  &parent);
	if (!e)
		e = kread_u32(&t->kernel, kaddr_add(parent, OFF_task_struct_tgid), &task->ppid);
	if (e)
		return err_in(e, "pid %" PRIu32 ": real_parent", task->pid);
	task->real_parent = parent;
	return NULL;
}

static struct err *read_ids(struct target *t, struct task *task)
{
	struct cred_span cred;
	struct err *e = span_read(&t->kernel, task->cred, cred, &cred);

	if (e)
		return err_in(e, "pid %" PRIu32 ": cred", task->pid);
	task->uid = (uint32_t)SPAN_GET(cred, &cred, euid);
	task->gid = (uint32_t)SPAN_GET(cred, &cred, egid);
	return NULL;
}

/* As /proc has it: a task that was released has no count of threads any more. */
static struct err *count_threads(struct target *t, struct task *task)
{
	struct kaddr head = task_threads_head(task);
	struct err *e;

	if (!task->sighand.v || !task->signal.v)
		return NULL;
	/* alone in the list: that saves a round trip, and for most processes a read */
	if (t->wave && task->next[TASK_THREAD].v == head.v && task->prev[TASK_THREAD].v == head.v) {
		task->threads = 1;
		return NULL;
	}
	e = kread_u32(&t->kernel, kaddr_add(task->signal, OFF_signal_struct_nr_threads),
		      &task->threads);
	return err_in(e, "pid %" PRIu32 ": signal_struct", task->pid);
}

struct err *task_complete(struct target *t, struct task *task, const struct task *last,
			  enum task_want want)
{
	struct err *e = NULL, *other = NULL;

	if (last && last->cred.v == task->cred.v) {
		task->uid = last->uid;
		task->gid = last->gid;
	} else if (want & TASK_WANT_IDS) {
		e = read_ids(t, task);
	}
	if (err_is_fatal(e))
		return e;
	/* both are tried, so that a rehearsal learns of both */
	if (want & TASK_WANT_THREADS)
		other = count_threads(t, task);
	if (!e)
		return other;
	err_discard(other);
	return e;
}
