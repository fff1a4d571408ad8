#include "walker/task_live.h"

#include <inttypes.h>
#include <string.h>

#include "symbols.h"
#include "walker/pid_table.h"
#include "walker/rehearse.h"
#include "walker/task_raw.h"
#include "walker/wave.h"

#define CHUNK 4096	   /* tasks read in one vector */
#define NEIGHBOUR_ROUNDS 8 /* neighbours of neighbours ... that the table lacks */

/* Where a task should be. */
struct lead {
	struct kaddr at;
	struct pid_entry entry; /* nr 0: a neighbour, not in the table */
	size_t from;		/* whose neighbour: index into the set */
};

struct leads {
	struct lead *list; /* owned */
	size_t count, capacity;
};

struct live {
	struct target *t;
	struct task_set *set;
	struct task_set others; /* threads nobody asked for: at and pid only */
	struct task_set fresh;	/* found by a neighbour, not looked up in the table yet */
	struct pid_table table;
	struct leads ahead, doubts;
	bool threads;
	uint32_t parts; /* of every task */
};

static void live_deinit(struct live *x)
{
	task_set_deinit(&x->others);
	task_set_deinit(&x->fresh);
	pid_table_deinit(&x->table);
	free(x->ahead.list);
	free(x->doubts.list);
}

static void leads_add(struct leads *l, const struct lead *lead)
{
	if (l->count == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 256;
		l->list = xrealloc(l->list, l->capacity, sizeof(*l->list));
	}
	l->list[l->count++] = *lead;
}

static uint32_t parts_of_want(int want)
{
	uint32_t parts = TASK_PART(STATE) | TASK_PART(FLAGS) | TASK_PART(SIBLING_PREV) |
			 TASK_PART(COMM) | TASK_PART(THREAD_PID);

	if (want & TASK_WANT_IDS)
		parts |= TASK_PART(CRED);
	if (want & TASK_WANT_THREADS)
		parts |= TASK_PART(THREAD_NODE) | TASK_PART(SIGNAL) | TASK_PART(SIGHAND);
	if (want & TASK_WANT_START)
		parts |= TASK_PART(START);
	if (want & TASK_WANT_MM)
		parts |= TASK_PART(MM);
	return parts;
}

/* --- reading tasks ---------------------------------------------------------------- */

/* What has to be read of a task that leads there. */
static uint32_t parts_of_lead(const struct live *x, const struct lead *lead)
{
	uint32_t more = 0;

	if (!lead->entry.nr)
		more = TASK_PART(PID) | TASK_PART(TGID) | TASK_PART(REAL_PARENT);
	else if (!lead->entry.leader || lead->entry.unsure)
		more = TASK_PART(TGID);
	return x->parts | more;
}

/* What else, now that this much is known. */
static uint32_t parts_of_rest(const struct task_raw *raw)
{
	const uint8_t *comm = SPAN_AT(task_struct, &raw->s, comm);
	uint32_t rest = 0;

	if (!memchr(comm, '\0', LEN_task_struct_comm / 2))
		rest |= TASK_PART(COMM_REST);
	if (SPAN_GET(task_struct, &raw->s, flags) & CONST_PF_EXITING)
		rest |= TASK_PART(EXIT_STATE);
	return rest & ~raw->have;
}

struct chunk {
	const struct live *x;
	const struct lead *leads;
	size_t count;
	struct task_raw *raws;
};

/* Everything that is to be read of task i, as far as that is known. */
static struct err *read_lead(struct target *t, const struct chunk *c, size_t i)
{
	struct task_raw *raw = &c->raws[i];
	struct err *e = task_raw_read(t, c->leads[i].at, parts_of_lead(c->x, &c->leads[i]), raw);

	return e ? e : task_raw_read(t, c->leads[i].at, parts_of_rest(raw), raw);
}

static void rehearse_lead(struct target *t, size_t i, void *arg)
{
	err_discard(read_lead(t, arg, i));
}

/* Whether these bytes are the task that the lead is to. */
static struct err *judge(const struct lead *lead, const struct task_raw *raw, struct task *ret)
{
	const struct pid_entry *entry = &lead->entry;
	struct err *e = task_of_raw(lead->at, raw, ret);

