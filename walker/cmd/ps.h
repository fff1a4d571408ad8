/* ps: the table of processes, which top shows as well.
 */
#ifndef WALKER_CMD_PS_H
#define WALKER_CMD_PS_H

#include "walker/cmd/rows.h"
#include "walker/read/target.h"

enum ps_column {
	PS_PID,
	PS_TGID,
	PS_PPID,
	PS_UID,
	PS_GID,
	PS_STATE,
	PS_THREADS,
	PS_START,
	PS_COMM,
	PS_ARGS,
	PS_ADDR,
	PS_COLUMNS
};

extern const struct column ps_columns[PS_COLUMNS];

/* Prints processes or, with threads, threads; *count: how many. */
struct err *ps_table(struct target *t, bool threads, struct out *out, size_t *count) MUST_CHECK;

#endif
