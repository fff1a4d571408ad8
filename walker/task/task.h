/* task: one struct task_struct, and what of the structures it points to shows
 * in /proc/PID/stat and status.
 */
#ifndef WALKER_TASK_TASK_H
#define WALKER_TASK_TASK_H

#include "walker/read/target.h"

#define TASK_PID_MAX (1 << 22) /* PID_MAX_LIMIT */
#define TASK_COMM_SIZE 16

/* The lists a task is in or holds, each a struct list_head inside it. */
enum task_link {
	TASK_TASKS,    /* all thread group leaders */
	TASK_CHILDREN, /* head: its children's TASK_SIBLING */
	TASK_SIBLING,
	TASK_THREAD,   /* all threads of a group; the head is in signal_struct */
	TASK_LINKS
};

/* What of a task is wanted beyond pid, name, state and parent. */
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
	bool kernel_thread, dead;
	uint64_t start; /* ns since boot */
	char comm[TASK_COMM_SIZE + 1];
	struct kaddr next[TASK_LINKS], prev[TASK_LINKS];
	struct kaddr mm, real_parent, group_leader, signal, sighand, cred, fs;
	struct kaddr thread_pid; /* its struct pid */
	/* by task_complete() */
	uint32_t ppid, uid, gid, threads;
};

/* Where a list_head lies in a task_struct. */
extern const uint32_t task_link_offset[TASK_LINKS];

static inline struct kaddr task_link_at(const struct task *task, enum task_link link)
{
	return kaddr_add(task->at, task_link_offset[link]);
}

struct task_raw;

/* Reads all of it, in one piece.
 * Errors: ERR_DATA: unreadable, or no task_struct (pid, name, pointers). */
struct err *task_read(struct target *t, struct kaddr at, struct task *ret) MUST_CHECK;

/* What the bytes read say; what was not read is 0. Errors: ERR_DATA, as above. */
struct err *task_of_raw(struct kaddr at, const struct task_raw *raw, struct task *ret) MUST_CHECK;

/* The letter of /proc/PID/stat: task_state_index() of linux/sched.h. */
char task_state_letter(uint64_t state, uint64_t exit_state);

/* What is wanted (enum task_want) of uid, gid and threads; the caller knows the
 * ppid. last: the task completed before, or NULL: most share its cred. */
struct err *task_complete(struct target *t, struct task *task, const struct task *last,
			  int want) MUST_CHECK;

#endif
