#include "walker/task/live.h"

#include "base/cleanup.h"
#include "walker/read/rehearse.h"
#include "walker/read/wave.h"
#include "walker/task/neighbour.h"
#include "walker/task/parent.h"

static uint32_t parts_of_want(enum task_want want)
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

static void follow_entry(struct task_search *x, const struct pid_entry *entry)
{
	const struct task_lead lead = { entry->task, *entry, 0 };

	if (entry->doubtful)
		task_leads_add(&x->doubts, &lead);
	else if (entry->task.v && (entry->leader || x->threads))
		task_leads_add(&x->ahead, &lead);
	else if (entry->task.v)
		task_search_add_other(x, entry->task, entry->nr);
}

static void rehearse_doubt(struct target *t, size_t i, void *arg)
{
	const struct task_leads *doubts = arg;
	struct pid_entry entry;

	if (doubts->list[i].entry.nr)
		err_discard(pid_table_find(t, doubts->list[i].entry.nr, &entry));
}

/* Asks the table again where an entry's task was not what it should be. Most have ended,
 * and the table lacks them now. */
static struct err *ask_again(struct task_search *x, const struct task_leads *doubts)
{
	for (size_t i = 0; i < doubts->count; i++) {
		const struct task_lead *lead = &doubts->list[i];
		struct pid_entry entry = { .nr = 0 };
		struct err *e = pid_table_find(x->t, lead->entry.nr, &entry);

		if (err_is_fatal(e))
			return e;
		if (!e)
			follow_entry(x, &entry);
		else if (err_code(e) != ERR_ABSENT)
			task_lead_give_up(x, lead);
		err_discard(e);
	}
	return NULL;
}

static struct err *settle_doubts(struct task_search *x)
{
	CLEANUP(task_leads_deinit) struct task_leads doubts = task_leads_take(&x->doubts);
	struct err *e;

	wave_forget(x->t->wave);
	rehearse_each(x->t, doubts.count, rehearse_doubt, &doubts);
	e = ask_again(x, &doubts);
	wave_forget(x->t->wave);
	if (e)
		return e;
	e = task_leads_read(x);
	if (e)
		return e;
	for (size_t i = 0; i < x->doubts.count; i++)
		task_lead_give_up(x, &x->doubts.list[i]);
	x->doubts.count = 0;
	return NULL;
}

/* Follows every entry of the table. */
static struct err *follow_table(struct task_search *x)
{
	struct err *e;

	for (size_t i = 0; i < x->table.count; i++)
		follow_entry(x, &x->table.list[i]);
	e = task_leads_read(x);
	if (e)
		return e;
	return x->doubts.count ? settle_doubts(x) : NULL;
}

struct err *task_live_collect(struct target *t, bool threads, enum task_want want,
			      struct task_set *ret)
{
	CLEANUP(task_search_deinit) struct task_search x = {
		.t = t, .set = ret, .others = TASK_SET_INIT, .fresh = TASK_SET_INIT,
		.table = PID_TABLE_INIT, .threads = threads, .parts = parts_of_want(want),
	};
	const struct task init = { .at = task_init_at(t) };
	struct err *e = pid_table_read(t, &x.table);

	if (e)
		return e;
	wave_forget(t->wave);
	task_set_add(ret, &init);
	e = follow_table(&x);
	if (e)
		return e;
	if (ret->count == 1)
		return err_new(ERR_DATA, "the table of pids leads to no task");
	e = task_neighbours_follow(&x);
	return e ? e : task_parents_find(t, &x.table, ret);
}
