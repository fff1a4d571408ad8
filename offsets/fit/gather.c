#include "offsets/fit/gather.h"

#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/vec.h"
#include "memory/source.h"

#define LINES (PAGE_SIZE / GATHER_LINE) /* of a page: 64, a bit each */
#define VECTOR_MAX 1024 /* elements */
#define GAP 2 /* so many lines between two wanted ones are read with them */

struct page {
	uint64_t at;
	uint64_t have, failed, wanted; /* a bit a line */
	uint8_t *bytes;
};

struct gather {
	struct memory *below;
	struct page *pages;
	size_t count, capacity;
	struct map by_address; /* of a page: its number in pages */
	size_t wanted;	       /* lines */
	bool rehearsal;
};

static void gather_close(struct memory *m)
{
	struct gather *g = m->source;

	memory_close(g->below);
	for (size_t i = 0; i < g->count; i++)
		free(g->pages[i].bytes);
	free(g->pages);
	map_deinit(&g->by_address);
	free(g);
}

/* The page around an address; a new one when it is not there. NULL: there is no more room. */
static struct page *page_of(struct gather *g, uint64_t at)
{
	uint64_t start = at & ~(PAGE_SIZE - 1);
	const uint64_t *number = map_find(&g->by_address, start);
	struct page *page;

	if (number)
		return &g->pages[*number];
	if (g->count == GATHER_PAGES_MAX)
		return NULL;
	map_add(&g->by_address, start, g->count);
	page = vec_add(g->pages, g->count, g->capacity);
	*page = (struct page){ .at = start, .bytes = xcalloc(1, PAGE_SIZE) };
	return page;
}

/* Bits first to last, both included. */
static uint64_t bits(unsigned int first, unsigned int last)
{
	return (UINT64_MAX >> (63 - (last - first))) << first;
}

static struct memory_read run_of(const struct page *p, unsigned int first, unsigned int last)
{
	return (struct memory_read){ PADDR(p->at + first * GATHER_LINE), (last - first + 1) * GATHER_LINE,
				     p->bytes + first * GATHER_LINE, MEMORY_OK };
}

/* The next wanted lines of the page, from *at on, with what lies in small gaps between them. */
static bool next_run(const struct page *p, unsigned int *at, unsigned int *first, unsigned int *last)
{
	unsigned int i = *at;

	while (i < LINES && !(p->wanted >> i & 1))
		i++;
	if (i == LINES)
		return false;
	*first = *last = i;
	for (; i < LINES && i <= *last + GAP + 1; i++) {
		if (p->have >> i & 1 || p->failed >> i & 1)
			break;
		if (p->wanted >> i & 1)
			*last = i;
	}
	*at = *last + 1;
	return true;
}

static void settle(struct gather *g, struct page *p, unsigned int first, unsigned int last, bool ok)
{
	uint64_t mask = bits(first, last);

	g->wanted -= (size_t)__builtin_popcountll(p->wanted & mask);
	p->wanted &= ~mask;
	if (ok)
		p->have |= mask;
	else
		p->failed |= mask;
}

struct run {
	size_t page;
	unsigned int first, last;
};

/* Reads the wanted lines of a run one by one. */
static struct err *read_lines(struct gather *g, const struct run *run)
{
	struct page *p = &g->pages[run->page];

	for (unsigned int line = run->first; line <= run->last; line++) {
		struct memory_read one = run_of(p, line, line);
		struct err *e;

		if (!(p->wanted >> line & 1))
			continue;
		e = memory_read_again(g->below, &one, 1);
		settle(g, p, line, line, !e && one.status == MEMORY_OK);
		if (e)
			return e;
	}
	return NULL;
}

/* Reads these runs in one vector. Where a run of several lines fails, each line is tried by itself: one
 * unreadable line must not take its neighbours with it. */
static struct err *read_runs(struct gather *g, const struct run *runs, struct memory_read *reads, size_t n)
{
	struct err *e = memory_read_again(g->below, reads, n);

	for (size_t i = 0; i < n && !e; i++) {
		bool ok = reads[i].status == MEMORY_OK;

		if (ok || runs[i].first == runs[i].last)
			settle(g, &g->pages[runs[i].page], runs[i].first, runs[i].last, ok);
		else
			e = read_lines(g, &runs[i]);
	}
	return e;
}

