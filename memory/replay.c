/* replay: answers reads with what record: kept of a source.
 *
 *	replay:FILE
 *
 * The n-th read of an address and a size gets the n-th answer that was recorded for them, a failure
 * too; after the last one, the last one again. For a size that was not recorded we put an answer
 * together from the bytes that were read last. A read is absent if one of its bytes was never
 * recorded.
 */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/search.h"
#include "base/vec.h"
#include "base/view.h"
#include "memory/image.h"
#include "memory/record.h"

#define TEXT_MAX (1u << 20)
#define ENTRIES_MAX (1u << 26)

struct entry {
	uint64_t at;	 /* address, or the `from` of a 'D' */
	uint64_t offset; /* of its bytes in the file; the answer of a 'D' */
	uint32_t size, status;
	uint32_t number; /* in the file */
	uint32_t used;	 /* in the first of equal entries: how many of them were answered */
};

struct entries {
	struct entry *all; /* sorted by address, size, number */
	size_t count, capacity;
};

struct replay {
	struct image *image;
	struct entries reads, skips;
	uint32_t size_max; /* of all reads */
	bool missed;	   /* a read asked for what was never recorded */
};

static void replay_close(struct memory *m)
{
	struct replay *r = m->source;

	if (!r)
		return;
	image_close(r->image);
	free(r->reads.all);
	free(r->skips.all);
	free(r);
}

/* --- reading the file --------------------------------------------------------------------- */

static struct err *malformed(const struct replay *r, uint64_t at, const char *what)
{
	return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": %s", r->image->path, at, what);
}

static struct err *take_read(struct replay *r, uint64_t at, uint32_t size, uint32_t number)
{
	uint8_t head[RECORD_READ_SIZE];
	struct entry x = { .offset = at + RECORD_READ_SIZE, .number = number };
	struct err *e;

	if (size < RECORD_READ_SIZE)
		return malformed(r, at, "a read without its address");
	e = image_bytes(r->image, at, head, sizeof(head));
	if (e)
		return e;
	x.at = load_u64(head);
	x.size = load_u32(head + 8);
	x.status = load_u32(head + 12);
	if (x.status >= MEMORY_STATUS_COUNT || x.at > UINT64_MAX - x.size ||
	    size - RECORD_READ_SIZE != (x.status == MEMORY_OK ? x.size : 0))
		return malformed(r, at, "a read whose sizes contradict each other");
	r->size_max = x.size > r->size_max ? x.size : r->size_max;
	*vec_add(r->reads.all, r->reads.count, r->reads.capacity) = x;
	return NULL;
}

static struct err *take_skip(struct replay *r, uint64_t at, uint32_t size, uint32_t number)
{
	uint64_t numbers[2];
	struct err *e;

	if (size != sizeof(numbers))
		return malformed(r, at, "a step that is not two addresses");
	e = image_bytes(r->image, at, numbers, sizeof(numbers));
	if (e)
		return e;
	if (numbers[1] < numbers[0])
		return malformed(r, at, "a step backwards");
	*vec_add(r->skips.all, r->skips.count, r->skips.capacity) =
		(struct entry){ .at = numbers[0], .offset = numbers[1], .number = number };
	return NULL;
}

static struct err *take_map(struct replay *r, uint64_t at, uint32_t size, struct ram_map *ret)
{
	if (ret->count)
		return NULL; /* a later map: the caller that replaced the map then does so again */
	if (size % 16 || size > TEXT_MAX)
		return malformed(r, at, "no RAM map");
	for (uint32_t i = 0; i < size; i += 16) {
		uint64_t range[2];
		struct err *e = image_bytes(r->image, at + i, range, sizeof(range));

		if (e)
			return e;
		if (range[0] >= range[1])
			return malformed(r, at + i, "no range of addresses");
		ram_map_add(ret, PADDR(range[0]), PADDR(range[1]));
	}
	return NULL;
}

static struct err *take_text(struct replay *r, uint64_t at, uint32_t size, struct buf *b)
{
	struct err *e;

	if (size > TEXT_MAX || b->size)
		return malformed(r, at, "a text that is too long, or there twice");
	buf_reserve(b, size);
	e = image_bytes(r->image, at, b->data, size);
	if (e)
		return e;
	b->size = size;
	b->data[size] = '\0';
	return NULL;
}

static struct err *take_limits(struct replay *r, uint64_t at, uint32_t size, struct memory *m)
{
	uint32_t numbers[2] = { 0 };
	struct err *e;

	if (size != sizeof(numbers))
		return malformed(r, at, "limits of another size");
	e = image_bytes(r->image, at, numbers, sizeof(numbers));
	if (e)
		return e;
	m->limits.batch = numbers[0];
	m->limits.live = numbers[1] != 0;
	return NULL;
}

static struct err *take_entry(struct replay *r, struct memory *m, uint32_t type, uint64_t at,
			      uint32_t size, uint32_t number)
{
	switch (type) {
	case 'R':
		return take_read(r, at, size, number);
	case 'D':
		return take_skip(r, at, size, number);
	case 'M':
		return take_map(r, at, size, &m->ram_map);
	case 'V':
		return take_text(r, at, size, &m->vmcoreinfo);
	case 'N':
		return take_text(r, at, size, &m->notes);
	case 'L':
		return take_limits(r, at, size, m);
	case 'U':
	case 'E':
		return NULL;
	default:
		return malformed(r, at, "an entry of a type that is not known");
	}
}

static struct err *take_entries(struct replay *r, struct memory *m)
{
	uint64_t at = RECORD_MAGIC_SIZE, end = r->image->size;

