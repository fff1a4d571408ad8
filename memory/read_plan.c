#include "memory/read_plan.h"

#include <stdlib.h>

#include "base/alloc.h"

static uint64_t end_of(const struct memory_read *r)
{
	return r->at.v + r->size;
}

static int compare(const void *a, const void *b)
{
	const struct memory_read *x = *(struct memory_read *const *)a;
	const struct memory_read *y = *(struct memory_read *const *)b;

	return x->at.v < y->at.v ? -1 : x->at.v > y->at.v;
}

void read_plan_init(struct read_plan *p, struct memory_read *reads, size_t n,
		    const struct ram_map *ram, uint32_t span_max)
{
	bool sorted = true;

	*p = (struct read_plan){ .ram = ram, .span_max = span_max, .count = n };
	p->order = xcalloc(n, sizeof(*p->order));
	for (size_t i = 0; i < n; i++) {
		reads[i].status = MEMORY_OK;
		p->order[i] = &reads[i];
		sorted = sorted && (!i || reads[i - 1].at.v <= reads[i].at.v);
	}
	if (!sorted)
		qsort(p->order, n, sizeof(*p->order), compare);
}

void read_plan_deinit(struct read_plan *p)
{
	free(p->order);
	free(p->again);
}

/* Skips elements that are planned or have failed. False: there are no others. */
static bool find_next(struct read_plan *p)
{
	for (; p->next < p->count; p->next++) {
		const struct memory_read *r = p->order[p->next];

		if (r->status == MEMORY_OK && r->size && end_of(r) > p->next_at)
			return true;
	}
	return false;
}

static bool take_again(struct read_plan *p, struct read_span *ret)
{
	while (p->again_count) {
		*ret = p->again[p->again_first];
		p->again_first = (p->again_first + 1) % p->again_capacity;
		p->again_count--;
		for (size_t i = 0; i < ret->count; i++)
			if (p->order[ret->first + i]->status == MEMORY_OK)
				return true;
	}
	return false;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool read_plan_next(struct read_plan *p, struct read_span *ret)
{
	const struct memory_read *r;
	uint64_t words, limit;
	struct read_span s = { 0 };

	if (take_again(p, ret))
		return true;
	if (!find_next(p))
		return false;
	r = p->order[p->next];
	s.start = r->at.v > p->next_at ? r->at.v : p->next_at;
	words = s.start & ~UINT64_C(3);
	limit = least(words + p->span_max, (s.start & PAGE_MASK) + PAGE_SIZE);
	s.end = least(end_of(r), limit);
	s.first = p->next;
	s.count = 1;
	for (size_t i = s.first + 1; i < p->count && s.end < limit; i++) {
		r = p->order[i];
		if (r->at.v >= limit ||
		    (r->at.v > s.end && !ram_map_contains(p->ram, PADDR(s.end), r->at.v - s.end)))
			break;
		if (end_of(r) > s.end)
			s.end = least(end_of(r), limit);
		s.count = i + 1 - s.first;
	}
	/* other elements that start in the span */
	while (s.first + s.count < p->count && p->order[s.first + s.count]->at.v < s.end)
		s.count++;
	p->next_at = s.end;
	*ret = s;
	return true;
}

void read_plan_again(struct read_plan *p, const struct read_span *s)
{
	if (p->again_count == p->again_capacity) {
		size_t capacity = p->again_capacity ? 2 * p->again_capacity : 16;
		struct read_span *ring = xcalloc(capacity, sizeof(*ring));

		for (size_t i = 0; i < p->again_count; i++)
			ring[i] = p->again[(p->again_first + i) % p->again_capacity];
		free(p->again);
		p->again = ring;
		p->again_first = 0;
		p->again_capacity = capacity;
	}
	p->again[(p->again_first + p->again_count++) % p->again_capacity] = *s;
}

/* The part of element r that lies in s. False: there is none. */
static bool overlap(const struct read_span *s, const struct memory_read *r, uint64_t *start,
		    uint64_t *end)
{
	*start = s->start > r->at.v ? s->start : r->at.v;
	*end = least(s->end, end_of(r));
	return *start < *end;
}

void read_plan_done(struct read_plan *p, const struct read_span *s, uint64_t at, const uint8_t *data)
{
	for (size_t i = s->first; i < s->first + s->count; i++) {
		struct memory_read *r = p->order[i];
		uint64_t start, end;

		if (overlap(s, r, &start, &end))
			__builtin_memcpy((char *)r->to + (start - r->at.v), data + (start - at),
					 end - start);
	}
}

void read_plan_fail(struct read_plan *p, const struct read_span *s, enum memory_status status)
{
	uint64_t start, end;

	for (size_t i = s->first; i < s->first + s->count; i++) {
		struct memory_read *r = p->order[i];
		struct read_span one = { .first = i, .count = 1 };

		if (r->status != MEMORY_OK || !overlap(s, r, &start, &end))
			continue;
		one.start = start;
		one.end = end;
		if (s->count == 1)
			r->status = status;
		else
			read_plan_again(p, &one);
	}
}

void read_plan_abandon(struct read_plan *p, enum memory_status status)
{
	struct read_span s;

	while (take_again(p, &s))
		for (size_t i = s.first; i < s.first + s.count; i++)
			if (p->order[i]->status == MEMORY_OK)
				p->order[i]->status = status;
	while (find_next(p))
		p->order[p->next]->status = status;
}
