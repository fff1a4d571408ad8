#include "walker/task.h"

#include <inttypes.h>
#include <string.h>

#include "walker/span.h"

#define TASK_MEMBERS(X) \
	X(task_struct, state) \
	X(task_struct, exit_state) \
	X(task_struct, flags) \
	X(task_struct, tasks) \
	X(task_struct, children) \
	X(task_struct, sibling) \
	X(task_struct, thread_node) \
	X(task_struct, pid) \
	X(task_struct, tgid) \
	X(task_struct, comm) \
	X(task_struct, start_boottime) \
	X(task_struct, mm) \
	X(task_struct, real_parent) \
	X(task_struct, group_leader) \
	X(task_struct, signal) \
	X(task_struct, sighand) \
	X(task_struct, real_cred) \
	X(task_struct, fs)
SPAN(task_struct, TASK_MEMBERS);

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

/* Shape: each bit of TASK_REPORT has its letter, and no bit is 'R'; the highest
 * bit that is set decides. Source: __task_state_index(), task_index_to_char()
 * in linux/sched.h, since 4.14. */
char task_state_letter(uint64_t state, uint64_t exit_state)
{
	static const struct {
		uint64_t bit;
		char letter;
	} letters[] = {
		{ CONST_TASK_INTERRUPTIBLE, 'S' },
		{ CONST_TASK_UNINTERRUPTIBLE, 'D' },
		{ CONST___TASK_STOPPED, 'T' },
		{ CONST___TASK_TRACED, 't' },
		{ CONST_EXIT_DEAD, 'X' },
		{ CONST_EXIT_ZOMBIE, 'Z' },
		{ CONST_TASK_PARKED, 'P' },
	};
	uint64_t shown = (state | exit_state) & CONST_TASK_REPORT, highest = 0;
	char letter = 'R';

#if HAVE_CONST_TASK_IDLE
	if ((state & CONST_TASK_IDLE) == CONST_TASK_IDLE)
		letter = 'I';
#elif HAVE_CONST_TASK_NOLOAD
	if (state & CONST_TASK_NOLOAD && state & CONST_TASK_UNINTERRUPTIBLE)
		letter = 'I';
#endif
#if HAVE_CONST_TASK_RTLOCK_WAIT
	if (state & CONST_TASK_RTLOCK_WAIT)
		return 'D';
#endif
#if HAVE_CONST_TASK_FROZEN
	if (state & CONST_TASK_FROZEN)
		return 'D';
#endif
	if (letter == 'I')
		return letter;
	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
		if (shown & letters[i].bit && letters[i].bit > highest) {
			highest = letters[i].bit;
			letter = letters[i].letter;
		}
	}
	return letter;
}

static void get_links(const struct task_struct_span *s, struct task *task)
{
	for (int i = 0; i < TASK_LINKS; i++) {
		const uint8_t *link = s->bytes + (task_link_offset[i] - task_struct_span_first);

		task->next[i] = KADDR(load_u64(link + OFF_list_head_next));
		task->prev[i] = KADDR(load_u64(link + OFF_list_head_prev));
	}
}

static struct err *check_task(const struct task *task)
{
	const char *bad = NULL;

	if (task->pid > TASK_PID_MAX || task->tgid > TASK_PID_MAX)
		bad = "its pid is out of range";
	else if (!memchr(task->comm, '\0', TASK_COMM_SIZE))
		bad = "its name has no end";
	else if (!kaddr_is_object(task->group_leader) || !kaddr_is_object(task->real_parent))
		bad = "its leader or parent is no kernel pointer";
	else if (!kaddr_is_object(task->cred))
		bad = "its cred is no kernel pointer";
	if (bad)
		return err_new(ERR_DATA, "0x%" PRIx64 " is no task_struct: %s", task->at.v, bad);
	return NULL;
}

struct err *task_read(struct target *t, struct kaddr at, struct task *ret)
{
	struct task task = { .at = at };
	struct task_struct_span s;
	struct err *e;

	if (!kaddr_is_object(at))
		return err_new(ERR_DATA, "0x%" PRIx64 " is no task_struct: no kernel pointer",
			       at.v);
	e = span_read(&t->kernel, at, task_struct, &s);
	if (e)
		return err_in(e, "task_struct");
	task.pid = (uint32_t)SPAN_GET(task_struct, &s, pid);
	task.tgid = (uint32_t)SPAN_GET(task_struct, &s, tgid);
	task.state = task_state_letter(SPAN_GET(task_struct, &s, state),
				       SPAN_GET(task_struct, &s, exit_state));
	task.dead = SPAN_GET(task_struct, &s, exit_state) & CONST_EXIT_DEAD;
	task.kernel_thread = SPAN_GET(task_struct, &s, flags) & CONST_PF_KTHREAD;
	task.start = SPAN_GET(task_struct, &s, start_boottime);
	memcpy(task.comm, SPAN_AT(task_struct, &s, comm), TASK_COMM_SIZE);
	task.mm = KADDR(SPAN_GET(task_struct, &s, mm));
	task.real_parent = KADDR(SPAN_GET(task_struct, &s, real_parent));
	task.group_leader = KADDR(SPAN_GET(task_struct, &s, group_leader));
	task.signal = KADDR(SPAN_GET(task_struct, &s, signal));
	task.sighand = KADDR(SPAN_GET(task_struct, &s, sighand));
	task.cred = KADDR(SPAN_GET(task_struct, &s, real_cred));
	task.fs = KADDR(SPAN_GET(task_struct, &s, fs));
	get_links(&s, &task);
	e = check_task(&task);
	if (!e)
		*ret = task;
	return e;
}

struct err *task_complete(struct target *t, struct task *task, const struct task *last)
{
	struct cred_span cred;
	struct err *e;

	if (last && last->cred.v == task->cred.v) {
		task->uid = last->uid;
		task->gid = last->gid;
	} else {
		e = span_read(&t->kernel, task->cred, cred, &cred);
		if (e)
			return err_in(e, "pid %" PRIu32 ": cred", task->pid);
		task->uid = (uint32_t)SPAN_GET(cred, &cred, euid);
		task->gid = (uint32_t)SPAN_GET(cred, &cred, egid);
	}
	/* as /proc: a task that was released has no count of threads any more */
	if (!task->sighand.v || !task->signal.v)
		return NULL;
	e = kread_u32(&t->kernel, kaddr_add(task->signal, OFF_signal_struct_nr_threads),
		      &task->threads);
	return err_in(e, "pid %" PRIu32 ": signal_struct", task->pid);
}
