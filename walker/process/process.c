#include "walker/process/process.h"

#include <inttypes.h>
#include <string.h>

#include "walker/process/page_cache.h"
#include "walker/task/collect.h"

struct err *process_open(struct target *t, uint32_t pid, struct process *ret)
{
	struct err *e = task_of_pid(t, pid, &ret->task);

	if (e)
		return e;
	e = mm_read(t, &ret->task, &ret->mm);
	if (e)
		return e;
	return err_in(vmas_read(t, &ret->mm, &ret->vmas), "pid %" PRIu32, pid);
}

void process_deinit(struct process *p)
{
	vmas_deinit(&p->vmas);
}

const struct vma *process_area(const struct process *p, uint64_t at)
{
	for (size_t i = 0; i < p->vmas.count; i++)
		if (at >= p->vmas.list[i].start && at < p->vmas.list[i].end)
			return &p->vmas.list[i];
	return NULL;
}

/* Reads some of [at, at + size). The page tables have no page at `at`. */
static struct err *read_absent(struct target *t, const struct process *p, uint64_t at, void *to,
			       size_t size, size_t *done)
{
	const struct vma *area = process_area(p, at);
	uint64_t left = PAGE_SIZE - at % PAGE_SIZE;
	struct xlat_result r;
	struct err *e;

	*done = 0;
	if (!area)
		return err_new(ERR_ABSENT, "0x%" PRIx64 ": not mapped", at);
	e = xlat_walk(&p->mm.tables, at, &r);
	if (e)
		return e;
	if (r.kind != XLAT_UNMAPPED)
		return err_new(ERR_ABSENT, "0x%" PRIx64 ": %s", at, xlat_kind_name(r.kind));
	if (left < size)
		size = (size_t)left;
	if (!area->file.v) {
		memset(to, 0, size);
		*done = size;
		return NULL;
	}
	e = page_cache_read(t, area->file, (area->pgoff << PAGE_SHIFT) + (at - area->start), to,
			    size, done);
	if (e || *done)
		return e;
	return err_new(ERR_ABSENT, "0x%" PRIx64 ": its page of the file is not in memory", at);
}

struct err *process_read(struct target *t, const struct process *p, uint64_t at, void *to,
			 size_t size, size_t *done, struct err **why)
{
	*done = 0;
	*why = NULL;
	while (*done < size) {
		char *next = (char *)to + *done;
		size_t piece = 0;
		struct err *e = mm_read_some(&p->mm, UADDR(at + *done), next, size - *done,
					     &piece);

		if (!e && !piece)
			e = read_absent(t, p, at + *done, next, size - *done, &piece);
		if (err_is_fatal(e))
			return e;
		*done += piece;
		if (e) {
			*why = e;
			return NULL;
		}
	}
	return NULL;
}
