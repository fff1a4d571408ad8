/* serial: the process list as a walk that reads one member of one task at a time, which is how it is first written.
 *
 *	serial BOOT URI		BOOT: what recover wrote
 *
 * From init_task down to the children and along the siblings, six reads a task: children, sibling, real_parent, pid, comm,
 * state. Compiled, as a walker is, against offsets.h and symbols.h of one kernel. The bench sets the walker beside it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/facts.h"
#include "base/view.h"
#include "memory/memory.h"
#include "offsets.h"
#include "symbols.h"

#define IMAGE_MAP UINT64_C(0xffffffff80000000)
#define TASKS_MAX (1u << 22)

struct machine {
	struct memory *memory;
	uint64_t phys_base, shift, page_offset_base;
	size_t count, reads;
};

static struct err *read_at(struct machine *m, uint64_t va, void *to, size_t size)
{
	uint64_t pa = va >= IMAGE_MAP ? va - IMAGE_MAP + m->phys_base : va - m->page_offset_base;

	m->reads++;
	return memory_read(m->memory, PADDR(pa), to, size);
}

static char letter_of(uint64_t state)
{
	return !state ? 'R' : state & CONST_TASK_INTERRUPTIBLE ? 'S' : 'D';
}

/* The task, those below it, and those behind it in its family. */
static struct err *walk(struct machine *m, uint64_t task)
{
	for (;;) {
		uint8_t children[16], sibling[16], parent[8], pid[4], state[8] = { 0 };
		char comm[16];
		uint64_t next;
		struct err *e = read_at(m, task + OFF_task_struct_children, children, sizeof(children));

		if (!e)
			e = read_at(m, task + OFF_task_struct_sibling, sibling, sizeof(sibling));
		if (!e)
			e = read_at(m, task + OFF_task_struct_real_parent, parent, sizeof(parent));
		if (!e)
			e = read_at(m, task + OFF_task_struct_pid, pid, sizeof(pid));
		if (!e)
			e = read_at(m, task + OFF_task_struct_comm, comm, sizeof(comm));
		if (!e)
			e = read_at(m, task + OFF_task_struct_state, state, LEN_task_struct_state);
		if (e || ++m->count > TASKS_MAX)
			return e;
		printf("0x%" PRIx64 " %" PRIu32 " %c %.15s\n", task, load_u32(pid), letter_of(load_u64(state)), comm);
		next = load_u64(children);
		if (next != task + OFF_task_struct_children) {
			e = walk(m, next - OFF_task_struct_sibling);
			if (e)
				return e;
		}
		next = load_u64(sibling);
		if (next == load_u64(parent) + OFF_task_struct_children || !load_u32(pid))
			return NULL;
		task = next - OFF_task_struct_sibling;
	}
}

static struct err *run(const char *boot, const char *uri, struct machine *m)
{
	CLEANUP(facts_freep) struct facts *facts = NULL;
	struct err *e = facts_read(boot, &facts);

	if (!e)
		e = facts_u64(facts, "phys_base", &m->phys_base);
	if (!e)
		e = facts_u64(facts, "kernel_shift", &m->shift);
	if (!e)
		e = facts_u64(facts, "page_offset_base", &m->page_offset_base);
	if (!e)
		e = memory_open(uri, &m->memory);
	return e ? e : walk(m, SYM_init_task + m->shift);
}

int main(int argc, char **argv)
{
	struct machine m = { .memory = NULL };
	struct err *e = argc == 3 ? run(argv[1], argv[2], &m) : err_new(ERR_USAGE, "usage: serial BOOT URI");

	if (!e)
		fprintf(stderr, "%zu tasks, %zu reads\n", m.count, m.reads);
	memory_close(m.memory);
	return err_report(e, "serial");
}
