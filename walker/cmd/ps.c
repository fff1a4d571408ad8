/* ps: the table of processes, or of threads. */
#include "walker/cmd/command.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "walker/process/args.h"
#include "walker/process/cmdline.h"
#include "walker/task/collect.h"

enum ps_column {
	PS_PID,
	PS_TGID,
	PS_PPID,
	PS_UID,
	PS_GID,
	PS_STATE,
	PS_THREADS,
	PS_START,
	PS_COMM,
	PS_ARGS,
	PS_ADDR,
	PS_COLUMNS
};

static const struct {
	const char *key;    /* in JSON */
	const char *names;  /* for -o, a space around each */
	struct grid_column column;
	int want;	    /* enum task_want */
} columns[PS_COLUMNS] = {
	[PS_PID] = { "pid", " pid lwp tid spid ", { "PID", true }, 0 },
	[PS_TGID] = { "tgid", " tgid ", { "TGID", true }, 0 },
	[PS_PPID] = { "ppid", " ppid ", { "PPID", true }, 0 },
	[PS_UID] = { "uid", " uid euid ", { "UID", true }, TASK_WANT_IDS },
	[PS_GID] = { "gid", " gid egid ", { "GID", true }, TASK_WANT_IDS },
	[PS_STATE] = { "state", " state stat s ", { "STATE", false }, 0 },
	[PS_THREADS] = { "threads", " threads nlwp thcount ", { "THREADS", true }, TASK_WANT_THREADS },
	[PS_START] = { "start", " start ", { "START", true }, TASK_WANT_START },
	[PS_COMM] = { "comm", " comm ucmd ucomm ", { "COMM", false }, 0 },
	[PS_ARGS] = { "args", " args cmd command ", { "COMMAND", false }, TASK_WANT_MM },
	[PS_ADDR] = { "addr", " addr ", { "ADDR", false }, 0 },
};

#define PS_CHOSEN_MAX 32

struct ps {
	enum ps_column chosen[PS_CHOSEN_MAX];
	size_t count;
	int want; /* enum task_want */
	bool wants_args;
};

static struct err *choose(struct ps *ps, const char *name, size_t size)
{
	char word[24];

	if (ps->count == PS_CHOSEN_MAX)
		return err_new(ERR_USAGE, "-o: more than %d columns", PS_CHOSEN_MAX);
	snprintf(word, sizeof(word), " %.*s ", (int)(size < 20 ? size : 20), name);
	for (int c = 0; c < PS_COLUMNS; c++) {
		if (size && strstr(columns[c].names, word)) {
			ps->chosen[ps->count++] = (enum ps_column)c;
			ps->wants_args |= c == PS_ARGS;
			ps->want |= columns[c].want;
			return NULL;
		}
	}
	return err_new(ERR_USAGE, "-o: there is no column \"%.*s\"; there are: pid tgid ppid uid "
				  "gid state threads start comm args addr", (int)size, name);
}

static struct err *choose_all(struct ps *ps, const char *list)
{
	for (;;) {
		size_t size = strcspn(list, ", ");
		struct err *e = choose(ps, list, size);

		if (e || !list[size])
			return e;
		list += size + 1;
	}
}

static void add_args_json(struct buf *b, const struct buf *args)
{
	buf_add_char(b, '[');
	for (size_t at = 0; at < args->size;) {
		size_t size = cmdline_next(args, at);

		if (at)
			buf_add_char(b, ',');
		escape_json(b, args->data + at, size);
		at += size + 1;
	}
	buf_add_char(b, ']');
}

/* As ps has it: the arguments, or the name in brackets. */
static void add_args_text(struct buf *b, const struct task *task, const struct buf *args)
{
	for (size_t at = 0; at < args->size;) {
		size_t size = cmdline_next(args, at);

		if (at)
			buf_add_char(b, ' ');
		escape_text(b, args->data + at, size);
		at += size + 1;
	}
	if (args->size)
		return;
	buf_add_char(b, '[');
	escape_text(b, task->comm, strlen(task->comm));
	buf_add_str(b, task->state == 'Z' ? "] <defunct>" : "]");
}

