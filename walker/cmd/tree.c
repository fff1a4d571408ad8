/* tree: who started whom. */
#include <inttypes.h>

#include "base/alloc.h"
#include "base/search.h"
#include "walker/cmd/command.h"
#include "walker/task/collect.h"

#define DEPTH_MAX 1024

/* The children of every task, as chains of indices into the set. */
struct family {
	const struct task_set *set;
	uint32_t *first, *next; /* owned; index + 1, 0: none */
	bool *shown;
};

#define NONE 0

enum { TREE_PID, TREE_PPID, TREE_DEPTH, TREE_COMM, TREE_COLUMNS };

static const struct column columns[TREE_COLUMNS] = {
	[TREE_PID] = COLUMN("pid", U64),
	[TREE_PPID] = COLUMN("ppid", U64),
	[TREE_DEPTH] = COLUMN("depth", U64),
	[TREE_COMM] = COLUMN("comm", TEXT),
};

/* The set is sorted by pid. */
static const struct task *find_pid(const struct task_set *set, uint32_t pid)
{
	size_t at = search_first(i, set->count, set->tasks[i].pid >= pid);

	return at < set->count && set->tasks[at].pid == pid ? &set->tasks[at] : NULL;
}

static void family_init(struct family *f, const struct task_set *set)
{
	*f = (struct family){ .set = set };
	f->first = xcalloc(set->count + 1, sizeof(*f->first)); /* the last: no parent */
	f->next = xcalloc(set->count, sizeof(*f->next));
	f->shown = xcalloc(set->count, sizeof(*f->shown));
	for (size_t i = set->count; i-- > 0;) {
		const struct task *task = &set->tasks[i], *parent;
		size_t to = set->count;

		parent = task_set_find(set, task->real_parent);
		/* a thread may be the parent; its process is what is shown */
		if (!parent)
			parent = find_pid(set, task->ppid);
		if (parent && parent != task)
			to = (size_t)(parent - set->tasks);
		f->next[i] = f->first[to];
		f->first[to] = (uint32_t)(i + 1);
	}
}

static void family_deinit(struct family *f)
{
	free(f->first);
	free(f->next);
	free(f->shown);
}

/* indent: what stands before the name. */
static struct err *print_node(const struct task *task, unsigned int depth, const struct buf *indent,
			      struct rows *rows)
{
	CLEANUP(buf_deinit) struct buf line = BUF_INIT;

	row_number(rows, TREE_PID, task->pid);
	row_number(rows, TREE_PPID, task->ppid);
	row_number(rows, TREE_DEPTH, depth);
	row_str(rows, TREE_COMM, task->comm);
	buf_add(&line, buf_str(indent), indent->size);
	buf_addf(&line, "%s (%" PRIu32 ")", task->comm, task->pid);
	if (task->threads > 1)
		buf_addf(&line, " %" PRIu32 " threads", task->threads);
	if (task->state == 'Z')
		buf_add_str(&line, " defunct");
	row_line(rows, line.data, line.size);
	return row_end(rows);
}

/* Prints the tasks from `first` on, and all below them. indent: what stands before each
 * of these lines. */
static struct err *print_children(struct family *f, uint32_t first, unsigned int depth,
				  struct buf *indent, struct rows *rows)
{
	for (uint32_t i = first; i != NONE; i = f->next[i - 1]) {
		bool last = f->next[i - 1] == NONE;
		size_t size = indent->size;
		struct err *e;

		if (f->shown[i - 1] || depth > DEPTH_MAX)
			continue;
		f->shown[i - 1] = true;
		if (depth)
			buf_add_str(indent, last ? "└─ " : "├─ ");
		e = print_node(&f->set->tasks[i - 1], depth, indent, rows);
		indent->size = size;
		if (e)
			return e;
		if (depth)
			buf_add_str(indent, last ? "   " : "│  ");
		e = print_children(f, f->first[i - 1], depth + 1, indent, rows);
		indent->size = size;
		if (e)
			return e;
	}
	return NULL;
}

static struct err *print_all(struct target *t, struct family *f, struct rows *rows)
{
	CLEANUP(buf_deinit) struct buf indent = BUF_INIT;
	struct err *e = print_children(f, f->first[f->set->count], 0, &indent, rows);

	if (e)
		return e;
	/* a task that is its own ancestor is below none of these */
	for (size_t i = 0; i < f->set->count; i++) {
		if (f->shown[i])
			continue;
		notes_gap(&t->notes, "pid %" PRIu32 " is its own ancestor", f->set->tasks[i].pid);
		e = print_children(f, (uint32_t)(i + 1), 0, &indent, rows);
		if (e)
			return e;
	}
	return rows_end(rows, "no process was found");
}

static struct err *run(const struct call *c)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	CLEANUP(family_deinit) struct family family = { .first = NULL };
	CLEANUP(rows_deinit) struct rows rows = ROWS_INIT;
	struct err *e = task_set_collect(c->t, false, TASK_WANT_THREADS, &set);

	if (e)
		return e;
	e = rows_init(&rows, c->out, ROWS_LINES, columns, TREE_COLUMNS, NULL);
	if (e)
		return e;
	family_init(&family, &set);
	return print_all(c->t, &family, &rows);
}

const struct command command_tree = {
	.name = "tree",
	.what = "show which process started which",
	.run = run,
};
