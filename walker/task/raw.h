/* task_raw: bytes of a task_struct, as many of them as are wanted.
 *
 * Members that are wanted lie kilobytes apart, and one request of a bus carries
 * 512 bytes of one page. So a task_struct is read in pieces, as few as hold what
 * is wanted; what else lies in them is there as well.
 */
#ifndef WALKER_TASK_RAW_H
#define WALKER_TASK_RAW_H

#include "walker/read/span.h"
#include "walker/read/target.h"

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
	X(task_struct, thread_pid) \
	X(task_struct, fs)
SPAN(task_struct, TASK_MEMBERS);

/* What can be wanted. Most names fit into half of comm, and of the links of a
 * list one is enough to know where in it a task stands. */
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

struct task_raw {
	uint32_t have; /* TASK_PART() bits; of the others the bytes are 0 or old */
	struct task_struct_span s;
};

/* Reads what of `want` is not there yet of the task_struct at `at`, in pieces
 * that a request of a bus can carry.
 * Errors: ERR_DATA: unreadable; ERR_SYSTEM. */
struct err *task_raw_read(struct target *t, struct kaddr at, uint32_t want,
			  struct task_raw *raw) MUST_CHECK;

/* Reads all of it in one piece. */
struct err *task_raw_read_all(struct target *t, struct kaddr at, struct task_raw *raw) MUST_CHECK;

#endif