static void add_value(struct buf *b, enum ps_column c, const struct task *task)
{
	const uint32_t numbers[] = { task->pid, task->tgid, task->ppid, task->uid, task->gid };

	if (c <= PS_GID)
		buf_addf(b, "%" PRIu32, numbers[c]);
	else if (c == PS_THREADS)
		buf_addf(b, "%" PRIu32, task->threads);
	else if (c == PS_START)
		/* nsec_to_clock_t() at USER_HZ 100: truncated */
		buf_addf(b, "%" PRIu64 ".%02" PRIu64, task->start / 1000000000,
			 task->start / 10000000 % 100);
	else if (c == PS_ADDR)
		buf_addf(b, "0x%016" PRIx64, task->at.v);
	else if (c == PS_STATE)
		buf_add_char(b, task->state);
}

static void add_json(struct buf *b, const struct ps *ps, const struct task *task,
		     const struct buf *args)
{
	for (size_t i = 0; i < ps->count; i++) {
		enum ps_column c = ps->chosen[i];
		bool quoted = c == PS_STATE || c == PS_ADDR;

		buf_addf(b, "%c\"%s\":%s", i ? ',' : '{', columns[c].key, quoted ? "\"" : "");
		if (c == PS_ARGS)
			add_args_json(b, args);
		else if (c == PS_COMM)
			escape_json(b, task->comm, strlen(task->comm));
		else
			add_value(b, c, task);
		buf_add_str(b, quoted ? "\"" : "");
	}
	buf_add_str(b, "}\n");
}

static void add_cells(struct grid *table, const struct ps *ps, const struct task *task,
		      const struct buf *args)
{
	for (size_t i = 0; i < ps->count; i++) {
		if (ps->chosen[i] == PS_ARGS)
			add_args_text(&table->text, task, args);
		else if (ps->chosen[i] == PS_COMM)
			escape_text(&table->text, task->comm, strlen(task->comm));
		else
			add_value(&table->text, ps->chosen[i], task);
		grid_cell_end(table);
	}
}

static struct err *list(struct target *t, const struct options *o, const struct ps *ps,
			const struct task_set *set, const struct args *args, struct grid *table,
			struct out *out)
{
	CLEANUP(buf_deinit) struct buf one = BUF_INIT;

	for (size_t i = 0; i < set->count; i++) {
		const struct task *task = &set->tasks[i];
		const struct buf *text = args->list ? &args->list[i] : &one;
		struct err *e = ps->wants_args && !args->list ? args_read(t, task, &one) : NULL;

		if (e)
			return e;
		if (!o->json) {
			add_cells(table, ps, task, text);
			continue;
		}
		add_json(&out->b, ps, task, text);
		e = out_more(out);
		if (e)
			return e;
	}
	if (!o->json)
		grid_format(table, out->width, &out->b);
	return NULL;
}

struct err *ps_table(struct target *t, const struct options *o, struct out *out, size_t *rows)
{
	static const char every[] = "pid,tgid,ppid,uid,gid,state,threads,start,comm,args";
	static const char usual[] = "pid,ppid,uid,state,threads,start,args";
	static const char usual_threads[] = "pid,tgid,ppid,uid,state,start,comm,args";
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	CLEANUP(args_deinit) struct args args = ARGS_INIT;
	CLEANUP(grid_deinit) struct grid table = { 0 };
	struct grid_column heads[PS_CHOSEN_MAX];
	struct ps ps = { .count = 0 };
	struct err *e = choose_all(&ps, o->columns ? o->columns :
					o->json	   ? every :
					o->threads ? usual_threads :
						     usual);

	if (e)
		return e;
	for (size_t i = 0; i < ps.count; i++)
		heads[i] = columns[ps.chosen[i]].column;
	grid_init(&table, heads, ps.count);
	e = task_set_collect(t, o->threads, ps.want, &set);
	if (!e && ps.wants_args)
		e = args_collect(t, &set, &args);
	*rows = set.count;
	return e ? e : list(t, o, &ps, &set, &args, &table, out);
}

struct err *cmd_ps(struct target *t, const struct options *o, char **args, size_t count,
		   struct out *out)
{
	size_t rows;

	(void)args;
	(void)count;
	return ps_table(t, o, out, &rows);
}
