/* process: one process's memory, as the process itself would read it. */
#ifndef WALKER_PROCESS_PROCESS_H
#define WALKER_PROCESS_PROCESS_H

#include "walker/process/vma.h"

struct process {
	struct task task;
	struct mm mm;
	struct vmas vmas;
};

#define PROCESS_INIT { .vmas = VMAS_INIT }

/* Errors: ERR_ABSENT (no such process, or one without memory), ERR_DATA. */
struct err *process_open(struct target *t, uint32_t pid, struct process *ret) MUST_CHECK;
void process_deinit(struct process *p);

/* The area that holds `at`, or NULL. */
const struct vma *process_area(const struct process *p, uint64_t at);

/* Reads [at, at + size). A page that the page tables lack comes from the page cache if it is
 * a file's, and is zeros if nobody ever wrote to it. *done: bytes read. *why, when not all:
 * an error (ERR_ABSENT: not mapped, swapped out, not in memory), owned by the caller.
 * Errors: ERR_SYSTEM. */
struct err *process_read(struct target *t, const struct process *p, uint64_t at, void *to,
			 size_t size, size_t *done, struct err **why) MUST_CHECK;

#endif
