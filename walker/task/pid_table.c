#include "walker/task/pid_table.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/view.h"
#include "offsets.h"
#include "symbols.h"
#include "walker/read/rehearse.h"
#include "walker/task/task.h"
#include "walker/read/xarray.h"

/* A hash up to 4.14, and then no array either. */
#if HAVE_SYM_init_pid_ns && HAVE_pid_namespace_idr && HAVE_task_struct_pid_links
#define HAVE_TABLE 1
#endif

/* All a tree for TASK_PID_MAX pids has, with 16 slots a node or more. */
#define NODES_MAX (TASK_PID_MAX / 8)

void pid_table_deinit(struct pid_table *p)
{
	free(p->list);
}

const struct pid_entry *pid_table_entry(const struct pid_table *p, uint32_t nr)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->list[middle].nr == nr)
			return &p->list[middle];
		if (p->list[middle].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

#if HAVE_TABLE
#if HAVE_CONST_PIDTYPE_TGID
#define TYPES (CONST_PIDTYPE_TGID + 1)
#else
#define TYPES (CONST_PIDTYPE_PID + 1)
#endif

_Static_assert(CONST_PIDTYPE_PID == 0, "the link that is looked for is the first");

static struct kaddr table_at(const struct target *t)
{
	return kaddr_add(kread_symbol(&t->kernel, SYM_init_pid_ns), OFF_pid_namespace_idr);
}

static struct err *pid_entry_read(struct target *t, struct pid_entry *entry)
{
	struct kaddr nr_at = kaddr_add(entry->pid, OFF_pid_numbers + OFF_upid_nr), first;
	uint8_t tasks[8 * TYPES];
	uint32_t nr = 0;
	struct err *e, *other;

	if (!kaddr_is_object(entry->pid))
		return err_new(ERR_DATA, "pid %" PRIu32 ": no kernel pointer", entry->nr);
	/* both are tried, so that a wave learns of both */
	e = kread(&t->kernel, kaddr_add(entry->pid, OFF_pid_tasks), tasks, sizeof(tasks));
	other = kread_u32(&t->kernel, nr_at, &nr);
	if (!e && !other && nr != entry->nr)
		other = err_new(ERR_DATA, "is that of pid %" PRIu32, nr);
	if (!e) {
		e = other;
		other = NULL;
	}
	err_discard(other);
	if (e)
		return err_in(e, "pid %" PRIu32 ": struct pid", entry->nr);
	first = KADDR(load_u64(tasks));
	entry->task = KADDR(first.v ? first.v - OFF_task_struct_pid_links : 0);
#if HAVE_CONST_PIDTYPE_TGID
	entry->leader = load_u64(tasks + 8 * CONST_PIDTYPE_TGID);
#else
	entry->leader = entry->task.v;
	entry->unsure = true;
#endif
	return NULL;
}

static bool take_entry(uint64_t index, struct kaddr entry, void *arg)
{
	struct pid_table *p = arg;

	if (p->count == p->capacity) {
		p->capacity = p->capacity ? 2 * p->capacity : 1024;
		p->list = xrealloc(p->list, p->capacity, sizeof(*p->list));
	}
	p->list[p->count++] = (struct pid_entry){ .nr = (uint32_t)index, .pid = entry };
	return true;
}

/* The array, without the struct pids. */
static struct err *read_array(struct target *t, struct pid_table *p)
{
	p->count = 0;
	return err_in(xarray_each(&t->kernel, table_at(t), TASK_PID_MAX + 1, NODES_MAX, take_entry,
				  p), "table of pids");
}

static void rehearse_array(struct target *t, void *arg)
{
	err_discard(read_array(t, arg));
}

static void rehearse_pid(struct target *t, size_t i, void *arg)
{
	struct pid_entry entry = ((struct pid_table *)arg)->list[i];

	err_discard(pid_entry_read(t, &entry));
}

static struct err *read_entries(struct target *t, struct pid_table *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct pid_entry *entry = &p->list[i];
		struct err *e = pid_entry_read(t, entry);

		if (e && err_code(e) == ERR_SYSTEM)
			return e;
		entry->doubtful = e;
		err_discard(e);
	}
	return NULL;
}

struct err *pid_table_read(struct target *t, struct pid_table *ret)
{
	struct err *e;

	rehearse(t, rehearse_array, ret);
	e = read_array(t, ret);
	if (e && (err_code(e) == ERR_SYSTEM || !ret->count))
		return e;
	notes_gap_err(&t->notes, e);
	rehearse_each(t, ret->count, rehearse_pid, ret);
	return read_entries(t, ret);
}

struct err *pid_table_find(struct target *t, uint32_t nr, struct pid_entry *ret)
{
	struct pid_entry entry = { .nr = nr };
	struct err *e = xarray_load(&t->kernel, table_at(t), nr, &entry.pid);

	if (!e && !entry.pid.v)
		e = err_new(ERR_ABSENT, "there is no process %" PRIu32, nr);
	if (!e)
		e = pid_entry_read(t, &entry);
	if (!e)
		*ret = entry;
	return e;
}
#else
static struct err *no_table(void)
{
	return err_new(ERR_ABSENT, "where the table of pids is is not known");
}

struct err *pid_table_read(struct target *t, struct pid_table *ret)
{
	(void)t;
	(void)ret;
	return no_table();
}

struct err *pid_table_find(struct target *t, uint32_t nr, struct pid_entry *ret)
{
	(void)t;
	(void)nr;
	(void)ret;
	return no_table();
}
#endif
