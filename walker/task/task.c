#include "walker/task/task.h"

#include <inttypes.h>
#include <string.h>

#include "walker/task/raw.h"

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

static void get_link(const struct task_raw *raw, enum task_link link, struct task *task)
{
	const uint8_t *p = raw->s.bytes + (task_link_offset[link] - task_struct_span_first);

	task->next[link] = KADDR(load_u64(p + OFF_list_head_next));
	task->prev[link] = KADDR(load_u64(p + OFF_list_head_prev));
}

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

/* 0 where it was not read. */
#define GET(raw, part, member) \
	((raw)->have & TASK_PART(part) ? SPAN_GET(task_struct, &(raw)->s, member) : 0)

struct err *task_of_raw(struct kaddr at, const struct task_raw *raw, struct task *ret)
{
	struct task task = { .at = at };
	uint64_t exit_state = GET(raw, EXIT_STATE, exit_state);
	struct err *e;

	task.pid = (uint32_t)GET(raw, PID, pid);
	task.tgid = (uint32_t)GET(raw, TGID, tgid);
	task.state = task_state_letter(GET(raw, STATE, state), exit_state);
	task.dead = exit_state & CONST_EXIT_DEAD;
	task.kernel_thread = GET(raw, FLAGS, flags) & CONST_PF_KTHREAD;
	task.start = GET(raw, START, start_boottime);
	memcpy(task.comm, SPAN_AT(task_struct, &raw->s, comm), TASK_COMM_SIZE);
	task.mm = KADDR(GET(raw, MM, mm));
	task.real_parent = KADDR(GET(raw, REAL_PARENT, real_parent));
	task.group_leader = KADDR(GET(raw, GROUP_LEADER, group_leader));
	task.signal = KADDR(GET(raw, SIGNAL, signal));
	task.sighand = KADDR(GET(raw, SIGHAND, sighand));
	task.cred = KADDR(GET(raw, CRED, real_cred));
	task.thread_pid = KADDR(GET(raw, THREAD_PID, thread_pid));
	task.fs = KADDR(GET(raw, FS, fs));
	for (enum task_link i = 0; i < TASK_LINKS; i++)
		get_link(raw, i, &task);
	e = check_task(&task, raw->have);
	if (!e)
		*ret = task;
	return e;
}

struct err *task_read(struct target *t, struct kaddr at, struct task *ret)
{
	struct task_raw raw;
	struct err *e = task_raw_read_all(t, at, &raw);

	return e ? e : task_of_raw(at, &raw, ret);
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

/* As /proc: a task that was released has no count of threads any more. */
static struct err *count_threads(struct target *t, struct task *task)
{
	struct kaddr head = kaddr_add(task->signal, OFF_signal_struct_thread_head);
	struct err *e;

	if (!task->sighand.v || !task->signal.v)
		return NULL;
	/* alone in the list: saves a round trip, and a read for most processes */
	if (t->wave && task->next[TASK_THREAD].v == head.v && task->prev[TASK_THREAD].v == head.v) {
		task->threads = 1;
		return NULL;
	}
	e = kread_u32(&t->kernel, kaddr_add(task->signal, OFF_signal_struct_nr_threads),
		      &task->threads);
	return err_in(e, "pid %" PRIu32 ": signal_struct", task->pid);
}

struct err *task_complete(struct target *t, struct task *task, const struct task *last, int want)
{
	struct err *e = NULL, *other = NULL;

	if (last && last->cred.v == task->cred.v) {
		task->uid = last->uid;
		task->gid = last->gid;
	} else if (want & TASK_WANT_IDS) {
		e = read_ids(t, task);
	}
	if (want & TASK_WANT_THREADS && (!e || err_code(e) != ERR_SYSTEM))
		other = count_threads(t, task);
	if (!e)
		return other;
	err_discard(other);
	return e;
}
