#include "walker/task/lead.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "walker/read/rehearse.h"
#include "walker/read/wave.h"

#define CHUNK 4096 /* tasks read in one vector */

void task_leads_deinit(struct task_leads *l)
{
	free(l->list);
}

void task_leads_add(struct task_leads *l, const struct task_lead *lead)
{
	*vec_add(l->list, l->count, l->capacity) = *lead;
}

struct task_leads task_leads_take(struct task_leads *l)
{
	struct task_leads taken = *l;

	*l = (struct task_leads){ NULL, 0, 0 };
	return taken;
}

void task_search_deinit(struct task_search *x)
{
	task_set_deinit(&x->others);
	task_set_deinit(&x->fresh);
	pid_table_deinit(&x->table);
	task_leads_deinit(&x->ahead);
	task_leads_deinit(&x->doubts);
}

void task_search_add_other(struct task_search *x, struct kaddr at, uint32_t pid)
{
	struct task task = { .at = at, .pid = pid };

	if (!task_set_find(&x->others, at))
		task_set_add(&x->others, &task);
}

/* What to read of the task that a lead should lead to. */
static uint32_t parts_of_lead(const struct task_search *x, const struct task_lead *lead)
{
	uint32_t more = 0;

	if (!lead->entry.nr)
		more = TASK_PART(PID) | TASK_PART(TGID) | TASK_PART(REAL_PARENT);
	else if (!lead->entry.leader || lead->entry.unsure)
		more = TASK_PART(TGID);
	return x->parts | more;
}

/* What else to read of it, now that this much is known. */
static uint32_t parts_of_rest(const struct task_raw *raw)
{
	uint32_t rest = 0;

	if (!memchr(raw->comm, '\0', TASK_COMM_HALF))
		rest |= TASK_PART(COMM_REST);
	if (task_raw_is_exiting(raw))
		rest |= TASK_PART(EXIT_STATE);
	return rest & ~raw->have;
}

/* Leads that are followed together. What was read of a task stays in its raw from one
 * rehearsal to the next: bytes that came are right. */
struct chunk {
	const struct task_search *x;
	const struct task_lead *leads;
	struct task_raw *raws;
};

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

/* Is what was read the task that the lead should lead to? */
static struct err *judge(const struct task_lead *lead, const struct task_raw *raw, struct task *ret)
{
	const struct pid_entry *entry = &lead->entry;
	struct err *e = task_of_raw(lead->at, raw, ret);

	if (e)
		return e;
	if (!entry->nr && (!ret->pid || !kaddr_is_object(ret->thread_pid)))
		return err_new(ERR_DATA, "0x%" PRIx64 " is no task", lead->at.v);
	if (!entry->nr)
		return NULL;
	if (ret->thread_pid.v != entry->pid.v || (ret->pid && ret->pid != entry->nr))
		return err_new(ERR_DATA, "the task at 0x%" PRIx64 " does not have it", lead->at.v);
	ret->pid = entry->nr;
	if (entry->leader && !entry->unsure && !ret->tgid)
		ret->tgid = entry->nr;
	return NULL;
}

static void add_task(struct task_search *x, const struct task *task, bool neighbour)
{
	struct task_set *set = neighbour ? &x->fresh : x->set;

	if (!x->threads && task->tgid != task->pid)
		task_search_add_other(x, task->at, task->pid);
	else if (!task_set_find(set, task->at))
		task_set_add(set, task);
}

/* Takes what was read of a lead into the sets, or puts it in doubt. */
static struct err *take_lead(struct task_search *x, const struct chunk *c, size_t i)
{
	const struct task_lead *lead = &c->leads[i];
	struct task task;
	struct err *e = read_lead(x->t, c, i);

	if (err_is_fatal(e))
		return e;
	if (!e)
		e = judge(lead, &c->raws[i], &task);
	if (!e)
		add_task(x, &task, !lead->entry.nr);
	else
		task_leads_add(&x->doubts, lead);
	err_discard(e);
	return NULL;
}

static struct err *read_chunk(struct task_search *x, const struct task_lead *leads, size_t count)
{
	CLEANUP(free_ptr) struct task_raw *raws = xcalloc(count, sizeof(*raws));
	struct chunk c = { x, leads, raws };

	rehearse_each(x->t, count, rehearse_lead, &c);
	for (size_t i = 0; i < count; i++) {
		struct err *e = take_lead(x, &c, i);

		if (e)
			return e;
	}
	wave_forget(x->t->wave);
	return NULL;
}

struct err *task_leads_read(struct task_search *x)
{
	CLEANUP(task_leads_deinit) struct task_leads ahead = task_leads_take(&x->ahead);

	for (size_t done = 0; done < ahead.count; done += CHUNK) {
		size_t left = ahead.count - done;
		struct err *e = read_chunk(x, ahead.list + done, left < CHUNK ? left : CHUNK);

		if (e)
			return e;
	}
	return NULL;
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
