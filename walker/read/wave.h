/* wave: many small reads of a live machine, in few round trips.
 *
 * Over a wire a read costs a round trip, and a vector of a hundred reads costs hardly
 * more than one read. But code that follows pointers needs one answer before it can
 * ask the next question: a list of 300 tasks is 300 round trips, and as many again
 * for what the tasks point to.
 *
 * So such code is rehearsed: it runs on what was read so far, only to learn what it
 * reads next. While it is rehearsed, a read of bytes that the wave does not hold fails
 * (MEMORY_ABSENT), and the wave notes it. Then the wave fetches all that it noted in
 * one vector, and the code runs again and comes further. Once a rehearsal asks for
 * nothing new, the code runs for real, and every read of it finds its bytes here.
 *
 *	rehearsal 1	reads 300 task_structs		one vector: their bytes
 *	rehearsal 2	reads the creds they point to	one vector: their bytes
 *	rehearsal 3	lacks nothing			no vector
 *	for real	reads all of that again		no vector
 *
 * are two round trips instead of 600. A chain gains nothing: each rehearsal comes one
 * link further, so a chain costs a round trip a link. The price is work on this
 * machine, where the code runs a few times over, and the memory for what was read.
 *
 * Most callers need nothing of this but walker/read/rehearse.h.
 */
#ifndef WALKER_READ_WAVE_H
#define WALKER_READ_WAVE_H

#include "memory/memory.h"

/* When the memory counts as gone, and nothing more is asked of it: after so many
 * seconds for one answer, or so many reads in a row that timed out. */
#define WAVE_SECONDS 30
#define WAVE_SILENT_READS 4
/* How often a read is tried whose failure may pass. */
#define WAVE_TRIES 5

/* A memory that reads from `below`, which outlives it, and holds what it fetched. A
 * read of it is never an error: when `below` is gone all reads time out, so that work
 * under way ends with what it has. Closed with memory_close(). */
struct memory *wave_new(struct memory *below);

/* Rehearses work() until it lacks nothing, 64 times at most, and fetches in between
 * what it lacks. work() must leave nothing behind. */
void wave_rehearse(struct memory *wave, void (*work)(void *arg), void *arg);

/* The same by hand: between wave_begin() and wave_end() a read of what the wave does
 * not hold fails and is noted; wave_fetch() reads all that was noted, in one vector,
 * and returns false if there was nothing. What fails then stays failed until the wave
 * forgets it. */
void wave_begin(struct memory *wave);
bool wave_fetch(struct memory *wave);
void wave_end(struct memory *wave);

/* Is m a wave between wave_begin() and wave_end()? */
bool wave_is_rehearsing(const struct memory *m);

/* How many reads failed so far because the wave did not hold them. */
uint64_t wave_lacked(const struct memory *wave);

/* Forgets all that it holds: what is read from now on is fresh. */
void wave_forget(struct memory *wave);
/* The same for another answer: it has all its time again, and the memory may be back. */
void wave_restart(struct memory *wave);

/* Why nothing more is asked of the memory; NULL: it is there. */
const char *wave_gone(const struct memory *wave);

#endif
