/* rehearse: work that follows pointers, run beforehand to learn what it reads.
 *
 * Call it in front of work that reads from a live machine, so that the work finds its
 * bytes in the wave (walker/read/wave.h tells how, and what it saves):
 *
 *	static void rehearse_names(struct target *t, size_t i, void *arg)
 *	{
 *		const struct list *list = arg;
 *		CLEANUP(buf_deinit) struct buf name = BUF_INIT;
 *
 *		err_discard(read_name(t, list->at[i], &name));
 *	}
 *
 *	rehearse_each(t, list.count, rehearse_names, &list);
 *	for (size_t i = 0; i < list.count; i++) {
 *		e = read_name(t, list.at[i], &name);
 *		...
 *
 * Of a dump, where a vector saves nothing, rehearse() does nothing, and the loop reads.
 *
 * The work is called several times. In all calls but the last some of its reads fail,
 * and what it makes of the rest may be wrong. So it
 *	- leaves nothing behind: it works on copies and frees what it made. Notes need no
 *	  care: they are dropped;
 *	- discards errors, and goes on past one where the next read does not depend on it:
 *	  of two members that it needs it tries both, so that one vector brings both;
 *	- asks what the work for real will ask: the same addresses and sizes. A read of
 *	  other bytes is a round trip of its own then.
 */
#ifndef WALKER_READ_REHEARSE_H
#define WALKER_READ_REHEARSE_H

#include "walker/read/target.h"

void rehearse(struct target *t, void (*work)(struct target *t, void *arg), void *arg);

/* The same for n pieces of work that do not need each other. A piece that lacked
 * nothing is not called again. */
void rehearse_each(struct target *t, size_t n,
		   void (*work)(struct target *t, size_t i, void *arg), void *arg);

#endif
