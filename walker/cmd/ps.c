/* ps: the table of processes, or of threads. */
#include "walker/cmd/ps.h"

#include <string.h>

#include "walker/cmd/command.h"
#include "walker/process/args.h"
#include "walker/process/cmdline.h"
#include "walker/task/collect.h"

#define NS_PER_CENTISECOND 10000000

const struct column ps_columns[PS_COLUMNS] = {
	[PS_PID] = COLUMN("pid", U64, .also = "lwp tid spid"),
	[PS_TGID] = COLUMN("tgid", U64),
	[PS_PPID] = COLUMN("ppid", U64),
	[PS_UID] = COLUMN("uid", U64, .also = "euid"),
	[PS_GID] = COLUMN("gid", U64, .also = "egid"),
	[PS_STATE] = COLUMN("state", CHAR, .also = "stat s"),
	[PS_THREADS] = COLUMN("threads", U64, .also = "nlwp thcount"),
	[PS_START] = COLUMN("start", CENTISECONDS),
	[PS_COMM] = COLUMN("comm", TEXT, .also = "ucmd ucomm"),
	[PS_ARGS] = COLUMN("args", TEXTS, .head = "COMMAND", .also = "cmd command"),
	[PS_ADDR] = COLUMN("addr", HEX, .digits = 16),
};

/* What of a task has to be read for the columns: enum task_want. */
static int wanted(const struct rows *rows)
{
	static const int wants[PS_COLUMNS] = {
		[PS_UID] = TASK_WANT_IDS,	[PS_GID] = TASK_WANT_IDS,
		[PS_START] = TASK_WANT_START,	[PS_THREADS] = TASK_WANT_THREADS,
		[PS_ARGS] = TASK_WANT_MM,
	};
	int want = 0;

	for (size_t i = 0; i < PS_COLUMNS; i++)
		want |= rows_wants(rows, i) ? wants[i] : 0;
	return want;
}

/* args: a NUL after each. People see the name in brackets where there are none. */
static void put_args(struct rows *rows, const struct task *task, const struct buf *args)
{
	row_list(rows, PS_ARGS);
	for (size_t at = 0; at < args->size;) {
		size_t size = cmdline_next(args, at);

		row_list_text(rows, PS_ARGS, args->data + at, size);
		at += size + 1;
	}
	if (!args->size)
		row_shownf(rows, PS_ARGS, "[%s]%s", task->comm, task->state == 'Z' ? " <defunct>" : "");
}

static void put_task(struct rows *rows, const struct task *task, const struct buf *args)
{
	row_number(rows, PS_PID, task->pid);
	row_number(rows, PS_TGID, task->tgid);
	row_number(rows, PS_PPID, task->ppid);
	row_number(rows, PS_UID, task->uid);
	row_number(rows, PS_GID, task->gid);
	row_number(rows, PS_STATE, (unsigned char)task->state);
	row_number(rows, PS_THREADS, task->threads);
	/* nsec_to_clock_t() at USER_HZ 100: truncated */
	row_number(rows, PS_START, task->start / NS_PER_CENTISECOND);
	row_str(rows, PS_COMM, task->comm);
	put_args(rows, task, args);
	row_number(rows, PS_ADDR, task->at.v);
}

static struct err *put_tasks(struct target *t, const struct task_set *set, const struct args *args,
			     struct rows *rows)
{
	CLEANUP(buf_deinit) struct buf one = BUF_INIT;

	for (size_t i = 0; i < set->count; i++) {
		const struct task *task = &set->tasks[i];
		struct err *e = NULL;

		if (rows_wants(rows, PS_ARGS) && !args->list)
			e = args_read(t, task, &one);
		if (e)
			return e;
		put_task(rows, task, args->list ? &args->list[i] : &one);
		e = row_end(rows);
		if (e)
			return e;
	}
	return rows_end(rows, "no process was found");
}

struct err *ps_table(struct target *t, bool threads, struct out *out, size_t *count)
{
	static const char every[] = "pid,tgid,ppid,uid,gid,state,threads,start,comm,args";
	static const char usual[] = "pid,ppid,uid,state,threads,start,args";
	static const char usual_threads[] = "pid,tgid,ppid,uid,state,start,comm,args";
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	CLEANUP(args_deinit) struct args args = ARGS_INIT;
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	struct err *e = rows_init(&rows, out, ROWS_TABLE, ps_columns, PS_COLUMNS,
				  out->form.json ? every : threads ? usual_threads : usual);

	if (e)
		return e;
	e = task_set_collect(t, threads, wanted(&rows), &set);
	*count = set.count;
	if (e)
		return e;
	if (rows_wants(&rows, PS_ARGS)) {
		e = args_collect(t, &set, &args);
		if (e)
			return e;
	}
	return put_tasks(t, &set, &args, &rows);
}

struct ps_options {
	bool threads;
};

static const struct option_row option_rows[] = {
	OPTION_FLAG('L', "threads", struct ps_options, threads, "a row for each thread"),
};

static struct err *run(const struct call *c)
{
	const struct ps_options *o = c->options;
	size_t count;

	return ps_table(c->t, o->threads, c->out, &count);
}

const struct command command_ps = {
	.name = "ps",
	.what = "list processes",
	COMMAND_OPTIONS(option_rows, struct ps_options),
	COMMAND_COLUMNS(ps_columns),
	.run = run,
};
