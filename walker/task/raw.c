#include "walker/task/raw.h"

#define REQUEST_MAX 512 /* bytes: what a bus carries everywhere */
#define COMM_HALF (LEN_task_struct_comm / 2)

#define WHOLE(member) { OFF_task_struct_##member, LEN_task_struct_##member }

static const struct {
	uint32_t at, size;
} parts[TASK_PARTS] = {
	[TASK_PART_STATE] = WHOLE(state),
	[TASK_PART_EXIT_STATE] = WHOLE(exit_state),
	[TASK_PART_FLAGS] = WHOLE(flags),
	[TASK_PART_TASKS] = WHOLE(tasks),
	[TASK_PART_CHILDREN] = WHOLE(children),
	[TASK_PART_SIBLING_NEXT] = { OFF_task_struct_sibling + OFF_list_head_next, 8 },
	[TASK_PART_SIBLING_PREV] = { OFF_task_struct_sibling + OFF_list_head_prev, 8 },
	[TASK_PART_THREAD_NODE] = WHOLE(thread_node),
	[TASK_PART_PID] = WHOLE(pid),
	[TASK_PART_TGID] = WHOLE(tgid),
	[TASK_PART_COMM] = { OFF_task_struct_comm, COMM_HALF },
	[TASK_PART_COMM_REST] = { OFF_task_struct_comm + COMM_HALF,
				  LEN_task_struct_comm - COMM_HALF },
	[TASK_PART_START] = WHOLE(start_boottime),
	[TASK_PART_MM] = WHOLE(mm),
	[TASK_PART_REAL_PARENT] = WHOLE(real_parent),
	[TASK_PART_GROUP_LEADER] = WHOLE(group_leader),
	[TASK_PART_SIGNAL] = WHOLE(signal),
	[TASK_PART_SIGHAND] = WHOLE(sighand),
	[TASK_PART_CRED] = WHOLE(real_cred),
	[TASK_PART_THREAD_PID] = WHOLE(thread_pid),
	[TASK_PART_FS] = WHOLE(fs),
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

/* The part of `want` that lies lowest; TASK_PARTS when there is none. */
static int lowest(uint32_t want)
{
	int found = TASK_PARTS;

	for (int i = 0; i < TASK_PARTS; i++)
		if (want & UINT32_C(1) << i && (found == TASK_PARTS || parts[i].at < parts[found].at))
			found = i;
	return found;
}

/* As few pieces as hold all of `want`; how many. */
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

static uint32_t parts_within(const struct piece *p)
{
	uint32_t within = 0;

	for (int i = 0; i < TASK_PARTS; i++)
		if (parts[i].at >= p->start && parts[i].at + parts[i].size <= p->end)
			within |= UINT32_C(1) << i;
	return within;
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
	/* all are tried, so that a wave learns of all */
	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];
		struct err *e = kread(&t->kernel, kaddr_add(at, p->start),
				      raw->s.bytes + (p->start - task_struct_span_first),
				      p->end - p->start);

		if (!e)
			raw->have |= parts_within(p);
		else if (failed)
			err_discard(e);
		else
			failed = e;
	}
	return err_in(failed, "task_struct");
}

struct err *task_raw_read_all(struct target *t, struct kaddr at, struct task_raw *raw)
{
	struct err *e;

	if (!kaddr_is_object(at))
		return no_pointer(at);
	e = span_read(&t->kernel, at, task_struct, &raw->s);
	if (!e)
		raw->have = TASK_PARTS_ALL;
	return err_in(e, "task_struct");
}
