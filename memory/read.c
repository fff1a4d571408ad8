/* read: how elements get from a source to its reader.
 *
 * All reads of all kinds pass through here. An element outside the RAM map is never asked for, what
 * a packet may have lost is asked for again, and a source that has fallen silent is an error.
 */
#include <inttypes.h>

#include "base/alloc.h"
#include "memory/source.h"

/* The most bytes that memory_read() asks for in one element. */
#define READ_MAX (1u << 30)

#define TRIES 5	       /* of memory_read_again(), the first one included */
#define AGAIN_SIZE 512 /* bytes of a piece that is asked for again: smaller packets get through */
#define SILENT_MAX 8   /* vectors without any answer before we ask whether the source is gone */

/* --- a vector ----------------------------------------------------------------------------- */

/* Several threads may count. */
static void counter_add(uint64_t *counter, uint64_t more)
{
	__atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

static void count_results(struct memory *m, const struct memory_read *reads, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		bytes += reads[i].size;
		if (reads[i].status != MEMORY_OK)
			counter_add(&m->counters.failed[reads[i].status], 1);
	}
	counter_add(&m->counters.vectors, 1);
	counter_add(&m->counters.elements, n);
	counter_add(&m->counters.bytes, bytes);
}

/* Asks the source for the elements that are RAM. Of all n, `holes` are not and have MEMORY_HOLE. */
static struct err *read_around_holes(struct memory *m, struct memory_read *reads, size_t n,
				     size_t holes)
{
	CLEANUP(free_ptr) struct memory_read *inside = NULL;
	struct err *e;
	size_t k = 0;

	if (holes == n)
		return NULL;
	inside = xcalloc(n - holes, sizeof(*inside));
	for (size_t i = 0; i < n; i++)
		if (reads[i].status != MEMORY_HOLE)
			inside[k++] = reads[i];
	e = m->ops->read(m, inside, k);
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (reads[i].status != MEMORY_HOLE)
			reads[i].status = inside[k++].status;
	return e;
}

/* Whether the source was asked for something and answered nothing. */
static bool is_silent(const struct memory_read *reads, size_t n)
{
	size_t silent = 0;

	for (size_t i = 0; i < n; i++) {
		if (reads[i].status == MEMORY_HOLE)
			continue;
		if (reads[i].status != MEMORY_TIMEOUT)
			return false;
		silent++;
	}
	return silent;
}

/* Remembers an address at which a read succeeded. */
static void note_answer(struct memory *m, const struct memory_read *reads, size_t n)
{
	m->silent = 0;
	for (size_t i = 0; i < n && !m->has_answered; i++) {
		m->has_answered = reads[i].status == MEMORY_OK;
		m->answered = reads[i].at;
	}
}

/* After SILENT_MAX vectors without an answer, we repeat a read that once succeeded: only the source
 * as a whole can have failed if that one fails too. */
static struct err *check_silence(struct memory *m, const struct memory_read *reads, size_t n)
{
	uint8_t byte;
	struct memory_read probe = { m->answered, 1, &byte, MEMORY_OK };
	struct err *e;

	if (!is_silent(reads, n)) {
		note_answer(m, reads, n);
		return NULL;
	}
	if (++m->silent < SILENT_MAX)
		return NULL;
	m->silent = 0;
	if (!m->has_answered || !ram_map_contains(&m->ram_map, probe.at, 1))
		return err_new(ERR_SYSTEM, "does not answer");
	e = m->ops->read(m, &probe, 1);
	if (!e && probe.status == MEMORY_TIMEOUT)
		return err_new(ERR_SYSTEM, "does not answer any more");
	return e;
}

static struct err *read_vector(struct memory *m, struct memory_read *reads, size_t n)
{
	size_t holes = 0;
	struct err *e;

	for (size_t i = 0; i < n; i++) {
		bool ram = ram_map_contains(&m->ram_map, reads[i].at, reads[i].size);

		reads[i].status = ram ? MEMORY_OK : MEMORY_HOLE;
		holes += !ram;
	}
	e = holes ? read_around_holes(m, reads, n, holes) : n ? m->ops->read(m, reads, n) : NULL;
	if (e)
		return e;
	count_results(m, reads, n);
	if (!n || m->limits.threads_may_read || m->silence_unchecked)
		return NULL;
	return check_silence(m, reads, n);
}

