/* read_plan: turns the elements of a vector into spans, each of which one request on a bus can
 * read, and puts the answers where they belong.
 *
 * A span lies in one 4 KiB page and is no larger than the bus allows. Elements share a span if they
 * touch or overlap, or lie so close that one request can read them, and all bytes between them are
 * RAM. Does no I/O.
 */
#ifndef MEMORY_READ_PLAN_H
#define MEMORY_READ_PLAN_H

#include "memory/memory.h"

struct read_span {
	uint64_t start, end;	   /* [start, end) */
	size_t first, count;	   /* the elements that it reads, in the order of the plan */
	unsigned int tries;	   /* so far */
	enum memory_status status; /* of the last try */
};

struct read_plan {
	struct memory_read **order; /* by address; owned */
	size_t count;
	const struct ram_map *ram;
	uint32_t span_max;
	size_t next;	  /* the elements before this one are planned, */
	uint64_t next_at; /* and this one as far as it lies below here */
	struct read_span *again; /* a ring of spans to try again; owned */
	size_t again_first, again_count, again_capacity;
};

/* reads: n elements, all of them in ram; their status becomes MEMORY_OK. span_max: the largest
 * span, a power of two from 128 to 4096. reads and ram outlive the plan. */
void read_plan_init(struct read_plan *p, struct memory_read *reads, size_t n,
		    const struct ram_map *ram, uint32_t span_max);
void read_plan_deinit(struct read_plan *p);

/* The next span to ask for, which serves at least one element that has not failed. False: there is
 * none left. */
bool read_plan_next(struct read_plan *p, struct read_span *ret);

/* Puts the span back, to be asked for again. Does not count tries. */
void read_plan_again(struct read_plan *p, const struct read_span *s);

/* data: the bytes from address `at` on, which include [s->start, s->end). */
void read_plan_done(struct read_plan *p, const struct read_span *s, uint64_t at, const uint8_t *data);

/* The span could not be read. If it serves one element, that one fails with this status; if it
 * serves several, each is asked for once more by itself. */
void read_plan_fail(struct read_plan *p, const struct read_span *s, enum memory_status status);

/* Gives up: all elements that are still to be asked for fail with this status. */
void read_plan_abandon(struct read_plan *p, enum memory_status status);

#endif
