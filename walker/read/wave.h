/* wave: many small reads that depend on earlier ones, a vector at a time.
 *
 * A read from a live machine costs a round trip; a vector of a hundred hardly
 * costs more. So work that follows pointers is rehearsed: what it lacks is
 * remembered and taken for not there; then all of that is read in one vector
 * and the work rehearsed again, until it lacks nothing. When it is done in
 * earnest, all it reads has been read.
 */
#ifndef WALKER_READ_WAVE_H
#define WALKER_READ_WAVE_H

#include "memory/memory.h"

/* How long one answer may take, in seconds, and how many reads in a row may time
 * out; after that the memory counts as gone and nothing more is asked of it. */
#define WAVE_SECONDS 30
#define WAVE_SILENT_READS 4
#define WAVE_TRIES 5 /* of a read that may succeed later */

/* A memory that reads `below`, which outlives it, and remembers what it is told
 * to. A read of it is never an error: when `below` is gone all reads time out, so
 * that work which is under way ends with what it has. Closed with memory_close(). */
struct memory *wave_new(struct memory *below);

/* From now on a read of what is not remembered fails (MEMORY_ABSENT) and is
 * noted; wave_end(): it is read again. */
void wave_begin(struct memory *wave);
void wave_end(struct memory *wave);

/* Whether m is a wave between those two. */
bool wave_is_dry(const struct memory *m);

/* How many reads between those two were of what is not remembered. */
uint64_t wave_lacked(const struct memory *wave);

/* Forgets all: what is read from now on is fresh. wave_restart(): for another
 * answer, which has all its time again, of a memory that may be back. */
void wave_forget(struct memory *wave);
void wave_restart(struct memory *wave);

/* Why nothing more is asked of the memory, or NULL: it is there. */
const char *wave_gone(const struct memory *wave);

/* Reads in one vector all that was noted since; false: there was nothing. What
 * fails stays failed until it is forgotten. */
bool wave_fetch(struct memory *wave);

#endif
