#include "walker/task/raw.h"

#include <stddef.h>
#include <string.h>

#include "walker/read/span.h"

#define REQUEST_MAX 512 /* bytes: what every bus carries in one request */

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

_Static_assert(LEN_task_struct_comm >= TASK_COMM_SIZE, "comm");
_Static_assert(LEN_task_struct_tasks == 16, "struct list_head");

/* Does not compile where the member is more than a number. */
#define NUMBER_SIZE(length) sizeof(char[(length) <= 8 ? (length) : -1])
#define NUMBER(member) \
	{ OFF_task_struct_##member, NUMBER_SIZE(LEN_task_struct_##member), \
	  offsetof(struct task_raw, member) }
#define LINK(member, link, at, size) \
	{ OFF_task_struct_##member + (at), size, offsetof(struct task_raw, links[link]) + (at) }

/* Where a part lies in a task_struct, and where in a struct task_raw. */
static const struct {
	uint32_t at, size;
	size_t to;
} parts[TASK_PARTS] = {
	[TASK_PART_STATE] = NUMBER(state),
	[TASK_PART_EXIT_STATE] = NUMBER(exit_state),
	[TASK_PART_FLAGS] = NUMBER(flags),
	[TASK_PART_TASKS] = LINK(tasks, TASK_TASKS, 0, 16),
	[TASK_PART_CHILDREN] = LINK(children, TASK_CHILDREN, 0, 16),
	[TASK_PART_SIBLING_NEXT] = LINK(sibling, TASK_SIBLING, OFF_list_head_next, 8),
	[TASK_PART_SIBLING_PREV] = LINK(sibling, TASK_SIBLING, OFF_list_head_prev, 8),
	[TASK_PART_THREAD_NODE] = LINK(thread_node, TASK_THREAD, 0, 16),
	[TASK_PART_PID] = NUMBER(pid),
	[TASK_PART_TGID] = NUMBER(tgid),
	[TASK_PART_COMM] = { OFF_task_struct_comm, TASK_COMM_HALF, offsetof(struct task_raw, comm) },
	[TASK_PART_COMM_REST] = { OFF_task_struct_comm + TASK_COMM_HALF,
				  TASK_COMM_SIZE - TASK_COMM_HALF,
				  offsetof(struct task_raw, comm) + TASK_COMM_HALF },
	[TASK_PART_START] = NUMBER(start_boottime),
	[TASK_PART_MM] = NUMBER(mm),
	[TASK_PART_REAL_PARENT] = NUMBER(real_parent),
	[TASK_PART_GROUP_LEADER] = NUMBER(group_leader),
	[TASK_PART_SIGNAL] = NUMBER(signal),
	[TASK_PART_SIGHAND] = NUMBER(sighand),
	[TASK_PART_CRED] = NUMBER(real_cred),
	[TASK_PART_THREAD_PID] = NUMBER(thread_pid),
	[TASK_PART_FS] = NUMBER(fs),
};

/* [start, end) of a task_struct. */
struct piece {
	uint32_t start, end;
};

/* Whether one request can carry [start, end) of the task_struct at `at`. */
static bool fits(struct kaddr at, uint32_t start, uint32_t end)
{
	return end - start <= REQUEST_MAX && !(((at.v + start) ^ (at.v + end - 1)) & PAGE_MASK);
}

/* The part of `want` that lies lowest; TASK_PARTS: there is none. */
static int lowest(uint32_t want)
{
	int found = TASK_PARTS;

	for (int i = 0; i < TASK_PARTS; i++)
		if (want & UINT32_C(1) << i && (found == TASK_PARTS || parts[i].at < parts[found].at))
			found = i;
	return found;
}

/* Puts as few pieces as hold all of `want` into pieces[]; returns how many. */
static size_t cover(struct kaddr at, uint32_t want, struct piece *pieces)
{
	size_t n = 0;

	for (int i = lowest(want); i < TASK_PARTS; i = lowest(want)) {
		uint32_t start = parts[i].at, end = start + parts[i].size;

		want &= ~(UINT32_C(1) << i);
		if (n && end <= pieces[n - 1].end)
			continue;
		if (n && fits(at, pieces[n - 1].start, end))
			pieces[n - 1].end = end;
		else
			pieces[n++] = (struct piece){ start, end };
	}
	return n;
}

/* Takes every part that lies within [start, end) of the task_struct, whose bytes these are. */
static void take_parts(struct task_raw *raw, const uint8_t *bytes, uint32_t start, uint32_t end)
{
	for (int i = 0; i < TASK_PARTS; i++) {
		if (parts[i].at < start || parts[i].at + parts[i].size > end)
			continue;
		memcpy((uint8_t *)raw + parts[i].to, bytes + (parts[i].at - start), parts[i].size);
		raw->have |= UINT32_C(1) << i;
	}
}

static struct err *read_piece(struct target *t, struct kaddr at, const struct piece *p,
			      struct task_raw *raw)
{
	uint8_t bytes[REQUEST_MAX];
	struct err *e = kread(&t->kernel, kaddr_add(at, p->start), bytes, p->end - p->start);

	if (e)
		return e;
	take_parts(raw, bytes, p->start, p->end);
	return NULL;
}

static struct err *no_pointer(struct kaddr at)
{
	return err_new(ERR_DATA, "0x%llx is no task_struct: no kernel pointer",
		       (unsigned long long)at.v);
}

struct err *task_raw_read(struct target *t, struct kaddr at, uint32_t want, struct task_raw *raw)
{
	struct piece pieces[TASK_PARTS];
	size_t n;
	struct err *failed = NULL;

	if (!kaddr_is_object(at))
		return no_pointer(at);
	n = cover(at, want & ~raw->have, pieces);
	/* all are tried, so that a rehearsal learns of all */
	for (size_t i = 0; i < n; i++) {
		struct err *e = read_piece(t, at, &pieces[i], raw);

		if (failed)
			err_discard(e);
		else
			failed = e;
	}
	return err_in(failed, "task_struct");
}

struct err *task_raw_read_all(struct target *t, struct kaddr at, struct task_raw *raw)
{
	struct task_struct_span s;
	struct err *e;

	if (!kaddr_is_object(at))
		return no_pointer(at);
	e = span_read(&t->kernel, at, task_struct, &s);
	if (e)
		return err_in(e, "task_struct");
	*raw = (struct task_raw){ .have = 0 };
	take_parts(raw, s.bytes, task_struct_span_first,
		   task_struct_span_first + task_struct_span_size);
	return NULL;
}

bool task_raw_is_exiting(const struct task_raw *raw)
{
	return raw->flags & CONST_PF_EXITING;
}
