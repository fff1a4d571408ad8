#include "walker/task/pid_table.h"

#include <inttypes.h>

#include "base/search.h"
#include "base/vec.h"
#include "base/view.h"
#include "offsets.h"
#include "symbols.h"
#include "walker/read/rehearse.h"
#include "walker/read/xarray.h"
#include "walker/task/task.h"

/* Up to 4.14 the kernel had a hash of pids instead. */
#if HAVE_SYM_init_pid_ns && HAVE_pid_namespace_idr && HAVE_task_struct_pid_links
#define HAVE_TABLE 1
#endif

/* What a tree for TASK_PID_MAX pids has at most, with 16 slots a node or more. */
#define NODES_MAX (TASK_PID_MAX / 8)

void pid_table_deinit(struct pid_table *p)
{
	free(p->list);
}

const struct pid_entry *pid_table_entry(const struct pid_table *p, uint32_t nr)
{
	size_t at = search_first(i, p->count, p->list[i].nr >= nr);

	return at < p->count && p->list[at].nr == nr ? &p->list[at] : NULL;
}

#if HAVE_TABLE
#if HAVE_CONST_PIDTYPE_TGID
#define TYPES (CONST_PIDTYPE_TGID + 1)
#else
#define TYPES (CONST_PIDTYPE_PID + 1)
#endif

_Static_assert(CONST_PIDTYPE_PID == 0, "the first list of a struct pid is that of its threads");

static struct kaddr table_at(const struct target *t)
{
	return kaddr_add(kread_symbol(&t->kernel, SYM_init_pid_ns), OFF_pid_namespace_idr);
}

/* Reads the struct pid of an entry: its lists, and the number that it says it has. */
static struct err *read_pid(struct target *t, const struct pid_entry *entry,
			    uint8_t tasks[8 * TYPES])
{
	struct kaddr nr_at = kaddr_add(entry->pid, OFF_pid_numbers + OFF_upid_nr);
	uint32_t nr = 0;
	struct err *e, *other;

	if (!kaddr_is_object(entry->pid))
		return err_new(ERR_DATA, "pid %" PRIu32 ": no kernel pointer", entry->nr);
	/* both are tried, so that a rehearsal learns of both */
	e = kread(&t->kernel, kaddr_add(entry->pid, OFF_pid_tasks), tasks, 8 * TYPES);
	other = kread_u32(&t->kernel, nr_at, &nr);
	if (e)
		err_discard(other);
	else if (other)
		e = other;
	else if (nr != entry->nr)
		e = err_new(ERR_DATA, "is that of pid %" PRIu32, nr);
	return err_in(e, "pid %" PRIu32 ": struct pid", entry->nr);
}

static struct err *pid_entry_read(struct target *t, struct pid_entry *entry)
{
	uint8_t tasks[8 * TYPES];
	struct kaddr link;
	struct err *e = read_pid(t, entry, tasks);

	if (e)
		return e;
	link = KADDR(load_u64(tasks));
	entry->task = KADDR(link.v ? link.v - OFF_task_struct_pid_links : 0);
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

	*vec_add(p->list, p->count, p->capacity) =
		(struct pid_entry){ .nr = (uint32_t)index, .pid = entry };
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

		if (err_is_fatal(e))
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
	if (err_is_fatal(e) || (e && !ret->count))
		return e;
	notes_gap_err(&t->notes, e);
	rehearse_each(t, ret->count, rehearse_pid, ret);
	return read_entries(t, ret);
}

struct err *pid_table_find(struct target *t, uint32_t nr, struct pid_entry *ret)
{
	struct pid_entry entry = { .nr = nr };
	struct err *e = xarray_load(&t->kernel, table_at(t), nr, &entry.pid);

	if (e)
		return e;
	if (!entry.pid.v)
		return err_new(ERR_ABSENT, "there is no process %" PRIu32, nr);
	e = pid_entry_read(t, &entry);
	if (e)
		return e;
	*ret = entry;
	return NULL;
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