	if (e)
		return e;
	if (!entry->nr)
		return ret->pid && kaddr_is_object(ret->thread_pid) ?
			       NULL : err_new(ERR_DATA, "0x%" PRIx64 " is no task", lead->at.v);
	if (ret->thread_pid.v != entry->pid.v || (ret->pid && ret->pid != entry->nr))
		return err_new(ERR_DATA, "the task at 0x%" PRIx64 " does not have it", lead->at.v);
	ret->pid = entry->nr;
	if (entry->leader && !entry->unsure && !ret->tgid)
		ret->tgid = entry->nr;
	return NULL;
}

static void add_other(struct live *x, struct kaddr at, uint32_t pid)
{
	struct task task = { .at = at, .pid = pid };

	if (!task_set_find(&x->others, at))
		task_set_add(&x->others, &task);
}

static void add_task(struct live *x, const struct task *task, bool neighbour)
{
	struct task_set *set = neighbour ? &x->fresh : x->set;

	if (!x->threads && task->tgid != task->pid)
		add_other(x, task->at, task->pid);
	else if (!task_set_find(set, task->at))
		task_set_add(set, task);
}

static struct err *read_chunk(struct live *x, const struct lead *leads, size_t count)
{
	CLEANUP(free_ptr) struct task_raw *raws = xcalloc(count, sizeof(*raws));
	struct chunk c = { x, leads, count, raws };
	struct err *e = NULL;

	rehearse_each(x->t, count, rehearse_lead, &c);
	for (size_t i = 0; i < count && !e; i++) {
		struct task task;
		struct err *failed = read_lead(x->t, &c, i);

		if (failed && err_code(failed) == ERR_SYSTEM)
			return failed;
		if (!failed)
			failed = judge(&leads[i], &raws[i], &task);
		if (!failed)
			add_task(x, &task, !leads[i].entry.nr);
		else
			leads_add(&x->doubts, &leads[i]);
		err_discard(failed);
	}
	wave_forget(x->t->wave);
	return e;
}

/* Reads all that is ahead. */
static struct err *read_ahead(struct live *x)
{
	struct err *e = NULL;

	for (size_t done = 0; done < x->ahead.count && !e; done += CHUNK) {
		size_t left = x->ahead.count - done;

		e = read_chunk(x, x->ahead.list + done, left < CHUNK ? left : CHUNK);
	}
	x->ahead.count = 0;
	return e;
}

/* --- the table ---------------------------------------------------------------------- */

static void follow_entry(struct live *x, const struct pid_entry *entry)
{
	const struct lead lead = { entry->task, *entry, 0 };

	if (entry->doubtful)
		leads_add(&x->doubts, &lead);
	else if (entry->task.v && (entry->leader || x->threads))
		leads_add(&x->ahead, &lead);
	else if (entry->task.v)
		add_other(x, entry->task, entry->nr);
}

static void rehearse_doubt(struct target *t, size_t i, void *arg)
{
	const struct leads *doubts = arg;
	struct pid_entry entry = { .nr = 0 };

	if (doubts->list[i].entry.nr)
		err_discard(pid_table_find(t, doubts->list[i].entry.nr, &entry));
}

/* A gap: the lead was followed twice. */
static void give_up(struct live *x, const struct lead *lead)
{
	const struct task *from = &x->set->tasks[lead->from];

	if (lead->entry.nr)
		notes_gap(&x->t->notes, "pid %" PRIu32 ": its task cannot be read, or is another's",
			  lead->entry.nr);
	else
		notes_gap(&x->t->notes, "pid %" PRIu32 ": its neighbour in a list is no task",
			  from->pid);
}

/* Entries of the table whose task was not what it should be: most have ended. */
static struct err *doubt_entries(struct live *x)
{
	struct leads doubts = x->doubts;
	struct err *e = NULL;

