#include "recover/dump/dump.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "recover/dump/copy.h"

void dump_result_deinit(struct dump_result *r)
{
	free(r->started_anew);
	r->started_anew = NULL;
}

/* --- headers ------------------------------------------------------------------------- */

static struct err *write_elf_headers(const struct dump_work *w, const struct dump_elf *elf)
{
	CLEANUP(buf_deinit) struct buf front = BUF_INIT, end = BUF_INIT;
	struct err *e;

	dump_elf_headers(elf, &w->layout, &w->state.done, &front, &end);
	e = dump_work_write(w, front.data, front.size, 0);
	return e ? e : dump_work_write(w, end.data, end.size, w->layout.size);
}

/* LiME has a header right in front of each range. So we cut absent pages out, and move what follows them
 * down. From here on nothing can be resumed: if we are interrupted, the next dump begins anew. */
static struct err *write_lime_headers(const struct dump_work *w)
{
	CLEANUP(dump_layout_deinit) struct dump_layout held = { .count = 0 };

	dump_layout_init(DUMP_LIME, &w->state.done, 0, &held);
	if (held.size != w->layout.size && unlink(w->state_path) < 0)
		return err_errno("%s", w->state_path);
	for (size_t i = 0; i < held.count; i++) {
		const struct dump_piece *p = &held.pieces[i];
		uint64_t from = dump_layout_offset(&w->layout, p->ram.start);
		uint8_t header[LIME_HEADER_SIZE];
		struct err *e;

		if (from != p->offset) {
			e = dump_work_move(w, from, p->offset, p->ram.end.v - p->ram.start.v);
			if (e)
				return e;
		}
		lime_header(p->ram, header);
		e = dump_work_write(w, header, sizeof(header), p->offset - sizeof(header));
		if (e)
			return e;
	}
	return ftruncate(w->fd, (off_t)held.size) < 0 ? err_errno("%s", w->path) : NULL;
}

static struct err *write_headers(const struct dump_request *q, const struct dump_work *w)
{
	switch (q->format) {
	case DUMP_ELF:
		return write_elf_headers(w, &q->elf);
	case DUMP_LIME:
		return write_lime_headers(w);
	default:
		return NULL;
	}
}

/* --- the end ------------------------------------------------------------------------- */

/* Opens the file as any reader would, and checks that it holds what was read and no more. */
static struct err *check(const struct dump_request *q, const struct dump_work *w)
{
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf expected = BUF_INIT, there = BUF_INIT;
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(free_ptr) char *uri = xasprintf("file:%s", w->path);
	struct err *e;

	dump_state_left(&w->state, &left);
	if (left.count)
		return err_new(ERR_DATA, "%s: 0x%" PRIx64 "-0x%" PRIx64 " was never read", w->path,
			       left.ranges[0].start.v, left.ranges[0].end.v);
	if (q->format == DUMP_RAW) /* there is no map in it */
		return NULL;
	e = memory_open(uri, &m);
	if (e)
		return e;
	ram_map_format(&w->state.done, &expected);
	ram_map_format(memory_ram_map(m), &there);
	return strcmp(buf_str(&expected), buf_str(&there)) ?
		       err_new(ERR_DATA, "%s: holds other RAM than was read", w->path) : NULL;
}

static struct err *forget_file(const char *path)
{
	return unlink(path) < 0 && errno != ENOENT ? err_errno("%s", path) : NULL;
}

/* Writes FILE.absent, what is missing and why, if anything is. For a raw dump writes FILE.ram_map. The
 * other formats have their map in them, and the FILE.ram_map of an older FILE would be taken for
 * theirs. */
static struct err *write_beside(const struct dump_request *q, const struct dump_state *s)
{
	CLEANUP(free_ptr) char *absent = xasprintf("%s.absent", q->path);
	CLEANUP(free_ptr) char *ram = xasprintf("%s.ram_map", q->path);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT, map = BUF_INIT;
	struct err *e;

	for (int i = 0; i < MEMORY_STATUS_COUNT; i++) {
		if (s->absent[i].count)
			buf_addf(&b, "# %s\n", memory_status_name((enum memory_status)i));
		ram_map_format(&s->absent[i], &b);
	}
	e = b.size ? file_write(absent, b.data, b.size, NULL) : forget_file(absent);
	if (e)
		return e;
	ram_map_format(&s->done, &map);
	return q->format == DUMP_RAW ? file_write(ram, map.data, map.size, NULL) : forget_file(ram);
}

/* Asks once more for what could not be read. */
static struct err *copy_absent(struct dump_copy *c)
{
	struct ram_map *absent = c->work->state.absent;
	bool any = false;

	for (int i = 0; i < MEMORY_STATUS_COUNT; i++) {
		any |= absent[i].count;
		ram_map_deinit(&absent[i]);
	}
	return any ? dump_copy_left(c) : NULL;
}

/* Makes FILE of FILE.new. */
static struct err *finish(const struct dump_request *q, const struct dump_work *w)
{
	struct err *e = write_headers(q, w);

	if (e)
		return e;
	e = check(q, w);
	if (e)
		return e;
	if (fsync(w->fd) < 0)
		return err_errno("%s", w->path);
	e = write_beside(q, &w->state);
	if (e)
		return e;
	if (rename(w->path, q->path) < 0)
		return err_errno("%s", q->path);
	return forget_file(w->state_path);
}

static struct err *copy(const struct dump_request *q, struct dump_copy *c)
{
	struct err *e = dump_copy_left(c);

	progress_deinit(c->bar);
	if (e)
		return e;
	e = copy_absent(c);
	if (e)
		return e;
	if (!c->work->state.done.count)
		return err_new(ERR_DATA, "%s: nothing of the RAM can be read", memory_uri(q->memory));
	return NULL;
}

struct err *dump_run(const struct dump_request *q, struct dump_result *ret)
{
	CLEANUP(dump_work_deinit) struct dump_work w;
	CLEANUP(ram_map_deinit) struct ram_map absent = RAM_MAP_INIT;
	const struct ram_map *ram = memory_ram_map(q->memory);
	struct progress bar;
	struct dump_copy c = { .memory = q->memory, .work = &w, .bar = &bar, .stop = q->stop };
	double started = monotonic_seconds();
	struct err *e;

	*ret = (struct dump_result){ .ram = ram_map_size(ram) };
	dump_work_init(q->path, &w);
	dump_layout_init(q->format, ram, dump_elf_room(&q->elf, ram->count), &w.layout);
	dump_state_init(memory_uri(q->memory), q->kernel, q->format, ram, &w.state);
	e = dump_work_open(&w, &ret->started_anew);
	if (e)
		return e;
	ret->resumed = ram_map_size(&w.state.done);
	progress_init(&bar, q->name ? q->name : "", ret->ram);
	bar.terminal &= q->name != NULL;
	e = copy(q, &c);
	if (!e)
		e = finish(q, &w);
	dump_state_absent(&w.state, &absent);
	ret->absent = ram_map_size(&absent);
	ret->zero = c.zero;
	ret->seconds = monotonic_seconds() - started;
	return e;
}
