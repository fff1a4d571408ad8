#include "walker/read/wave.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "memory/source.h"

#define BYTES_MAX (64u << 20)
#define ENTRY_SIZE_MAX 16384u

/* A read: wanted, and later what came of it. */
struct wave_entry {
	struct paddr at;
	uint32_t size;
	size_t start; /* in bytes */
	enum memory_status status;
};

struct wave {
	struct memory *below; /* borrowed */
	struct wave_entry *entries;
	size_t count, capacity;
	size_t fetched;	 /* entries before it have been read */
	uint32_t *slots; /* hash: index + 1, 0: free; 2 * capacity of them */
	struct buf bytes;
	bool dry;
	uint64_t lacked;
	size_t silent;	     /* reads in a row that had no answer */
	uint64_t deadline;   /* ns */
	const char *gone;    /* why, or NULL */
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Reads those of n again, and moves what fails once more to the front of `which`. */
static struct err *wave_retry(struct wave *w, struct memory_read *reads, size_t *which, size_t *n)
{
	CLEANUP(free_ptr) struct memory_read *again = xcalloc(*n, sizeof(*again));
	size_t left = 0;
	struct err *e;

	for (size_t i = 0; i < *n; i++)
		again[i] = reads[which[i]];
	e = memory_read_vector(w->below, again, *n);
	for (size_t i = 0; i < *n && !e; i++) {
		reads[which[i]].status = again[i].status;
		if (memory_status_may_pass(again[i].status))
			which[left++] = which[i];
	}
	*n = left;
	return e;
}

/* Reads, and again what may succeed, while there is time. */
static struct err *wave_try(struct wave *w, struct memory_read *reads, size_t n)
{
	CLEANUP(free_ptr) size_t *which = NULL;
	size_t left = 0;
	struct err *e = memory_read_vector(w->below, reads, n);

	for (size_t i = 0; i < n && !e; i++)
		left += memory_status_may_pass(reads[i].status);
	if (e || !left)
		return e;
	which = xcalloc(left, sizeof(*which));
	for (size_t i = 0, k = 0; i < n; i++)
		if (memory_status_may_pass(reads[i].status))
			which[k++] = i;
	for (int tries = 1; tries < WAVE_TRIES && left && !e && clock_ns() < w->deadline; tries++)
		e = wave_retry(w, reads, which, &left);
	return e;
}

/* Reads a vector from below, unless that is gone; notices when it is. */
static void wave_ask(struct wave *w, struct memory_read *reads, size_t n)
{
	bool silent = true;
	struct err *e = NULL;

	if (!w->gone && clock_ns() > w->deadline)
		w->gone = "takes too long to answer";
	if (!w->gone)
		e = wave_try(w, reads, n);
	if (e)
		w->gone = "does not answer any more";
	err_discard(e);
	for (size_t i = 0; i < n && w->gone; i++)
		reads[i].status = MEMORY_TIMEOUT;
	for (size_t i = 0; i < n && silent; i++)
		silent = reads[i].status == MEMORY_TIMEOUT;
	w->silent = silent ? w->silent + n : 0;
	if (w->silent >= WAVE_SILENT_READS && !w->gone)
		w->gone = "does not answer";
}

static size_t wave_slot(const struct wave *w, struct paddr at, uint32_t size)
{
	size_t mask = 2 * w->capacity - 1;
	uint64_t hash = (at.v * 4 + size) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(hash >> 32) & mask;

	while (w->slots[i]) {
		const struct wave_entry *entry = &w->entries[w->slots[i] - 1];

		if (entry->at.v == at.v && entry->size == size)
			break;
		i = (i + 1) & mask;
	}
	return i;
}

static const struct wave_entry *wave_find(const struct wave *w, struct paddr at, uint32_t size)
{
	uint32_t i = w->capacity ? w->slots[wave_slot(w, at, size)] : 0;

	return i ? &w->entries[i - 1] : NULL;
}

static void wave_grow(struct wave *w)
{
	w->capacity = w->capacity ? 2 * w->capacity : 1024;
	w->entries = xrealloc(w->entries, w->capacity, sizeof(*w->entries));
	free(w->slots);
	w->slots = xcalloc(2 * w->capacity, sizeof(*w->slots));
	for (size_t i = 0; i < w->count; i++)
		w->slots[wave_slot(w, w->entries[i].at, w->entries[i].size)] = (uint32_t)(i + 1);
}

/* Notes a read for the next vector, unless it is long or there are too many. */
static void wave_want(struct wave *w, const struct memory_read *r)
{
	struct wave_entry entry = { r->at, r->size, w->bytes.size, MEMORY_ABSENT };

	if (r->size > ENTRY_SIZE_MAX || w->bytes.size + r->size > BYTES_MAX)
		return;
	if (w->count == w->capacity)
		wave_grow(w);
	buf_reserve(&w->bytes, r->size);
	w->bytes.size += r->size;
	w->slots[wave_slot(w, r->at, r->size)] = (uint32_t)(w->count + 1);
	w->entries[w->count++] = entry;
}

static struct err *wave_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct wave *w = m->source;