	x->doubts = (struct leads){ NULL, 0, 0 };
	wave_forget(x->t->wave);
	rehearse_each(x->t, doubts.count, rehearse_doubt, &doubts);
	for (size_t i = 0; i < doubts.count && !e; i++) {
		struct pid_entry entry = { .nr = 0 };

		e = pid_table_find(x->t, doubts.list[i].entry.nr, &entry);
		if (!e) {
			follow_entry(x, &entry);
		} else if (err_code(e) != ERR_SYSTEM) {
			if (err_code(e) != ERR_ABSENT)
				give_up(x, &doubts.list[i]);
			err_discard(e);
			e = NULL;
		}
	}
	free(doubts.list);
	wave_forget(x->t->wave);
	if (!e)
		e = read_ahead(x);
	for (size_t i = 0; i < x->doubts.count && !e; i++)
		give_up(x, &x->doubts.list[i]);
	x->doubts.count = 0;
	return e;
}

/* --- neighbours ----------------------------------------------------------------------- */

static bool is_known(const struct live *x, struct kaddr at)
{
	return task_set_find(x->set, at) || task_set_find(&x->others, at);
}

/* Where the task of a link must be that nobody knows; 0: it is known, or was not
 * read. own: the head of the list, or the link itself, where nothing is to find. */
static struct kaddr unknown_at(const struct live *x, struct kaddr link, enum task_link in,
			       struct kaddr own)
{
	struct kaddr at = KADDR(link.v - task_link_offset[in]);

	if (!link.v || link.v == own.v || is_known(x, at))
		return KADDR(0);
	/* the last of its family points to the head, in its parent */
	if (in == TASK_SIBLING && is_known(x, KADDR(link.v - OFF_task_struct_children)))
		return KADDR(0);
	return at;
}

/* The first neighbour of a task that is not known; 0: none. */
static struct kaddr unknown_neighbour(const struct live *x, const struct task *task)
{
	const struct kaddr children = task_link_at(task, TASK_CHILDREN);
	const struct kaddr sibling = task_link_at(task, TASK_SIBLING);
	const struct kaddr tasks = task_link_at(task, TASK_TASKS);
	const struct {
		struct kaddr link;
		enum task_link in;
		struct kaddr own;
	} around[] = {
		{ task->prev[TASK_SIBLING], TASK_SIBLING, sibling },
		{ task->next[TASK_SIBLING], TASK_SIBLING, sibling },
		{ task->prev[TASK_CHILDREN], TASK_SIBLING, children },
		{ task->next[TASK_CHILDREN], TASK_SIBLING, children },
		{ task->prev[TASK_TASKS], TASK_TASKS, tasks },
		{ task->next[TASK_TASKS], TASK_TASKS, tasks },
	};

	/* threads are in no list but that of their group */
	for (size_t i = 0; i < sizeof(around) / sizeof(*around) && task->tgid == task->pid; i++) {
		struct kaddr at = unknown_at(x, around[i].link, around[i].in, around[i].own);

		if (at.v)
			return at;
	}
	return KADDR(0);
}

/* Neighbours nobody knows become leads, of tasks from `first` on. */
static void look_beyond(struct live *x, size_t first)
{
	for (size_t i = first; i < x->set->count; i++) {
		struct lead lead = { .at = unknown_neighbour(x, &x->set->tasks[i]), .from = i };

		if (lead.at.v)
			leads_add(&x->ahead, &lead);
	}
}

struct again {
	struct live *x;
	const struct leads *doubts;
};

/* Reads a task's links again, and what is to be read of every task. */
static struct err *read_again(struct live *x, struct kaddr at, struct task *ret)
{
	struct task_raw raw = { .have = 0 };
	struct err *e = task_raw_read(x->t, at, x->parts | TASK_PART(REAL_PARENT), &raw);

	return e ? e : task_of_raw(at, &raw, ret);
}

static void rehearse_again(struct target *t, size_t i, void *arg)
{
	const struct again *a = arg;
	struct task task;

	(void)t;
	err_discard(read_again(a->x, a->x->set->tasks[a->doubts->list[i].from].at, &task));
}

/* A neighbour was no task: unless the list has changed since, or its end is in a
 * parent that is not known, that is a gap. */
static struct err *doubt_neighbour(struct live *x, const struct lead *lead)
{
	struct task fresh, *task = &x->set->tasks[lead->from];
	struct err *e = read_again(x, task->at, &fresh);
	struct kaddr at;

