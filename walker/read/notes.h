/* notes: what there is to say beside an answer.
 *
 * What a command cannot read is one of three things:
 *
 *	a gap		the answer is right but for this: the arguments of one process
 *			are swapped out, a list is torn. The command says so and goes on.
 *			--strict makes an error of it, status 3.
 *	an error	there is no answer: no such process, or the memory is gone
 *			(ERR_SYSTEM). The function returns it.
 *	nothing		what may be missing in every kernel or process, such as the memory
 *			of a kernel thread: an empty column says it.
 *
 * A remark is worth knowing and leaves nothing out: a task that only the table of pids
 * has is in the answer.
 *
 *	e = read_arguments(t, task, &b);
 *	if (err_is_fatal(e))
 *		return e;
 *	notes_gap_err(&t->notes, e);
 *
 * Whoever adds a text of the target's escapes it (base/escape.h).
 */
#ifndef WALKER_READ_NOTES_H
#define WALKER_READ_NOTES_H

#include "base/buf.h"

struct notes {
	struct buf lines; /* each ends with a newline */
	size_t kept, dropped, gaps;
};

#define NOTES_INIT { BUF_INIT, 0, 0, 0 }

void notes_deinit(struct notes *n);
void notes_gap(struct notes *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A gap with the text of e, which is freed; nothing if e is NULL. */
void notes_gap_err(struct notes *n, struct err *e);
void notes_remark(struct notes *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* To stderr: the first 20, and how many more there are. */
void notes_print(const struct notes *n);

#endif