	for (size_t i = 0; i < n; i++) {
		const struct wave_entry *known = wave_find(w, reads[i].at, reads[i].size);

		if (known && (size_t)(known - w->entries) < w->fetched) {
			if (known->status == MEMORY_OK)
				memcpy(reads[i].to, w->bytes.data + known->start, reads[i].size);
			reads[i].status = known->status;
			continue;
		}
		if (w->dry) {
			w->lacked++;
			reads[i].status = MEMORY_ABSENT;
			if (!known)
				wave_want(w, &reads[i]);
			continue;
		}
		wave_ask(w, &reads[i], 1);
	}
	return NULL;
}

static void wave_close(struct memory *m)
{
	struct wave *w = m->source;

	free(w->entries);
	free(w->slots);
	buf_deinit(&w->bytes);
	free(w);
}

static const struct memory_ops wave_ops = {
	.scheme = "wave",
	.close = wave_close,
	.read = wave_read,
};

struct memory *wave_new(struct memory *below)
{
	struct wave *w = xcalloc(1, sizeof(*w));
	struct memory *m = memory_new(&wave_ops, memory_uri(below), w);

	w->below = below;
	memory_set_ram_map(m, memory_ram_map(below));
	m->silence_unchecked = true; /* whether it is silent is judged below, and here */
	wave_restart(m);
	return m;
}

bool wave_is_dry(const struct memory *m)
{
	return m->ops == &wave_ops && ((const struct wave *)m->source)->dry;
}

uint64_t wave_lacked(const struct memory *wave)
{
	return ((const struct wave *)wave->source)->lacked;
}

void wave_forget(struct memory *wave)
{
	struct wave *w = wave->source;

	w->count = w->fetched = 0;
	if (w->capacity)
		memset(w->slots, 0, 2 * w->capacity * sizeof(*w->slots));
	buf_clear(&w->bytes);
}

void wave_restart(struct memory *wave)
{
	struct wave *w = wave->source;

	wave_forget(wave);
	w->gone = NULL;
	w->silent = 0;
	w->deadline = clock_ns() + WAVE_SECONDS * UINT64_C(1000000000);
}

const char *wave_gone(const struct memory *wave)
{
	return ((const struct wave *)wave->source)->gone;
}

void wave_begin(struct memory *wave)
{
	((struct wave *)wave->source)->dry = true;
}

void wave_end(struct memory *wave)
{
	((struct wave *)wave->source)->dry = false;
}

bool wave_fetch(struct memory *wave)
{
	struct wave *w = wave->source;
	size_t n = w->count - w->fetched;
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(n, sizeof(*reads));

	for (size_t i = 0; i < n; i++) {
		const struct wave_entry *entry = &w->entries[w->fetched + i];

		reads[i] = (struct memory_read){ entry->at, entry->size,
						 w->bytes.data + entry->start, MEMORY_OK };
	}
	if (n)
		wave_ask(w, reads, n);
	for (size_t i = 0; i < n; i++)
		w->entries[w->fetched + i].status = reads[i].status;
	w->fetched = w->count;
	return n;
}
