#include "walker/task/set.h"

#include <stdlib.h>

#include "base/vec.h"

void task_set_deinit(struct task_set *s)
{
	free(s->tasks);
	map_deinit(&s->by_address);
	*s = (struct task_set)TASK_SET_INIT;
}

struct task *task_set_find(const struct task_set *s, struct kaddr at)
{
	const uint64_t *number = map_find(&s->by_address, at.v);

	return number ? &s->tasks[*number] : NULL;
}

struct task *task_set_add(struct task_set *s, const struct task *task)
{
	struct task *added = vec_add(s->tasks, s->count, s->capacity);

	*added = *task;
	map_add(&s->by_address, task->at.v, s->count - 1);
	return added;
}

void task_some_deinit(struct task_some *s)
{
	free(s->list);
}
