#include "walker/task/live.h"

#include <inttypes.h>

#include "symbols.h"
#include "walker/read/kread.h"
#include "walker/read/rehearse.h"
#include "walker/task/neighbour.h"
#include "walker/task/parent.h"
#include "walker/task/raw.h"
#include "walker/read/wave.h"

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
	struct pid_entry entry = { .nr = 0 };

	if (doubts->list[i].entry.nr)
		err_discard(pid_table_find(t, doubts->list[i].entry.nr, &entry));
}

/* Entries of the table whose task was not what it should be: most have ended. */
static struct err *doubt_entries(struct task_search *x)
{
	struct task_leads doubts = x->doubts;
	struct err *e = NULL;

	x->doubts = (struct task_leads){ NULL, 0, 0 };
	wave_forget(x->t->wave);
	rehearse_each(x->t, doubts.count, rehearse_doubt, &doubts);
	for (size_t i = 0; i < doubts.count && !e; i++) {
		struct pid_entry entry = { .nr = 0 };

		e = pid_table_find(x->t, doubts.list[i].entry.nr, &entry);
		if (!e) {
			follow_entry(x, &entry);
		} else if (err_code(e) != ERR_SYSTEM) {
			if (err_code(e) != ERR_ABSENT)
				task_lead_give_up(x, &doubts.list[i]);
			err_discard(e);
			e = NULL;
		}
	}
	free(doubts.list);
	wave_forget(x->t->wave);
	if (!e)
		e = task_leads_read(x);
	for (size_t i = 0; i < x->doubts.count && !e; i++)
		task_lead_give_up(x, &x->doubts.list[i]);
	x->doubts.count = 0;
	return e;
}

struct err *task_live_collect(struct target *t, bool threads, int want, struct task_set *ret)
{
	CLEANUP(task_search_deinit) struct task_search x = { .t = t, .set = ret, .threads = threads,
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
	e = task_leads_read(&x);
	if (!e && x.doubts.count)
		e = doubt_entries(&x);
	if (!e && ret->count == 1)
		return err_new(ERR_DATA, "the table of pids leads to no task");
	if (!e)
		e = task_neighbours_follow(&x);
	return e ? e : task_parents_find(t, &x.table, ret);
}
