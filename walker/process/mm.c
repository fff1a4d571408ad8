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

struct err *mm_read(struct target *t, const struct task *task, struct mm *ret)
{
	struct mm mm = { .at = task->mm, .tables = t->kernel.tables };
	struct mm_struct_span s;
	uint64_t run;
	struct err *e;

	/* a kernel thread may borrow one for a while */
	if (!task->mm.v || task->kernel_thread)
		return err_new(ERR_ABSENT, "pid %" PRIu32 ": %s", task->pid,
			       task->kernel_thread ? "a kernel thread has no memory of its own" :
						     "has ended and given back its memory");
	if (!kaddr_is_object(task->mm))
		return err_new(ERR_DATA, "pid %" PRIu32 ": mm 0x%" PRIx64 " is no kernel pointer",
			       task->pid, task->mm.v);
	e = span_read(&t->kernel, mm.at, mm_struct, &s);
	if (!e)
		e = kread_paddr(&t->kernel, KADDR(SPAN_GET(mm_struct, &s, pgd)), &mm.tables.root,
				&run);
	if (e)
		return err_in(e, "pid %" PRIu32 ": mm_struct", task->pid);
	mm.arg_start = SPAN_GET(mm_struct, &s, arg_start);
	mm.arg_end = SPAN_GET(mm_struct, &s, arg_end);
	mm.env_start = SPAN_GET(mm_struct, &s, env_start);
	mm.env_end = SPAN_GET(mm_struct, &s, env_end);
	mm.start_brk = SPAN_GET(mm_struct, &s, start_brk);
	mm.brk = SPAN_GET(mm_struct, &s, brk);
	mm.start_stack = SPAN_GET(mm_struct, &s, start_stack);
	mm.task_size = SPAN_GET(mm_struct, &s, task_size);
#if HAVE_mm_struct_exe_file
	mm.exe_file = KADDR(SPAN_GET(mm_struct, &s, exe_file));
#endif
	*ret = mm;
	return NULL;
}

/* Tries every page, so that a wave learns of all at once, not of one after the other. */
static struct err *look_at_pages(const struct mm *mm, struct uaddr at, char *to, size_t size)
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
		struct err *e = look_at_pages(mm, at, to, size);

		if (e)
			return e;
	}
	return xlat_read_some(&mm->tables, at.v, to, size, done);
}
