#include "recover/dump/copy.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/view.h"

#define WINDOW (UINT64_C(4) << 20) /* read at a time */
#define PIECE (UINT64_C(64) << 10) /* one element of a vector */
#define PIECES (WINDOW / PIECE)
#define PAGES (WINDOW / PAGE_SIZE + 2)
#define TRIES 3
#define SAVE_EVERY 2.0 /* seconds */

/* A window of RAM that is being copied. */
struct window {
	struct dump_copy *copy;
	struct ram_range ram;
	uint8_t *buffer; /* WINDOW bytes */
};

/* Writes those pages of an element that are not zero. */
static struct err *write_pages(struct dump_copy *c, const struct memory_read *r)
{
	const uint8_t *bytes = r->to;
	uint64_t offset = dump_layout_offset(&c->work->layout, r->at);
	size_t from = 0, n; /* [from, at) has to be written */

	for (size_t at = 0; at < r->size; at += n) {
		n = PAGE_SIZE - (size_t)((r->at.v + at) % PAGE_SIZE);
		n = n < r->size - at ? n : r->size - at;
		if (bytes_are_zero(bytes + at, n)) {
			struct err *e = dump_work_write(c->work, bytes + from, at - from,
							offset + from);

			if (e)
				return e;
			from = at + n;
			c->zero += n;
		}
	}
	return dump_work_write(c->work, bytes + from, r->size - from, offset + from);
}

/* Keeps an element that was read. */
static struct err *keep(struct dump_copy *c, const struct memory_read *r)
{
	struct err *e = write_pages(c, r);

	if (e)
		return e;
	ram_map_add(&c->work->state.done, r->at, paddr_add(r->at, r->size));
	return NULL;
}

/* Cuts a range of the window into elements that end at multiples of `unit`. Returns how many. */
static size_t cut(const struct window *w, struct ram_range r, uint64_t unit,
		  struct memory_read *reads)
{
	size_t n = 0;

	for (uint64_t at = r.start.v; at < r.end.v; n++) {
		uint64_t end = (at / unit + 1) * unit;

		end = end < r.end.v ? end : r.end.v;
		reads[n] = (struct memory_read){ PADDR(at), (uint32_t)(end - at),
						 w->buffer + (at - w->ram.start.v), MEMORY_OK };
		at = end;
	}
	return n;
}

/* Reads *n elements and keeps those that could be read. The others become the first *n. */
static struct err *read_some(struct dump_copy *c, struct memory_read *reads, size_t *n)
{
	struct err *e = memory_read_vector(c->memory, reads, *n);
	size_t failed = 0;

	if (e)
		return e;
	for (size_t i = 0; i < *n; i++) {
		if (reads[i].status != MEMORY_OK) {
			reads[failed++] = reads[i];
			continue;
		}
		e = keep(c, &reads[i]);
		if (e)
			return e;
	}
	*n = failed;
	return NULL;
}

/* Whether the source is gone: of `asked` elements it answered none. */
static struct err *check_gone(const struct dump_copy *c, const struct memory_read *reads, size_t n,
			      size_t asked)
{
	size_t silent = 0;

	for (size_t i = 0; i < n; i++)
		silent += reads[i].status == MEMORY_TIMEOUT;
	if (!n || silent != asked)
		return NULL;
	return err_new(ERR_SYSTEM, "%s: does not answer", memory_uri(c->memory));
}

/* Reads, page by page, the pieces of a window that could not be read. */
static struct err *read_pages(const struct window *w, struct memory_read *pieces, size_t piece_count)
{
	CLEANUP(free_ptr) struct memory_read *pages = xcalloc(2 * PAGES, sizeof(*pages));
	struct dump_copy *c = w->copy;
	size_t n = 0, asked;
	struct err *e;

	for (size_t i = 0; i < piece_count; i++) {
		struct ram_range r = { pieces[i].at, paddr_add(pieces[i].at, pieces[i].size) };

		n += cut(w, r, PAGE_SIZE, pages + n);
	}
	asked = n;
	for (int i = 0; i < TRIES && n; i++) {
		e = read_some(c, pages, &n);
		if (e)
			return e;
	}
	e = check_gone(c, pages, n, asked);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		ram_map_add(&c->work->state.absent[pages[i].status], pages[i].at,
			    paddr_add(pages[i].at, pages[i].size));
	return NULL;
}

static struct err *copy_window(const struct window *w)
{
	struct memory_read reads[PIECES + 2];
	size_t n = cut(w, w->ram, PIECE, reads);
	struct err *e = read_some(w->copy, reads, &n);

	if (e || !n)
		return e;
	return read_pages(w, reads, n);
}

static struct err *interrupted(const struct dump_work *w)
{
	return err_new(ERR_SYSTEM, "interrupted; %" PRIu64 " of %" PRIu64 " MiB are in %s, the same "
		       "command goes on from there", ram_map_size(&w->state.done) >> 20,
		       ram_map_size(&w->state.ram) >> 20, w->path);
}

/* Copies a range, and saves the state now and then. */
static struct err *copy_range(struct window *w, struct ram_range r, uint64_t *finished)
{
	struct dump_copy *c = w->copy;

	for (struct paddr at = r.start; at.v < r.end.v; at = w->ram.end) {
		uint64_t end = (at.v / WINDOW + 1) * WINDOW;
		struct err *e;

		w->ram = (struct ram_range){ at, PADDR(end < r.end.v ? end : r.end.v) };
		e = copy_window(w);
		*finished += w->ram.end.v - at.v;
		progress_update(c->bar, *finished);
		if (e)
			return e;
		if (monotonic_seconds() - c->work->saved > SAVE_EVERY) {
			e = dump_work_save(c->work);
			if (e)
				return e;
		}
		if (*c->stop)
			return interrupted(c->work);
	}
	return NULL;
}

static struct err *copy_all(struct dump_copy *c)
{
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;
	CLEANUP(free_ptr) uint8_t *buffer = xmalloc(WINDOW);
	struct window w = { .copy = c, .buffer = buffer };
	uint64_t finished;

	dump_state_left(&c->work->state, &left);
	finished = ram_map_size(&c->work->state.ram) - ram_map_size(&left);
	for (size_t i = 0; i < left.count; i++) {
		struct err *e = copy_range(&w, left.ranges[i], &finished);

		if (e)
			return e;
	}
	return NULL;
}

struct err *dump_copy_left(struct dump_copy *c)
{
	struct err *e = copy_all(c);
	struct err *saved = dump_work_save(c->work);

	if (!e)
		return saved;
	err_discard(saved);
	return e;
}
