/* read_plan: turns the elements of a vector read into spans that one request of
 * a bus can carry, and puts what came back where it belongs.
 *
 * A span lies in one 4 KiB page and is no larger than the bus allows. Elements
 * that touch, overlap or lie so near that one request holds them share a span,
 * provided that everything between them is RAM. Pure: no I/O.
 */
#ifndef MEMORY_READ_PLAN_H
#define MEMORY_READ_PLAN_H

#include "memory/memory.h"

struct read_span {
	uint64_t start, end;	   /* [start, end) */
	size_t first, count;	   /* elements of the plan's order that it serves */
	unsigned int tries;	   /* so far */
	enum memory_status status; /* of the last try */
};

struct read_plan {
	struct memory_read **order; /* by address; owned */
	size_t count;
	const struct ram_map *ram;
	uint32_t span_max;
	size_t next;	 /* elements before it are planned */
	uint64_t next_at; /* and of it, what lies below */
	struct read_span *again; /* a ring of those to be tried (again); owned */
	size_t again_first, again_count, again_capacity;
};

/* reads: n elements, inside ram; their status becomes MEMORY_OK. span_max: a
 * power of two, 128 to 4096. reads and ram outlive the plan. */
void read_plan_init(struct read_plan *p, struct memory_read *reads, size_t n,
		    const struct ram_map *ram, uint32_t span_max);
void read_plan_deinit(struct read_plan *p);

/* The next span to ask for; false when there is none (left). Elements that
 * failed already get no more of them. */
bool read_plan_next(struct read_plan *p, struct read_span *ret);

/* Asks for the span again later; nothing is counted. */
void read_plan_again(struct read_plan *p, const struct read_span *s);

/* data: the bytes from address `at` on; [s->start, s->end) is among them. */
void read_plan_done(struct read_plan *p, const struct read_span *s, uint64_t at, const uint8_t *data);

/* The span cannot be read. The status is that of its element; where several
 * share it, each is asked for by itself once more. */
void read_plan_fail(struct read_plan *p, const struct read_span *s, enum memory_status status);

/* Gives up the rest: everything not asked for gets this status. */
void read_plan_abandon(struct read_plan *p, enum memory_status status);

#endif