	if (e || fresh.thread_pid.v != task->thread_pid.v) {
		bool fatal = e && err_code(e) == ERR_SYSTEM;

		if (fatal)
			return e;
		err_discard(e); /* it has ended */
		return NULL;
	}
	memcpy(task->next, fresh.next, sizeof(task->next));
	memcpy(task->prev, fresh.prev, sizeof(task->prev));
	task->real_parent = fresh.real_parent;
	at = unknown_neighbour(x, task);
	if (at.v == lead->at.v &&
	    at.v + OFF_task_struct_sibling != fresh.real_parent.v + OFF_task_struct_children)
		give_up(x, lead);
	return NULL;
}

static struct err *doubt_neighbours(struct live *x)
{
	struct leads doubts = x->doubts;
	struct err *e = NULL;

	x->doubts = (struct leads){ NULL, 0, 0 };
	rehearse_each(x->t, doubts.count, rehearse_again, &(struct again){ x, &doubts });
	for (size_t i = 0; i < doubts.count && !e; i++)
		e = doubt_neighbour(x, &doubts.list[i]);
	free(doubts.list);
	wave_forget(x->t->wave);
	return e;
}

/* Whether a task still has its pid, and does not end. */
static struct err *is_alive(struct target *t, const struct task *task, bool *ret)
{
	struct task_raw raw = { .have = 0 };
	struct task now;
	struct err *e = task_raw_read(t, task->at, TASK_PART(THREAD_PID) | TASK_PART(FLAGS) |
					      TASK_PART(COMM) | TASK_PART(COMM_REST), &raw);

	if (!e)
		e = task_of_raw(task->at, &raw, &now);
	*ret = !e && now.thread_pid.v == task->thread_pid.v &&
	       !(SPAN_GET(task_struct, &raw.s, flags) & CONST_PF_EXITING);
	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	err_discard(e);
	return NULL;
}

static void rehearse_fresh(struct target *t, size_t i, void *arg)
{
	const struct live *x = arg;
	struct pid_entry entry;

	err_discard(pid_table_find(t, x->fresh.tasks[i].pid, &entry));
}

/* A task that a list has and the table had not: does it have it now? */
static struct err *check_fresh(struct live *x, const struct task *task)
{
	struct pid_entry entry = { .nr = 0 };
	const struct task *owner;
	bool alive = false;
	struct err *e = pid_table_find(x->t, task->pid, &entry);

	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	if (!e && entry.task.v == task->at.v) {
		task_set_add(x->set, task);
		return NULL;
	}
	err_discard(e);
	/* a copy of its parent has no pid of its own yet */
	owner = task_set_find(x->set, entry.task);
	if (owner && owner->pid == task->pid)
		return NULL;
	e = is_alive(x->t, task, &alive);
	if (alive) {
		notes_remark(&x->t->notes, "pid %" PRIu32 " is in a list of tasks, but not in the "
					   "table of pids", task->pid);
		task_set_add(x->set, task);
	}
	return e;
}

static struct err *check_all_fresh(struct live *x)
{
	struct err *e = NULL;

	rehearse_each(x->t, x->fresh.count, rehearse_fresh, x);
	for (size_t i = 0; i < x->fresh.count && !e; i++)
		if (!task_set_find(x->set, x->fresh.tasks[i].at))
			e = check_fresh(x, &x->fresh.tasks[i]);
	task_set_deinit(&x->fresh);
	wave_forget(x->t->wave);
	return e;
}

static struct err *follow_neighbours(struct live *x)
{
	size_t first = 0;
	struct err *e = NULL;

	for (int round = 0; round < NEIGHBOUR_ROUNDS && !e; round++) {
		size_t before = x->set->count;

		look_beyond(x, first);
		if (!x->ahead.count)
			break;
		e = read_ahead(x);
		if (!e && x->doubts.count)
			e = doubt_neighbours(x);
		if (!e && x->fresh.count)
			e = check_all_fresh(x);
		if (x->set->count == before)
			break;
		first = before;
	}
	return e;
}

/* --- parents -------------------------------------------------------------------------- */

/* The parent by the chain of brothers, which ends in it; NULL: not known. Those
 * on the way have the same. */