	for (uint32_t number = 0; at < end; number++) {
		uint32_t head[2] = { 0 };
		uint64_t left = end - at;
		struct err *e;

		if (number == ENTRIES_MAX)
			return malformed(r, at, "too many entries");
		if (left >= sizeof(head)) {
			e = image_bytes(r->image, at, head, sizeof(head));
			if (e)
				return e;
		}
		if (left < sizeof(head) || head[1] > left - sizeof(head)) {
			memory_note(m, "cut off: the record ends in an entry");
			return NULL;
		}
		e = take_entry(r, m, head[0], at + sizeof(head), head[1], number);
		if (e)
			return e;
		at += sizeof(head) + head[1];
	}
	return NULL;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void sort_entries(struct entries *list)
{
	if (list->count)
		qsort(list->all, list->count, sizeof(*list->all), compare_entries);
}

/* The first entry that is not below (at, size). */
static size_t first_entry(const struct entries *list, uint64_t at, uint32_t size)
{
	const struct entry *x = list->all;

	return search_first(i, list->count, x[i].at > at || (x[i].at == at && x[i].size >= size));
}

static bool is_entry(const struct entries *list, size_t i, uint64_t at, uint32_t size)
{
	return i < list->count && list->all[i].at == at && list->all[i].size == size;
}

/* --- answering ----------------------------------------------------------------------------- */

static enum memory_status give(const struct replay *r, const struct entry *x, uint64_t from,
			       void *to, size_t size)
{
	struct err *e = image_bytes(r->image, x->offset + (from - x->at), to, size);
	bool failed = e != NULL;

	err_discard(e);
	return failed ? MEMORY_IO : MEMORY_OK;
}

/* Of the entries that hold the byte at `at`, the one that was read last. *end becomes lower where
 * that entry ends, or where another one begins, before it. */
static const struct entry *last_with(const struct replay *r, uint64_t at, uint64_t *end)
{
	uint64_t lowest = at < r->size_max ? 0 : at - r->size_max;
	const struct entry *found = NULL;

	for (size_t i = first_entry(&r->reads, lowest, 0); i < r->reads.count; i++) {
		const struct entry *x = &r->reads.all[i];

		if (x->at > at) {
			*end = x->at < *end ? x->at : *end;
			break;
		}
		if (x->status != MEMORY_OK || x->at + x->size <= at)
			continue;
		*end = x->at + x->size < *end ? x->at + x->size : *end;
		if (!found || x->number > found->number)
			found = x;
	}
	return found;
}

static enum memory_status compose(const struct replay *r, const struct memory_read *read)
{
	uint64_t at = read->at.v, end = at + read->size;
	char *to = read->to;

	while (at < end) {
		uint64_t stop = end;
		const struct entry *x = last_with(r, at, &stop);
		enum memory_status status = x ? give(r, x, at, to, (size_t)(stop - at)) :
						MEMORY_ABSENT;

		if (status != MEMORY_OK)
			return status;
		to += stop - at;
		at = stop;
	}
	return MEMORY_OK;
}

static enum memory_status answer(struct memory *m, const struct memory_read *read)
{
	struct replay *r = m->source;
	size_t i = first_entry(&r->reads, read->at.v, read->size);
	enum memory_status status;
	struct entry *first, *x;

	if (is_entry(&r->reads, i, read->at.v, read->size)) {
		first = x = &r->reads.all[i];
		if (is_entry(&r->reads, i + first->used, read->at.v, read->size))
			x += first->used++;
		else
			x += first->used - 1;
		return x->status == MEMORY_OK ? give(r, x, read->at.v, read->to, read->size) :
						(enum memory_status)x->status;
	}
	status = compose(r, read);
	if (status == MEMORY_ABSENT && !r->missed) {
		r->missed = true;
		memory_note(m, "asked for what was never recorded, first %u bytes at 0x%" PRIx64,
			    read->size, read->at.v);
	}
	return status;
}

static struct err *replay_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reads[i].status = answer(m, &reads[i]);
	return NULL;
}

static struct paddr replay_next_data(struct memory *m, struct paddr from)
{
	const struct replay *r = m->source;
	size_t i = first_entry(&r->skips, from.v, 0);

	while (is_entry(&r->skips, i + 1, from.v, 0))
		i++;
	return is_entry(&r->skips, i, from.v, 0) ? PADDR(r->skips.all[i].offset) : from;
}

static struct err *check_magic(const struct replay *r)
{
	char magic[RECORD_MAGIC_SIZE];
	struct err *e = image_bytes(r->image, 0, magic, sizeof(magic));

	if (e || !memcmp(magic, RECORD_MAGIC, sizeof(magic)))
		return e;
	return malformed(r, 0, "expected a record, which begins with \"" RECORD_MAGIC "\"");
}

static struct err *replay_open(const char *rest, struct memory *m)
{
	struct replay *r = m->source = xcalloc(1, sizeof(*r));
	struct err *e = image_new("replay", rest, &r->image);

	if (e)
		return e;
	e = uri_all_taken(&r->image->uri, "no option");
	if (e)
		return e;
	e = image_open(r->image);
	if (e)
		return e;
	m->limits = (struct memory_limits){ .batch = 1, .live = false, .threads_may_read = false };
	e = check_magic(r);
	if (e)
		return e;
	e = take_entries(r, m);
	if (e)
		return e;
	if (!m->ram_map.count)
		return malformed(r, 0, "has no RAM map");
	sort_entries(&r->reads);
	sort_entries(&r->skips);
	return NULL;
}

const struct memory_ops memory_replay_ops = {
	.scheme = "replay",
	.open = replay_open,
	.close = replay_close,
	.read = replay_read,
	.next_data = replay_next_data,
	.why_absent = "was never recorded",
};