struct err *memory_read_vector(struct memory *m, struct memory_read *reads, size_t n)
{
	return err_in(read_vector(m, reads, n), "%s", m->uri);
}

/* --- again -------------------------------------------------------------------------------- */

/* How many pieces of an element are to be asked for again. */
static size_t piece_count(const struct memory_read *r)
{
	return memory_status_may_pass(r->status) ? (r->size + AGAIN_SIZE - 1) / AGAIN_SIZE : 0;
}

/* Splits the elements that may pass into pieces, in the order of the elements. */
static void cut_pieces(const struct memory_read *reads, size_t n, struct memory_read *pieces)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < piece_count(&reads[i]); k++) {
			uint32_t at = (uint32_t)k * AGAIN_SIZE, left = reads[i].size - at;

			*pieces++ = (struct memory_read){
				paddr_add(reads[i].at, at), left < AGAIN_SIZE ? left : AGAIN_SIZE,
				(uint8_t *)reads[i].to + at, MEMORY_OK,
			};
		}
}

/* Reads pieces again until they came, or TRIES are over. The *n that failed come first then, in
 * the same order. */
static struct err *read_pieces_again(struct memory *m, struct memory_read *pieces, size_t *n)
{
	for (int tries = 1; tries < TRIES && *n; tries++) {
		size_t left = 0;
		struct err *e = memory_read_vector(m, pieces, *n);

		if (e)
			return e;
		for (size_t i = 0; i < *n; i++)
			if (pieces[i].status != MEMORY_OK)
				pieces[left++] = pieces[i];
		*n = left;
	}
	return NULL;
}

/* An element that was read in pieces has the status of the last of its pieces that failed; without
 * one it is OK. */
static void join_pieces(struct memory_read *reads, size_t n, const struct memory_read *failed,
			size_t failed_count)
{
	const struct memory_read *next = failed, *end = failed + failed_count;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *start = reads[i].to;

		if (!memory_status_may_pass(reads[i].status))
			continue;
		reads[i].status = MEMORY_OK;
		for (; next < end && (const uint8_t *)next->to >= start &&
		       (const uint8_t *)next->to < start + reads[i].size; next++)
			reads[i].status = next->status;
	}
}

struct err *memory_read_again(struct memory *m, struct memory_read *reads, size_t n)
{
	CLEANUP(free_ptr) struct memory_read *pieces = NULL;
	struct err *e = memory_read_vector(m, reads, n);
	size_t count = 0;

	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		count += piece_count(&reads[i]);
	if (!count)
		return NULL;
	pieces = xcalloc(count, sizeof(*pieces));
	cut_pieces(reads, n, pieces);
	e = read_pieces_again(m, pieces, &count);
	if (e)
		return e;
	join_pieces(reads, n, pieces, count);
	return NULL;
}

/* --- one run of bytes --------------------------------------------------------------------- */

static struct err *failed_read(const struct memory *m, const struct memory_read *r)
{
	bool why = r->status == MEMORY_ABSENT && m->ops->why_absent;

	return err_new(ERR_DATA, "%s: %u bytes at 0x%" PRIx64 ": %s%s%s", m->uri, r->size, r->at.v,
		       memory_status_name(r->status), why ? ": " : "",
		       why ? m->ops->why_absent : "");
}

struct err *memory_read(struct memory *m, struct paddr at, void *to, size_t size)
{
	while (size) {
		struct memory_read r = { at, size < READ_MAX ? (uint32_t)size : READ_MAX, to,
					 MEMORY_OK };
		struct err *e = memory_read_again(m, &r, 1);

		if (e)
			return e;
		if (r.status != MEMORY_OK)
			return failed_read(m, &r);
		at.v += r.size;
		to = (char *)to + r.size;
		size -= r.size;
	}
	return NULL;
}
