/* stats: what an answer cost, for --stats.
 */
#ifndef WALKER_CMD_STATS_H
#define WALKER_CMD_STATS_H

#include "memory/memory.h"

/* To stderr: the counters of the source; of a live one also its reads and round trips. */
void stats_print(const struct memory *m);

#endif
