#include "recover/dump/work.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/progress.h"

#define ZEROS (UINT64_C(64) << 10) /* written at a time */
#define MOVED (UINT64_C(4) << 20)  /* moved at a time */

void dump_work_init(const char *file, struct dump_work *ret)
{
	*ret = (struct dump_work){ .fd = -1 };
	ret->path = xasprintf("%s.new", file);
	ret->state_path = xasprintf("%s.state", file);
}

void dump_work_deinit(struct dump_work *w)
{
	close_fd(&w->fd);
	free(w->path);
	free(w->state_path);
	dump_layout_deinit(&w->layout);
	dump_state_deinit(&w->state);
}

struct err *dump_work_write(const struct dump_work *w, const void *data, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t n = pwrite(w->fd, data, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno("%s", w->path);
		data = (const char *)data + n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return NULL;
}

struct err *dump_work_move(const struct dump_work *w, uint64_t from, uint64_t to, uint64_t size)
{
	CLEANUP(free_ptr) uint8_t *buffer = xmalloc(MOVED);

	for (uint64_t at = 0; at < size;) {
		size_t n = size - at < MOVED ? (size_t)(size - at) : MOVED;
		ssize_t got = pread(w->fd, buffer, n, (off_t)(from + at));
		struct err *e;

		if (got <= 0)
			return err_errno("%s", w->path);
		e = dump_work_write(w, buffer, (size_t)got, to + at);
		if (e)
			return e;
		at += (uint64_t)got;
	}
	return NULL;
}

struct err *dump_work_save(struct dump_work *w)
{
	if (fdatasync(w->fd) < 0)
		return err_errno("%s", w->path);
	w->saved = monotonic_seconds();
	return dump_state_write(w->state_path, &w->state);
}

/* Makes a range zero again. An interrupted run may have written bytes there that its state does not
 * tell of. */
static struct err *punch(const struct dump_work *w, const struct ram_range *r)
{
	static const uint8_t zeros[ZEROS];
	uint64_t offset = dump_layout_offset(&w->layout, r->start);
	uint64_t size = r->end.v - r->start.v;

	if (!fallocate(w->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
		       (off_t)size))
		return NULL;
	for (uint64_t at = 0; at < size; at += ZEROS) {
		size_t n = size - at < ZEROS ? (size_t)(size - at) : ZEROS;
		struct err *e = dump_work_write(w, zeros, n, offset + at);

		if (e)
			return e;
	}
	return NULL;
}

/* Zeroes what an earlier run has not done. */
static struct err *punch_left(const struct dump_work *w)
{
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;

	dump_state_left(&w->state, &left);
	for (size_t i = 0; i < left.count; i++) {
		struct err *e = punch(w, &left.ranges[i]);

		if (e)
			return e;
	}
	return NULL;
}

/* Takes over the state of an earlier run, or empties FILE.new. */
static struct err *resume(struct dump_work *w, char **started_anew)
{
	struct err *e = dump_state_read(w->state_path, &w->state);

	if (!e || err_is_fatal(e))
		return e;
	*started_anew = xstrdup(err_text(e));
	err_discard(e);
	return ftruncate(w->fd, 0) < 0 ? err_errno("%s", w->path) : NULL;
}

struct err *dump_work_open(struct dump_work *w, char **started_anew)
{
	struct stat st;
	struct err *e;

	w->fd = open(w->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return err_errno("%s", w->path);
	if (flock(w->fd, LOCK_EX | LOCK_NB) < 0)
		return err_new(ERR_USAGE, "%s: another dump writes it", w->path);
	if (st.st_size) {
		e = resume(w, started_anew);
		if (e)
			return e;
	}
	if (ftruncate(w->fd, (off_t)w->layout.size) < 0)
		return err_errno("%s", w->path);
	if (w->state.done.count) {
		e = punch_left(w);
		if (e)
			return e;
	}
	return dump_work_save(w);
}
