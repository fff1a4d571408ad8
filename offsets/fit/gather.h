/* gather: a memory that asks another one for each line of 64 bytes once, and for many in one vector.
 *
 * A read of a live machine costs a round trip; a vector of a hundred hardly costs more. So work that
 * follows pointers is done over and over while the gather is dry: what it lacks fails and is noted, and
 * gather_fetch() reads all of that in one vector, until the work lacks nothing. A line is what it was
 * when it was first read, however often the work is done.
 */
#ifndef OFFSETS_FIT_GATHER_H
#define OFFSETS_FIT_GATHER_H

#include "memory/memory.h"

#define GATHER_LINE 64
#define GATHER_PAGES_MAX 16384 /* remembered; what lies in others cannot be read */

/* below is closed with it. Never NULL. */
struct memory *gather_new(struct memory *below);

/* While it is dry, a read of what is not remembered fails (MEMORY_ABSENT) and is noted. */
void gather_set_dry(struct memory *gather, bool dry);

/* Reads what was noted in one vector, or in as many as that takes. *ret: whether there was anything.
 * What fails stays failed. Errors: ERR_SYSTEM: the memory is gone. */
struct err *gather_fetch(struct memory *gather, bool *ret) MUST_CHECK;

/* Of the memory below: so many vectors, elements and bytes were asked for. */
const struct memory_counters *gather_counters(const struct memory *gather);

/* Of the memory below: worth asking in vectors. */
bool gather_is_worth(const struct memory *gather);

#endif
