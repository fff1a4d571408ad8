#include "recover/dump/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/view.h"

#define WINDOW (UINT64_C(4) << 20) /* read at a time */
#define PIECE (UINT64_C(64) << 10) /* one element of a vector */
#define PIECES (WINDOW / PIECE)
#define PAGES (WINDOW / PAGE_SIZE + 2)
#define TRIES 3
#define SAVE_EVERY 2.0 /* seconds */

struct dump {
	const struct dump_request *q;
	struct dump_result *result;
	char *work, *state_path; /* FILE.new, FILE.state */
	int fd;
	struct dump_layout layout;
	struct dump_state state;
	uint8_t *buffer; /* WINDOW bytes */
	double saved;
	struct progress bar;
	uint64_t finished; /* bytes, for the bar */
};

static void dump_deinit(struct dump *d)
{
	close_fd(&d->fd);
	free(d->work);
	free(d->state_path);
	free(d->buffer);
	dump_layout_deinit(&d->layout);
	dump_state_deinit(&d->state);
}

void dump_result_deinit(struct dump_result *r)
{
	free(r->started_anew);
	r->started_anew = NULL;
}

/* --- the file ---------------------------------------------------------------------- */

static struct err *write_at(int fd, const char *path, const void *data, size_t size,
			    uint64_t offset)
{
	while (size) {
		ssize_t n = pwrite(fd, data, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno("%s", path);
		data = (const char *)data + n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return NULL;
}

/* Bytes that an interrupted run may have left there, unsaid, are zero again. */
static struct err *punch(const struct dump *d, const struct ram_range *r)
{
	static const uint8_t zeros[PIECE];
	uint64_t offset = dump_layout_offset(&d->layout, r->start);
	uint64_t size = r->end.v - r->start.v;

	if (!fallocate(d->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
		       (off_t)size))
		return NULL;
	for (uint64_t at = 0; at < size; at += PIECE) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
		struct err *e = write_at(d->fd, d->work, zeros, n, offset + at);

		if (e)
			return e;
	}
	return NULL;
}

static struct err *save(struct dump *d)
{
	if (fdatasync(d->fd) < 0)
		return err_errno("%s", d->work);
	d->saved = monotonic_seconds();
	return dump_state_write(d->state_path, &d->state);
}

/* Goes on with FILE.new if its state is of this very dump, or else begins anew. */
static struct err *open_work(struct dump *d)
{
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;
	struct stat st;
	struct err *e = NULL;

	d->fd = open(d->work, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d->fd < 0 || fstat(d->fd, &st) < 0)
		return err_errno("%s", d->work);
	if (flock(d->fd, LOCK_EX | LOCK_NB) < 0)
		return err_new(ERR_USAGE, "%s: another dump writes it", d->work);
	if (st.st_size)
		e = dump_state_read(d->state_path, &d->state);
	if (e && err_code(e) == ERR_SYSTEM)
		return e;
	if (e)
		d->result->started_anew = xstrdup(err_text(e));
	if ((e || !st.st_size) && ftruncate(d->fd, 0) < 0) {
		err_discard(e);
		return err_errno("%s", d->work);
	}
	err_discard(e);
	if (ftruncate(d->fd, (off_t)d->layout.size) < 0)
		return err_errno("%s", d->work);
	d->result->resumed = ram_map_size(&d->state.done);
	dump_state_left(&d->state, &left);
	e = NULL;
	for (size_t i = 0; i < left.count && !e && d->result->resumed; i++)
		e = punch(d, &left.ranges[i]);
	return e ? e : save(d);
}

/* --- reading ------------------------------------------------------------------------ */

/* Writes what is not zero of an element that was read. */
static struct err *keep(struct dump *d, const struct memory_read *r)
{
	const uint8_t *bytes = r->to;
	uint64_t offset = dump_layout_offset(&d->layout, r->at);
	size_t from = 0, at = 0;
	struct err *e = NULL;

	while (at < r->size && !e) {
		size_t n = PAGE_SIZE - (size_t)((r->at.v + at) % PAGE_SIZE);

		n = n < r->size - at ? n : r->size - at;
		if (bytes_are_zero(bytes + at, n)) {
			e = write_at(d->fd, d->work, bytes + from, at - from, offset + from);
			from = at + n;
			d->result->zero += n;
		}
		at += n;
	}
	if (!e)
		e = write_at(d->fd, d->work, bytes + from, r->size - from, offset + from);
	if (!e)
		ram_map_add(&d->state.done, r->at, paddr_add(r->at, r->size));
	return e;
}

/* Cuts [start, end) into elements that end at multiples of `unit`; their number. */
static size_t cut(const struct dump *d, struct paddr window, struct ram_range r, uint64_t unit,
		  struct memory_read *reads)
{
	size_t n = 0;

	for (uint64_t at = r.start.v; at < r.end.v; n++) {
		uint64_t end = (at / unit + 1) * unit;

		end = end < r.end.v ? end : r.end.v;
		reads[n] = (struct memory_read){ PADDR(at), (uint32_t)(end - at),
						 d->buffer + (at - window.v), MEMORY_OK };
		at = end;
	}
	return n;
}

/* Reads elements and keeps those that could be; the others are the first *n afterwards. */
static struct err *read_some(struct dump *d, struct memory_read *reads, size_t *n)
{
	struct err *e = memory_read_vector(d->q->memory, reads, *n);
	size_t failed = 0;

	for (size_t i = 0; i < *n && !e; i++) {
		if (reads[i].status == MEMORY_OK)
			e = keep(d, &reads[i]);
		else
			reads[failed++] = reads[i];
	}
	*n = failed;
	return e;
}

/* Whether there is still anybody: nothing of all these was answered. */
static struct err *check_gone(const struct dump *d, const struct memory_read *reads, size_t n,
			      size_t asked)
{
	size_t silent = 0;

	for (size_t i = 0; i < n; i++)
		silent += reads[i].status == MEMORY_TIMEOUT;
	if (!n || silent != asked)
		return NULL;
	return err_new(ERR_SYSTEM, "%s: does not answer", memory_uri(d->q->memory));
}

/* Page by page, of a window in which something could not be read. */
static struct err *read_pages(struct dump *d, struct paddr window, struct memory_read *pieces,
			      size_t piece_count)
{
	CLEANUP(free_ptr) struct memory_read *pages = xcalloc(2 * PAGES, sizeof(*pages));
	size_t n = 0, asked;
	struct err *e = NULL;

	for (size_t i = 0; i < piece_count; i++) {
		struct ram_range r = { pieces[i].at, paddr_add(pieces[i].at, pieces[i].size) };

		n += cut(d, window, r, PAGE_SIZE, pages + n);
	}
	asked = n;
	for (int i = 0; i < TRIES && n && !e; i++)
		e = read_some(d, pages, &n);
	if (!e)
		e = check_gone(d, pages, n, asked);
	for (size_t i = 0; i < n && !e; i++)
		ram_map_add(&d->state.absent[pages[i].status], pages[i].at,
			    paddr_add(pages[i].at, pages[i].size));
	return e;
}

static struct err *copy_window(struct dump *d, struct ram_range r)
{
	struct memory_read reads[PIECES + 2];
	size_t n = cut(d, r.start, r, PIECE, reads);
	struct err *e = read_some(d, reads, &n);

	if (!e && n)
		e = read_pages(d, r.start, reads, n);
	d->finished += r.end.v - r.start.v;
	progress_update(&d->bar, d->finished);
	return e;
}

static struct err *interrupted(const struct dump *d)
{
	return err_new(ERR_SYSTEM, "interrupted; %" PRIu64 " of %" PRIu64 " MiB are in %s, the same "
		       "command goes on from there", ram_map_size(&d->state.done) >> 20,
		       ram_map_size(&d->state.ram) >> 20, d->work);
}

/* Copies what is left; saves how far it came whatever becomes of it. */
static struct err *copy(struct dump *d)
{
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;
	struct err *e = NULL, *saved;

	dump_state_left(&d->state, &left);
	d->finished = ram_map_size(&d->state.ram) - ram_map_size(&left);
	for (size_t i = 0; i < left.count && !e; i++) {
		struct ram_range r = left.ranges[i];

		for (struct paddr at = r.start; at.v < r.end.v && !e;) {
			uint64_t end = (at.v / WINDOW + 1) * WINDOW;

			end = end < r.end.v ? end : r.end.v;
			e = copy_window(d, (struct ram_range){ at, PADDR(end) });
			at.v = end;
			if (!e && monotonic_seconds() - d->saved > SAVE_EVERY)
				e = save(d);
			if (!e && *d->q->stop)
				e = interrupted(d);
		}
	}
	saved = save(d);
	if (!e)
		return saved;
	err_discard(saved);
	return e;
}

/* --- the end ------------------------------------------------------------------------ */

/* What could not be read is asked for once more. */
static struct err *copy_absent(struct dump *d)
{
	bool any = false;

	for (int i = 0; i < MEMORY_STATUS_COUNT; i++) {
		any |= d->state.absent[i].count;
		ram_map_deinit(&d->state.absent[i]);
	}
	return any ? copy(d) : NULL;
}

static struct err *write_elf_headers(struct dump *d)
{
	CLEANUP(buf_deinit) struct buf front = BUF_INIT, end = BUF_INIT;
	struct err *e;

	dump_elf_headers(&d->q->elf, &d->layout, &d->state.done, &front, &end);
	e = write_at(d->fd, d->work, front.data, front.size, 0);
	return e ? e : write_at(d->fd, d->work, end.data, end.size, d->layout.size);
}

/* Moves a range down in the file, to where fewer ranges and headers are in front of it. */
static struct err *move_down(struct dump *d, uint64_t from, uint64_t to, uint64_t size)
{
	for (uint64_t at = 0; at < size;) {
		size_t n = size - at < WINDOW ? (size_t)(size - at) : WINDOW;
		ssize_t got = pread(d->fd, d->buffer, n, (off_t)(from + at));
		struct err *e;

		if (got <= 0)
			return err_errno("%s", d->work);
		e = write_at(d->fd, d->work, d->buffer, (size_t)got, to + at);
		if (e)
			return e;
		at += (uint64_t)got;
	}
	return NULL;
}

/* Each range has its header right in front of it, so that absent pages are cut out. Nothing can
 * go on from here: an interrupted dump begins anew. */
static struct err *write_lime_headers(struct dump *d)
{
	CLEANUP(dump_layout_deinit) struct dump_layout held = { .count = 0 };
	struct err *e = NULL;

	dump_layout_init(DUMP_LIME, &d->state.done, 0, &held);
	if (held.size != d->layout.size && unlink(d->state_path) < 0)
		return err_errno("%s", d->state_path);
	for (size_t i = 0; i < held.count && !e; i++) {
		const struct dump_piece *p = &held.pieces[i];
		uint64_t from = dump_layout_offset(&d->layout, p->ram.start);
		uint8_t header[LIME_HEADER_SIZE];

		lime_header(p->ram, header);
		if (from != p->offset)
			e = move_down(d, from, p->offset, p->ram.end.v - p->ram.start.v);
		if (!e)
			e = write_at(d->fd, d->work, header, sizeof(header),
				     p->offset - sizeof(header));
	}
	if (!e && ftruncate(d->fd, (off_t)held.size) < 0)
		e = err_errno("%s", d->work);
	return e;
}

static struct err *write_headers(struct dump *d)
{
	switch (d->q->format) {
	case DUMP_ELF:
		return write_elf_headers(d);
	case DUMP_LIME:
		return write_lime_headers(d);
	default:
		return NULL;
	}
}

/* Reads the file as everybody would, and looks whether it holds what was read and no more. */
static struct err *check(const struct dump *d)
{
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf expected = BUF_INIT, there = BUF_INIT;
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(free_ptr) char *uri = xasprintf("file:%s", d->work);
	struct err *e = NULL;

	dump_state_left(&d->state, &left);
	if (left.count)
		return err_new(ERR_DATA, "%s: 0x%" PRIx64 "-0x%" PRIx64 " was never read", d->work,
			       left.ranges[0].start.v, left.ranges[0].end.v);
	if (d->q->format != DUMP_RAW) /* which has no map in it */
		e = memory_open(uri, &m);
	if (e || !m)
		return e;
	ram_map_format(&d->state.done, &expected);
	ram_map_format(memory_ram_map(m), &there);
	return strcmp(buf_str(&expected), buf_str(&there)) ?
		       err_new(ERR_DATA, "%s: holds other RAM than was read", d->work) : NULL;
}

static struct err *forget_file(const char *path)
{
	return unlink(path) < 0 && errno != ENOENT ? err_errno("%s", path) : NULL;
}

/* FILE.absent: what is missing and why; none when nothing is. FILE.ram_map: of a raw one; another
 * one has its map in it, and that of an older FILE would be taken for it. */
static struct err *write_beside(const struct dump *d)
{
	CLEANUP(free_ptr) char *absent = xasprintf("%s.absent", d->q->path);
	CLEANUP(free_ptr) char *ram = xasprintf("%s.ram_map", d->q->path);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, map = BUF_INIT;
	struct err *e;

	for (int i = 0; i < MEMORY_STATUS_COUNT; i++) {
		if (d->state.absent[i].count)
			buf_addf(&b, "# %s\n", memory_status_name((enum memory_status)i));
		ram_map_format(&d->state.absent[i], &b);
	}
	e = b.size ? file_write(absent, b.data, b.size, NULL) : forget_file(absent);
	if (e)
		return e;
	ram_map_format(&d->state.done, &map);
	return d->q->format == DUMP_RAW ? file_write(ram, map.data, map.size, NULL) :
					  forget_file(ram);
}

static struct err *finish(struct dump *d)
{
	CLEANUP(ram_map_deinit) struct ram_map absent = RAM_MAP_INIT;
	struct err *e = copy_absent(d);

	if (!e && !d->state.done.count)
		e = err_new(ERR_DATA, "%s: nothing of the RAM can be read", memory_uri(d->q->memory));
	if (!e)
		e = write_headers(d);
	if (!e)
		e = check(d);
	if (!e && fsync(d->fd) < 0)
		e = err_errno("%s", d->work);
	if (!e)
		e = write_beside(d);
	if (!e && rename(d->work, d->q->path) < 0)
		e = err_errno("%s", d->q->path);
	if (e)
		return e;
	dump_state_absent(&d->state, &absent);
	d->result->absent = ram_map_size(&absent);
	return forget_file(d->state_path);
}

struct err *dump_run(const struct dump_request *q, struct dump_result *ret)
{
	CLEANUP(dump_deinit) struct dump d = { .q = q, .result = ret, .fd = -1 };
	const struct ram_map *ram = memory_ram_map(q->memory);
	double started = monotonic_seconds();
	struct err *e;

	*ret = (struct dump_result){ .ram = ram_map_size(ram) };
	d.work = xasprintf("%s.new", q->path);
	d.state_path = xasprintf("%s.state", q->path);
	d.buffer = xmalloc(WINDOW);
	dump_layout_init(q->format, ram, dump_elf_room(&q->elf, ram->count), &d.layout);
	dump_state_init(memory_uri(q->memory), q->kernel, q->format, ram, &d.state);
	e = open_work(&d);
	if (e)
		return e;
	progress_init(&d.bar, q->name ? q->name : "", ret->ram);
	d.bar.terminal &= q->name != NULL;
	e = copy(&d);
	progress_deinit(&d.bar);
	if (!e)
		e = finish(&d);
	ret->seconds = monotonic_seconds() - started;
	return e;
}
