#include "walker/wave.h"

#include <string.h>

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
};

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
		struct err *e;

		if (known && known->status == MEMORY_OK) {
			memcpy(reads[i].to, w->bytes.data + known->start, reads[i].size);
			reads[i].status = MEMORY_OK;
			continue;
		}
		if (w->dry) {
			reads[i].status = MEMORY_ABSENT;
			if (!known)
				wave_want(w, &reads[i]);
			continue;
		}
		e = memory_read_vector(w->below, &reads[i], 1);
		if (e)
			return e;
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
	m->limits = *memory_limits(below);
	return m;
}

void wave_begin(struct memory *wave)
{
	((struct wave *)wave->source)->dry = true;
}

void wave_end(struct memory *wave)
{
	((struct wave *)wave->source)->dry = false;
}

struct err *wave_fetch(struct memory *wave, bool *more)
{
	struct wave *w = wave->source;
	size_t n = w->count - w->fetched;
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(n, sizeof(*reads));
	struct err *e;

	*more = n;
	for (size_t i = 0; i < n; i++) {
		const struct wave_entry *entry = &w->entries[w->fetched + i];

		reads[i] = (struct memory_read){ entry->at, entry->size,
						 w->bytes.data + entry->start, MEMORY_OK };
	}
	e = n ? memory_read_vector(w->below, reads, n) : NULL;
	for (size_t i = 0; i < n && !e; i++)
		w->entries[w->fetched + i].status = reads[i].status;
	w->fetched = w->count;
	return e;
}
