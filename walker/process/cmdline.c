#include "walker/process/cmdline.h"

#include <string.h>

#include "offsets.h"

/* Appends [from, from + size). *done: all of it is there. */
static struct err *add_range(const struct mm *mm, uint64_t from, uint64_t size, struct buf *b,
			     bool *done)
{
	size_t want = size < CMDLINE_MAX - b->size ? (size_t)size : CMDLINE_MAX - b->size, got = 0;
	struct err *e;

	buf_reserve(b, want);
	e = mm_read_some(mm, UADDR(from), b->data + b->size, want, &got);
	if (e)
		return e;
	b->size += got;
	b->data[b->size] = '\0';
	*done = got == size;
	return NULL;
}

/* Cuts b after its first NUL and says whether there is one. */
static bool cut_at_nul(struct buf *b)
{
	const char *end = b->size ? memchr(b->data, '\0', b->size) : NULL;

	if (end)
		b->size = (size_t)(end - b->data) + 1;
	return end;
}

/* How much of a title may lie in the arguments, and how much in the environment behind them. */
static void title_sizes(const struct mm *mm, uint64_t *args, uint64_t *env)
{
	*args = mm->arg_end - mm->arg_start;
	*env = mm->env_end >= mm->env_start ? mm->env_end - mm->env_start : 0;
#if HAVE_mm_struct_arg_lock
	if (mm->env_start != mm->arg_end)
		*env = 0;
	if (*args > PAGE_SIZE)
		*args = PAGE_SIZE;
	if (*env > PAGE_SIZE - *args)
		*env = PAGE_SIZE - *args;
#endif
}

/* One string, which may run on into the environment. */
static struct err *add_title(const struct mm *mm, struct buf *b, bool *cut)
{
	uint64_t args, env;
	bool done = true;
	struct err *e;

	title_sizes(mm, &args, &env);
	e = add_range(mm, mm->arg_start, args, b, &done);
	if (!e && done && !cut_at_nul(b))
		e = add_range(mm, mm->env_start, env, b, &done);
	*cut = !cut_at_nul(b) && !done;
	return e;
}

struct err *cmdline_read(const struct mm *mm, struct buf *b, bool *cut)
{
	char last = 0;
	size_t got = 0;
	bool done = true;
	struct err *e;

	buf_clear(b);
	*cut = false;
	/* execve() sets env_end last: before that there is no command line yet */
	if (!mm->env_end || mm->arg_start >= mm->arg_end)
		return NULL;
	e = mm_read_some(mm, UADDR(mm->arg_end - 1), &last, 1, &got);
	if (e)
		return e;
	if (got && last)
		return add_title(mm, b, cut);
	e = add_range(mm, mm->arg_start, mm->arg_end - mm->arg_start, b, &done);
	*cut = !done;
	return e;
}

size_t cmdline_next(const struct buf *b, size_t at)
{
	return strnlen(b->data + at, b->size - at);
}
