#include "walker/process/mm.h"

#include <inttypes.h>

#include "walker/read/span.h"
#include "walker/read/wave.h"

#if HAVE_mm_struct_exe_file
#define EXE_FILE(X) X(mm_struct, exe_file)
#else
#define EXE_FILE(X)
#endif
#define MM_MEMBERS(X) \
	X(mm_struct, pgd) \
	X(mm_struct, arg_start) \
	X(mm_struct, arg_end) \
	X(mm_struct, env_start) \
	X(mm_struct, env_end) \
	X(mm_struct, start_brk) \
	X(mm_struct, brk) \
	X(mm_struct, start_stack) \
	X(mm_struct, task_size) \
	EXE_FILE(X)
SPAN(mm_struct, MM_MEMBERS);

/* The memory of a task, if it has any of its own. */
static struct err *check_owner(const struct task *task)
{
	/* a kernel thread may borrow one for a while */
	if (task->kernel_thread)
		return err_new(ERR_ABSENT, "pid %" PRIu32 ": a kernel thread has no memory of its own",
			       task->pid);
	if (!task->mm.v)
		return err_new(ERR_ABSENT, "pid %" PRIu32 ": has ended and given back its memory",
			       task->pid);
	if (!kaddr_is_object(task->mm))
		return err_new(ERR_DATA, "pid %" PRIu32 ": mm 0x%" PRIx64 " is no kernel pointer",
			       task->pid, task->mm.v);
	return NULL;
}

/* The members, and where the page tables begin. */
static struct err *read_members(struct target *t, struct mm *mm)
{
	struct mm_struct_span s;
	uint64_t run;
	struct err *e = span_read(&t->kernel, mm->at, mm_struct, &s);

	if (e)
		return e;
	mm->arg_start = SPAN_GET(mm_struct, &s, arg_start);
	mm->arg_end = SPAN_GET(mm_struct, &s, arg_end);
	mm->env_start = SPAN_GET(mm_struct, &s, env_start);
	mm->env_end = SPAN_GET(mm_struct, &s, env_end);
	mm->start_brk = SPAN_GET(mm_struct, &s, start_brk);
	mm->brk = SPAN_GET(mm_struct, &s, brk);
	mm->start_stack = SPAN_GET(mm_struct, &s, start_stack);
	mm->task_size = SPAN_GET(mm_struct, &s, task_size);
#if HAVE_mm_struct_exe_file
	mm->exe_file = KADDR(SPAN_GET(mm_struct, &s, exe_file));
#endif
	return kread_paddr(&t->kernel, KADDR(SPAN_GET(mm_struct, &s, pgd)), &mm->tables.root, &run);
}

struct err *mm_read(struct target *t, const struct task *task, struct mm *ret)
{
	struct mm mm = { .at = task->mm, .tables = t->kernel.tables };
	struct err *e = check_owner(task);

	if (e)
		return e;
	e = read_members(t, &mm);
	if (e)
		return err_in(e, "pid %" PRIu32 ": mm_struct", task->pid);
	*ret = mm;
	return NULL;
}

/* Tries every page, whatever fails, so that a rehearsal learns of all at once. */
static struct err *rehearse_pages(const struct mm *mm, struct uaddr at, char *to, size_t size)
{
	for (size_t done = 0, piece; done < size; done += piece) {
		uint64_t va = at.v + done, left = PAGE_SIZE - va % PAGE_SIZE;
		size_t got;
		struct err *e;

		piece = size - done < left ? size - done : (size_t)left;
		e = xlat_read_some(&mm->tables, va, to + done, piece, &got);
		if (e)
			return e;
	}
	return NULL;
}

struct err *mm_read_some(const struct mm *mm, struct uaddr at, void *to, size_t size, size_t *done)
{
	if (wave_is_rehearsing(mm->tables.memory)) {
		struct err *e = rehearse_pages(mm, at, to, size);

		if (e)
			return e;
	}
	return xlat_read_some(&mm->tables, at.v, to, size, done);
}
