/* task_raw: members of a task_struct as they stand in memory, as many as are wanted.
 *
 * The members that a command needs lie kilobytes apart, and one request of a bus carries
 * 512 bytes of one page. So whoever reads a live machine names the parts it needs, and
 * task_raw_read() reads as few pieces as hold them. What else lies in a piece comes with
 * it: `have` says what there is.
 *
 *	struct task_raw raw = { .have = 0 };
 *	struct err *e = task_raw_read(t, at, TASK_PART(PID) | TASK_PART(MM), &raw);
 *
 * A second call with other parts reads what is not there yet. A dump is read in one go,
 * by task_raw_read_all().
 *
 * Nothing here says that there is a task at that address: task_of_raw() in
 * walker/task/task.h checks what was read.
 */
#ifndef WALKER_TASK_RAW_H
#define WALKER_TASK_RAW_H

#include "walker/read/target.h"

#define TASK_COMM_SIZE 16
#define TASK_COMM_HALF (TASK_COMM_SIZE / 2)

/* The lists that a task is in, or holds, each a struct list_head inside it. */
enum task_link {
	TASK_TASKS,    /* all thread group leaders */
	TASK_CHILDREN, /* head: its children's TASK_SIBLING */
	TASK_SIBLING,
	TASK_THREAD,   /* all threads of a group; the head is in signal_struct */
	TASK_LINKS
};

/* What can be wanted. Most names fit into the first half of comm, and one of the two
 * links of a list is enough to know where in it a task stands. */
enum task_part {
	TASK_PART_STATE,
	TASK_PART_EXIT_STATE,
	TASK_PART_FLAGS,
	TASK_PART_TASKS,
	TASK_PART_CHILDREN,
	TASK_PART_SIBLING_NEXT,
	TASK_PART_SIBLING_PREV,
	TASK_PART_THREAD_NODE,
	TASK_PART_PID,
	TASK_PART_TGID,
	TASK_PART_COMM,
	TASK_PART_COMM_REST,
	TASK_PART_START,
	TASK_PART_MM,
	TASK_PART_REAL_PARENT,
	TASK_PART_GROUP_LEADER,
	TASK_PART_SIGNAL,
	TASK_PART_SIGHAND,
	TASK_PART_CRED,
	TASK_PART_THREAD_PID,
	TASK_PART_FS,
	TASK_PARTS
};

#define TASK_PART(x) (UINT32_C(1) << TASK_PART_##x)
#define TASK_PARTS_ALL ((UINT32_C(1) << TASK_PARTS) - 1)

/* The members by the kernel's names, extended with zeros; 0 where a part was not read. */
struct task_raw {
	uint32_t have; /* TASK_PART() bits */
	uint64_t state, exit_state, flags, pid, tgid, start_boottime;
	uint64_t mm, real_parent, group_leader, signal, sighand, real_cred, thread_pid, fs;
	uint8_t links[TASK_LINKS][16]; /* struct list_head */
	char comm[TASK_COMM_SIZE];
};

/* Reads what of `want` is not there yet of the task_struct at `at`, in pieces that a
 * request of a bus can carry. Tries every piece, whatever fails.
 * Errors: ERR_DATA: unreadable; ERR_SYSTEM. */
struct err *task_raw_read(struct target *t, struct kaddr at, uint32_t want,
			  struct task_raw *raw) MUST_CHECK;

/* Reads all parts in one piece. */
struct err *task_raw_read_all(struct target *t, struct kaddr at, struct task_raw *raw) MUST_CHECK;

/* Has it begun to end? Needs the part FLAGS. */
bool task_raw_is_exiting(const struct task_raw *raw);

#endif
