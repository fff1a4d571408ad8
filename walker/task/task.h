/* task: one struct task_struct, and what /proc/PID/stat and status tell of the
 * structures that it points to.
 *
 * A task is a thread. A process is a group of threads; its pid is the tgid that all of
 * them have, and the thread whose pid equals its tgid is the leader. All processes of a
 * machine, or one of them (walker/task/collect.h):
 *
 *	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
 *	struct err *e = task_set_collect(t, false, TASK_WANT_IDS, &set);
 *
 *	e = task_of_pid(t, 1, &task);
 *
 * A command meets tasks of every kind: kernel threads have no mm, a zombie has given
 * back its mm and fs, and a task that is being released has no sighand. Such a pointer
 * is 0. comm is whatever the process chose: escape it.
 */
#ifndef WALKER_TASK_TASK_H
#define WALKER_TASK_TASK_H

#include "walker/task/raw.h"

#define TASK_PID_MAX (1 << 22) /* PID_MAX_LIMIT */

/* What of a task is wanted beyond pid, name, state and parent. Of a live machine only
 * that is read. */
enum task_want {
	TASK_WANT_IDS = 1 << 0,	    /* uid, gid */
	TASK_WANT_THREADS = 1 << 1, /* how many */
	TASK_WANT_START = 1 << 2,
	TASK_WANT_MM = 1 << 3,
	TASK_WANT_ALL = -1,
};

struct task {
	struct kaddr at;
	uint32_t pid, tgid;
	char state; /* letter, as in /proc/PID/stat */
	bool kernel_thread, exiting, dead;
	uint64_t start; /* ns since boot */
	char comm[TASK_COMM_SIZE + 1];
	struct kaddr next[TASK_LINKS], prev[TASK_LINKS];
	struct kaddr mm, real_parent, group_leader, signal, sighand, cred, fs;
	struct kaddr thread_pid; /* its struct pid */
	/* by task_complete(); ppid by whoever knows the parent */
	uint32_t ppid, uid, gid, threads;
};

/* Where a list_head lies in a task_struct. */
extern const uint32_t task_link_offset[TASK_LINKS];

static inline struct kaddr task_link_at(const struct task *task, enum task_link link)
{
	return kaddr_add(task->at, task_link_offset[link]);
}

/* The task in which the list_head at `at` is this link. */
static inline struct kaddr task_of_link(struct kaddr at, enum task_link link)
{
	return KADDR(at.v - task_link_offset[link]);
}

/* Where init_task lies, the first task of every kernel. */
struct kaddr task_init_at(const struct target *t);

/* Reads all of it, in one piece.
 * Errors: ERR_DATA: unreadable, or no task_struct (pid, name, pointers). */
struct err *task_read(struct target *t, struct kaddr at, struct task *ret) MUST_CHECK;

/* Reads these TASK_PART()s of it; the rest is 0. Errors: as above. */
struct err *task_read_parts(struct target *t, struct kaddr at, uint32_t parts,
			    struct task *ret) MUST_CHECK;

/* The task that was read; what was not is 0. Errors: ERR_DATA: no task_struct. */
struct err *task_of_raw(struct kaddr at, const struct task_raw *raw, struct task *ret) MUST_CHECK;

/* The letter of /proc/PID/stat: task_state_index() of linux/sched.h. */
char task_state_letter(uint64_t state, uint64_t exit_state);

/* Reads the ppid out of the task's real_parent, and first, if that is 0, the pointer to it.
 * Errors: ERR_DATA. */
struct err *task_read_ppid(struct target *t, struct task *task) MUST_CHECK;

/* Reads what is wanted of uid, gid and threads. last: the task completed before, or
 * NULL. Most tasks share its cred, which then is not read again. */
struct err *task_complete(struct target *t, struct task *task, const struct task *last,
			  enum task_want want) MUST_CHECK;

/* A list whose members are tasks: its head, and both ends. */
struct task_list {
	enum task_link link;
	struct kaddr head, next, prev;
};

/* The list that ends in the task itself. */
struct task_list task_list_of(const struct task *task, enum task_link link);

/* The head of the list of a group's threads, in its signal_struct. */
struct kaddr task_threads_head(const struct task *task);

/* Reads the list of the threads of a group. Errors: ERR_DATA. */
struct err *task_threads_read(struct target *t, const struct task *task,
			      struct task_list *ret) MUST_CHECK;

#endif
