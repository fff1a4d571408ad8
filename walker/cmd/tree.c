/* tree: who started whom. */
#include "base/alloc.h"
#include "walker/cmd/command.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "walker/task/collect.h"

#define DEPTH_MAX 1024

/* The children of every task, as chains of indices into the set. */
struct family {
	const struct task_set *set;
	uint32_t *first, *next; /* owned; index + 1, 0: none */
	bool *shown;
};

#define NONE 0

/* The set is sorted by pid. */
static const struct task *find_pid(const struct task_set *set, uint32_t pid)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->tasks[middle].pid == pid)
			return &set->tasks[middle];
		if (set->tasks[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
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

static void add_node(const struct task *task, bool json, unsigned int depth, struct buf *b)
{
	if (json) {
		buf_addf(b, "{\"pid\":%" PRIu32 ",\"ppid\":%" PRIu32 ",\"depth\":%u,\"comm\":",
			 task->pid, task->ppid, depth);
		escape_json(b, task->comm, strlen(task->comm));
		buf_add_str(b, "}\n");
		return;
	}
	escape_text(b, task->comm, strlen(task->comm));
	buf_addf(b, " (%" PRIu32 ")", task->pid);
	if (task->threads > 1)
		buf_addf(b, " %" PRIu32 " threads", task->threads);
	if (task->state == 'Z')
		buf_add_str(b, " defunct");
	buf_add_char(b, '\n');
}

/* indent: what stands before each of these lines. */
static struct err *add_children(struct family *f, uint32_t first, bool json, unsigned int depth,
				struct buf *indent, struct out *out)
{
	for (uint32_t i = first; i != NONE; i = f->next[i - 1]) {
		const struct task *task = &f->set->tasks[i - 1];
		bool last = f->next[i - 1] == NONE;
		size_t size = indent->size;
		struct err *e;

		if (f->shown[i - 1] || depth > DEPTH_MAX)
			continue;
		f->shown[i - 1] = true;
		if (!json && depth) {
			buf_add(&out->b, indent->data, indent->size);
			buf_add_str(&out->b, last ? "└─ " : "├─ ");
			buf_add_str(indent, last ? "   " : "│  ");
		}
		add_node(task, json, depth, &out->b);
		e = out_more(out);
		if (!e)
			e = add_children(f, f->first[i - 1], json, depth + 1, indent, out);
		indent->size = size;
		if (e)
			return e;
	}
	return NULL;
}

struct err *cmd_tree(struct target *t, const struct options *o, char **args, size_t count,
		     struct out *out)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	CLEANUP(family_deinit) struct family family = { .first = NULL };
	CLEANUP(buf_deinit) struct buf indent = BUF_INIT;
	struct err *e = task_set_collect(t, false, TASK_WANT_THREADS, &set);

	(void)args;
	(void)count;
	if (e)
		return e;
	family_init(&family, &set);
	e = add_children(&family, family.first[set.count], o->json, 0, &indent, out);
	/* what is its own ancestor hangs on nothing */
	for (size_t i = 0; i < set.count && !e; i++) {
		if (family.shown[i])
			continue;
		notes_gap(&t->notes, "pid %" PRIu32 " is its own ancestor", set.tasks[i].pid);
		e = add_children(&family, (uint32_t)(i + 1), o->json, 0, &indent, out);
	}
	return e;
}
