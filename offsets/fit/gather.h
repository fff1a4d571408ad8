/* gather: a memory that asks another one for each line of 64 bytes once, and for many lines in one vector.
 *
 * A read of a live machine costs a round trip, and a vector of a hundred reads hardly costs more. So
 * the caller rehearses: it runs its work, which follows pointers, on what was read so far. A read of a
 * line that is still missing fails, and the gather notes the line. gather_fetch() then reads all noted
 * lines in one vector, and the caller starts over, until its work misses nothing. A line keeps the
 * bytes of its first read, however often the work runs.
 */
#ifndef OFFSETS_FIT_GATHER_H
#define OFFSETS_FIT_GATHER_H

#include "memory/memory.h"

#define GATHER_LINE 64
#define GATHER_PAGES_MAX 16384 /* pages that are kept; no line of a further page can be read */

/* The gather closes below with itself. Never NULL. */
struct memory *gather_new(struct memory *below);

/* In a rehearsal a read of a line that is not kept yet fails (MEMORY_ABSENT), and the gather notes the
 * line. Otherwise it asks the memory below at once. */
void gather_set_rehearsal(struct memory *gather, bool on);

/* Reads the noted lines in one vector, or in as many as that takes. *ret: whether there were any.
 * A line that fails stays failed. Errors: ERR_SYSTEM: the memory is gone. */
struct err *gather_fetch(struct memory *gather, bool *ret) MUST_CHECK;

/* How many vectors, elements and bytes the memory below was asked for. */
const struct memory_counters *gather_counters(const struct memory *gather);

/* Whether the memory below answers a vector faster than its elements one by one. */
bool gather_is_worth(const struct memory *gather);

#endif