struct err *gather_fetch(struct memory *gather, bool *ret)
{
	struct gather *g = gather->source;
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(VECTOR_MAX, sizeof(*reads));
	CLEANUP(free_ptr) struct run *runs = xcalloc(VECTOR_MAX, sizeof(*runs));
	size_t n = 0;

	*ret = g->wanted > 0;
	for (size_t i = 0; i < g->count && g->wanted; i++) {
		unsigned int at = 0;
		struct run run = { .page = i };

		while (next_run(&g->pages[i], &at, &run.first, &run.last)) {
			struct err *e;

			reads[n] = run_of(&g->pages[i], run.first, run.last);
			runs[n++] = run;
			if (n < VECTOR_MAX)
				continue;
			e = read_runs(g, runs, reads, n);
			if (e)
				return e;
			n = 0;
		}
	}
	return n ? read_runs(g, runs, reads, n) : NULL;
}

/* Reads the wanted ones of a page's lines at once, a run at a time. */
static struct err *read_now(struct gather *g, struct page *p)
{
	struct run run = { .page = (size_t)(p - g->pages) };

	for (unsigned int from = 0; next_run(p, &from, &run.first, &run.last);) {
		struct memory_read read = run_of(p, run.first, run.last);
		struct err *e = read_runs(g, &run, &read, 1);

		if (e)
			return e;
	}
	return NULL;
}

/* The part of a read that lies in one page. */
static struct err *read_part(struct gather *g, uint64_t at, uint8_t *to, size_t size, bool *ok)
{
	unsigned int first = (unsigned int)(at % PAGE_SIZE / GATHER_LINE);
	unsigned int last = (unsigned int)((at + size - 1) % PAGE_SIZE / GATHER_LINE);
	struct page *p = page_of(g, at);
	uint64_t lines = bits(first, last), lacking;

	*ok = false;
	if (!p)
		return NULL;
	lacking = lines & ~p->have & ~p->failed & ~p->wanted;
	p->wanted |= lacking;
	g->wanted += (size_t)__builtin_popcountll(lacking);
	if (!g->rehearsal && lines & p->wanted) {
		struct err *e = read_now(g, p);

		if (e)
			return e;
	}
	*ok = !(lines & ~p->have);
	if (*ok)
		memcpy(to, p->bytes + at % PAGE_SIZE, size);
	return NULL;
}

static struct err *gather_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct gather *g = m->source;

	for (size_t i = 0; i < n; i++) {
		bool all = true;

		for (uint32_t done = 0, part; done < reads[i].size; done += part) {
			uint64_t at = reads[i].at.v + done;
			bool ok;
			struct err *e;

			part = (uint32_t)(PAGE_SIZE - at % PAGE_SIZE);
			if (part > reads[i].size - done)
				part = reads[i].size - done;
			e = read_part(g, at, (uint8_t *)reads[i].to + done, part, &ok);
			if (e)
				return e;
			all &= ok;
		}
		reads[i].status = all ? MEMORY_OK : MEMORY_ABSENT;
	}
	return NULL;
}

static void gather_ram_map_changed(struct memory *m)
{
	struct gather *g = m->source;

	memory_set_ram_map(g->below, &m->ram_map);
}

static const struct memory_ops gather_ops = {
	.scheme = "gather",
	.close = gather_close,
	.read = gather_read,
	.ram_map_changed = gather_ram_map_changed,
};

struct memory *gather_new(struct memory *below)
{
	struct gather *g = xcalloc(1, sizeof(*g));
	struct memory *m = memory_new(&gather_ops, memory_uri(below), g);
	const struct ram_map *map = memory_ram_map(below);

	g->below = below;
	m->limits.live = memory_limits(below)->live;
	m->silence_unchecked = true; /* the memory below sees to what does not answer */
	for (size_t i = 0; i < map->count; i++)
		ram_map_add(&m->ram_map, map->ranges[i].start, map->ranges[i].end);
	return m;
}

void gather_set_rehearsal(struct memory *gather, bool on)
{
	((struct gather *)gather->source)->rehearsal = on;
}

const struct memory_counters *gather_counters(const struct memory *gather)
{
	return memory_counters(((const struct gather *)gather->source)->below);
}

bool gather_is_worth(const struct memory *gather)
{
	return memory_limits(((const struct gather *)gather->source)->below)->batch > 1;
}
