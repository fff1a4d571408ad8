#include "walker/read/wave.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"
#include "memory/source.h"

/* A longer read is not held, nor is one that would exceed all bytes: each is read by
 * itself, once the work is done for real. */
#define ENTRY_SIZE_MAX 16384u
#define BYTES_MAX (64u << 20)

/* A chain of pointers that is longer is not worth more round trips. */
#define REHEARSALS_MAX 64

/* A read that was noted, and what came of it. */
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
	size_t fetched; /* entries before it have been read */
	struct map by_read; /* hash of address and size: number of its entry */
	struct buf bytes;
	bool rehearsing;
	uint64_t lacked;
	size_t silent;	   /* reads in a row that had no answer */
	uint64_t deadline; /* ns */
	const char *gone;  /* why, or NULL */
};

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* --- reading from below --------------------------------------------------------- */

/* Reads those of n again, and moves what fails once more to the front of `which`. */
static struct err *wave_read_again(struct wave *w, struct memory_read *reads, size_t *which, size_t *n)
{
	CLEANUP(free_ptr) struct memory_read *again = xcalloc(*n, sizeof(*again));
	size_t left = 0;
	struct err *e;

	for (size_t i = 0; i < *n; i++)
		again[i] = reads[which[i]];
	e = memory_read_vector(w->below, again, *n);
	if (e)
		return e;
	for (size_t i = 0; i < *n; i++) {
		reads[which[i]].status = again[i].status;
		if (memory_status_may_pass(again[i].status))
			which[left++] = which[i];
	}
	*n = left;
	return NULL;
}

/* Reads, and reads again what failed in a way that may pass, while there is time. */
static struct err *wave_read_patiently(struct wave *w, struct memory_read *reads, size_t n)
{
	CLEANUP(free_ptr) size_t *which = xcalloc(n, sizeof(*which));
	size_t left = 0;
	struct err *e = memory_read_vector(w->below, reads, n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		if (memory_status_may_pass(reads[i].status))
			which[left++] = i;
	for (int tries = 1; tries < WAVE_TRIES && left && clock_ns() < w->deadline; tries++) {
		e = wave_read_again(w, reads, which, &left);
		if (e)
			return e;
	}
	return NULL;
}

/* Counts reads in a row that had no answer; too many: the memory is gone. */
static void wave_judge_silence(struct wave *w, const struct memory_read *reads, size_t n)
{
	bool silent = true;

	for (size_t i = 0; i < n && silent; i++)
		silent = reads[i].status == MEMORY_TIMEOUT;
	w->silent = silent ? w->silent + n : 0;
	if (w->silent >= WAVE_SILENT_READS && !w->gone)
		w->gone = "does not answer";
}

/* Reads a vector from below, unless that is gone; notices when it is. */
static void wave_read_below(struct wave *w, struct memory_read *reads, size_t n)
{
	if (!w->gone && clock_ns() > w->deadline)
		w->gone = "takes too long to answer";
	if (!w->gone) {
		struct err *e = wave_read_patiently(w, reads, n);

		if (e)
			w->gone = "does not answer any more";
		err_discard(e);
	}
	for (size_t i = 0; i < n && w->gone; i++)
		reads[i].status = MEMORY_TIMEOUT;
	wave_judge_silence(w, reads, n);
}

/* --- what it holds -------------------------------------------------------------- */

static uint64_t wave_key_of(struct paddr at, uint32_t size)
{
	const uint64_t both[] = { at.v, size };

	return hash_bytes(both, sizeof(both));
}

/* The entry of this very read, or NULL. */
static const struct wave_entry *wave_find_entry(const struct wave *w, struct paddr at, uint32_t size)
{
	const uint64_t *i = map_find(&w->by_read, wave_key_of(at, size));
	const struct wave_entry *entry = i ? &w->entries[*i] : NULL;

	return entry && entry->at.v == at.v && entry->size == size ? entry : NULL;
}

/* Notes a read for the next vector, unless it is long or there are too many. */
static void wave_note_read(struct wave *w, const struct memory_read *r)
{
	if (r->size > ENTRY_SIZE_MAX || w->bytes.size + r->size > BYTES_MAX)
		return;
	/* two reads with one hash: the second is not held, and read when it is needed */
	if (!map_add(&w->by_read, wave_key_of(r->at, r->size), w->count))
		return;
	*vec_add(w->entries, w->count, w->capacity) =
		(struct wave_entry){ r->at, r->size, w->bytes.size, MEMORY_ABSENT };
	buf_reserve(&w->bytes, r->size);
	w->bytes.size += r->size;
}

static void wave_read_one(struct wave *w, struct memory_read *r)
{
	const struct wave_entry *entry = wave_find_entry(w, r->at, r->size);

	if (entry && (size_t)(entry - w->entries) < w->fetched) {
		if (entry->status == MEMORY_OK)
			memcpy(r->to, w->bytes.data + entry->start, r->size);
		r->status = entry->status;
		return;
	}
	if (!w->rehearsing) {
		wave_read_below(w, r, 1);
		return;
	}
	w->lacked++;
	r->status = MEMORY_ABSENT;
	if (!entry)
		wave_note_read(w, r);
}

static struct err *wave_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		wave_read_one(m->source, &reads[i]);
	return NULL;
}

static void wave_close(struct memory *m)
{
	struct wave *w = m->source;

	free(w->entries);
	map_deinit(&w->by_read);
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
	m->silence_unchecked = true; /* the wave itself judges whether `below` is silent */
	wave_restart(m);
	return m;
}

void wave_forget(struct memory *wave)
{
	struct wave *w = wave->source;

	w->count = w->fetched = 0;
	map_deinit(&w->by_read);
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

/* --- rehearsals ----------------------------------------------------------------- */

bool wave_is_rehearsing(const struct memory *m)
{
	return m->ops == &wave_ops && ((const struct wave *)m->source)->rehearsing;
}

uint64_t wave_lacked(const struct memory *wave)
{
	return ((const struct wave *)wave->source)->lacked;
}

void wave_begin(struct memory *wave)
{
	((struct wave *)wave->source)->rehearsing = true;
}

void wave_end(struct memory *wave)
{
	((struct wave *)wave->source)->rehearsing = false;
}

bool wave_fetch(struct memory *wave)
{
	struct wave *w = wave->source;
	CLEANUP(free_ptr) struct memory_read *reads = NULL;
	size_t n = w->count - w->fetched;
	struct wave_entry *entries;

	if (!n)
		return false;
	reads = xcalloc(n, sizeof(*reads));
	entries = w->entries + w->fetched;
	for (size_t i = 0; i < n; i++)
		reads[i] = (struct memory_read){ entries[i].at, entries[i].size,
						 w->bytes.data + entries[i].start, MEMORY_OK };
	wave_read_below(w, reads, n);
	for (size_t i = 0; i < n; i++)
		entries[i].status = reads[i].status;
	w->fetched = w->count;
	return true;
}

void wave_rehearse(struct memory *wave, void (*work)(void *arg), void *arg)
{
	wave_begin(wave);
	for (unsigned int i = 0; i < REHEARSALS_MAX; i++) {
		work(arg);
		if (!wave_fetch(wave))
			break;
	}
	wave_end(wave);
}
