#include "walker/task/lead.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "walker/read/rehearse.h"
#include "walker/task/raw.h"
#include "walker/read/wave.h"

#define CHUNK 4096 /* tasks read in one vector */

void task_search_deinit(struct task_search *x)
{
	task_set_deinit(&x->others);
	task_set_deinit(&x->fresh);
	pid_table_deinit(&x->table);
	free(x->ahead.list);
	free(x->doubts.list);
}

void task_leads_add(struct task_leads *l, const struct task_lead *lead)
{
	if (l->count == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 256;
		l->list = xrealloc(l->list, l->capacity, sizeof(*l->list));
	}
	l->list[l->count++] = *lead;
}

/* What has to be read of a task that leads there. */
static uint32_t parts_of_lead(const struct task_search *x, const struct task_lead *lead)
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
	const struct task_search *x;
	const struct task_lead *leads;
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
static struct err *judge(const struct task_lead *lead, const struct task_raw *raw, struct task *ret)
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

void task_search_add_other(struct task_search *x, struct kaddr at, uint32_t pid)
{
	struct task task = { .at = at, .pid = pid };

	if (!task_set_find(&x->others, at))
		task_set_add(&x->others, &task);
}

static void add_task(struct task_search *x, const struct task *task, bool neighbour)
{
	struct task_set *set = neighbour ? &x->fresh : x->set;

	if (!x->threads && task->tgid != task->pid)
		task_search_add_other(x, task->at, task->pid);
	else if (!task_set_find(set, task->at))
		task_set_add(set, task);
}

static struct err *read_chunk(struct task_search *x, const struct task_lead *leads, size_t count)
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
			task_leads_add(&x->doubts, &leads[i]);
		err_discard(failed);
	}
	wave_forget(x->t->wave);
	return e;
}

struct err *task_leads_read(struct task_search *x)
{
	struct err *e = NULL;

	for (size_t done = 0; done < x->ahead.count && !e; done += CHUNK) {
		size_t left = x->ahead.count - done;

		e = read_chunk(x, x->ahead.list + done, left < CHUNK ? left : CHUNK);
	}
	x->ahead.count = 0;
	return e;
}

void task_lead_give_up(struct task_search *x, const struct task_lead *lead)
{
	const struct task *from = &x->set->tasks[lead->from];

	if (lead->entry.nr)
		notes_gap(&x->t->notes, "pid %" PRIu32 ": its task cannot be read, or is another's",
			  lead->entry.nr);
	else
		notes_gap(&x->t->notes, "pid %" PRIu32 ": its neighbour in a list is no task",
			  from->pid);
}