static const struct task *parent_by_chain(const struct live *x, const struct task *task)
{
	for (size_t steps = 0; task && steps <= x->set->count; steps++) {
		struct kaddr link = task->prev[TASK_SIBLING];
		struct kaddr head = KADDR(link.v - OFF_task_struct_children);
		const struct task *parent = task_set_find(x->set, task->real_parent.v ?
									  task->real_parent : head);

		if (parent)
			return parent;
		task = link.v ? task_set_find(x->set, KADDR(link.v - OFF_task_struct_sibling)) : NULL;
	}
	return NULL;
}

/* Gives all of a chain their parent, so that nobody goes along it again. */
static void settle_chain(struct live *x, struct task *task)
{
	const struct task *parent = parent_by_chain(x, task);

	while (parent && task && !task->real_parent.v) {
		struct kaddr link = task->prev[TASK_SIBLING];

		task->real_parent = parent->at;
		task = task_set_find(x->set, KADDR(link.v - OFF_task_struct_sibling));
	}
}

/* The parent's process, where the set does not tell: it is a thread's. */
static struct err *read_ppid(struct target *t, struct task *task)
{
	struct kaddr parent = task->real_parent;
	struct err *e = NULL;

	if (!parent.v)
		e = kread_pointer(&t->kernel, kaddr_add(task->at, OFF_task_struct_real_parent),
				  &parent);
	if (!e)
		e = kread_u32(&t->kernel, kaddr_add(parent, OFF_task_struct_tgid), &task->ppid);
	if (!e)
		task->real_parent = parent;
	return err_in(e, "pid %" PRIu32 ": real_parent", task->pid);
}

struct orphans {
	struct task_set *set;
	size_t *list; /* indices into the set */
};

static void rehearse_ppid(struct target *t, size_t i, void *arg)
{
	const struct orphans *o = arg;
	struct task task = o->set->tasks[o->list[i]];

	err_discard(read_ppid(t, &task));
}

/* A thread's leader, whose parent is its own. */
static const struct task *leader_of(const struct live *x, const struct task *task)
{
	const struct pid_entry *entry = pid_table_entry(&x->table, task->tgid);

	return entry ? task_set_find(x->set, entry->task) : NULL;
}

static struct err *find_parents(struct live *x)
{
	CLEANUP(free_ptr) size_t *list = xcalloc(x->set->count + 1, sizeof(*list));
	struct orphans o = { x->set, list };
	size_t count = 0;
	struct err *e = NULL;

	for (size_t i = 1; i < x->set->count; i++) {
		struct task *task = &x->set->tasks[i];
		const struct task *leader = task->tgid != task->pid ? leader_of(x, task) : NULL;
		const struct task *parent;

		if (leader && !task->real_parent.v) {
			settle_chain(x, task_set_find(x->set, leader->at));
			task->real_parent = leader->real_parent;
		} else if (!task->real_parent.v && task->tgid == task->pid) {
			settle_chain(x, task);
		}
		parent = task_set_find(x->set, task->real_parent);
		if (parent)
			task->ppid = parent->tgid;
		else
			list[count++] = i;
	}
	rehearse_each(x->t, count, rehearse_ppid, &o);
	for (size_t i = 0; i < count && !e; i++) {
		e = read_ppid(x->t, &x->set->tasks[list[i]]);
		if (e && err_code(e) != ERR_SYSTEM) {
			notes_gap_err(&x->t->notes, e);
			e = NULL;
		}
	}
	return e;
}

struct err *task_live_collect(struct target *t, bool threads, int want, struct task_set *ret)
{
	CLEANUP(live_deinit) struct live x = { .t = t, .set = ret, .threads = threads,
					       .others = TASK_SET_INIT, .fresh = TASK_SET_INIT,
					       .table = PID_TABLE_INIT,
					       .parts = parts_of_want(want) };
	struct task init = { .at = kread_symbol(&t->kernel, SYM_init_task) };
	struct err *e = pid_table_read(t, &x.table);

	if (e)
		return e;
	wave_forget(t->wave);
	task_set_add(ret, &init);
	for (size_t i = 0; i < x.table.count; i++)
		follow_entry(&x, &x.table.list[i]);
	e = read_ahead(&x);
	if (!e && x.doubts.count)
		e = doubt_entries(&x);
	if (!e && ret->count == 1)
		return err_new(ERR_DATA, "the table of pids leads to no task");
	if (!e)
		e = follow_neighbours(&x);
	return e ? e : find_parents(&x);
}
