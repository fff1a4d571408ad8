/* mm: a process's address space. */
#ifndef WALKER_PROCESS_MM_H
#define WALKER_PROCESS_MM_H

#include "walker/task/task.h"

struct mm {
	struct kaddr at;
	struct xlat tables;
	uint64_t arg_start, arg_end, env_start, env_end;
	uint64_t start_brk, brk, start_stack, task_size;
	struct kaddr exe_file; /* or 0 */
};

/* Errors: ERR_ABSENT: it has none, since it is a kernel thread or a zombie; ERR_DATA. */
struct err *mm_read(struct target *t, const struct task *task, struct mm *ret) MUST_CHECK;

/* Reads [at, at + size) of the process up to the first page that is not in memory. *done:
 * bytes read. Errors: ERR_SYSTEM: the source is gone. */
struct err *mm_read_some(const struct mm *mm, struct uaddr at, void *to, size_t size,
			 size_t *done) MUST_CHECK;

#endif
