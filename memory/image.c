#include "memory/image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/search.h"
#include "base/vec.h"

#define PROC_MAGIC 0x9fa0 /* linux/magic.h: PROC_SUPER_MAGIC */

/* Whether somebody has the file open for writing. The kernel refuses a lease then; but it grants
 * one only on our own files, or to root, so that false may also mean that we do not know. */
static bool is_written(int fd)
{
	struct statfs fs;

	if (!fstatfs(fd, &fs) && fs.f_type == PROC_MAGIC)
		return true;
	/* somebody who opens the file in this very moment must not kill us with SIGIO */
	if (fcntl(fd, F_SETSIG, SIGURG))
		return false;
	if (fcntl(fd, F_SETLEASE, F_RDLCK))
		return errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

struct err *image_new(const char *scheme, const char *rest, struct image **ret)
{
	struct image *image = *ret = xcalloc(1, sizeof(*image));
	struct err *e;

	image->fd = -1;
	e = uri_parse(rest, &image->uri);
	if (e)
		return e;
	image->path = image->uri.rest;
	if (!*image->path)
		return err_new(ERR_USAGE, "%s: expected a path after it", scheme);
	return NULL;
}

struct err *image_open(struct image *image)
{
	struct stat st;

	/* O_NONBLOCK: opening a FIFO must not wait for its writer */
	image->fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (image->fd < 0 || fstat(image->fd, &st) < 0)
		return err_errno("%s", image->path);
	if (S_ISDIR(st.st_mode))
		return err_new(ERR_DATA, "%s: is a directory, expected an image of memory",
			       image->path);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_DATA, "%s: is no regular file, expected an image of memory",
			       image->path);
	if (!st.st_size)
		return err_new(ERR_DATA, "%s: is empty, expected an image of memory", image->path);
	image->size = (uint64_t)st.st_size;
	image->live = is_written(image->fd);
	return uri_take_flag(&image->uri, "live", &image->live);
}

void image_close(struct image *image)
{
	if (!image)
		return;
	close_fd(&image->fd);
	free(image->extents);
	uri_deinit(&image->uri);
	free(image);
}

struct err *image_bytes(const struct image *image, uint64_t offset, void *to, size_t size)
{
	ssize_t n = offset <= INT64_MAX - size ? file_read_at(image->fd, offset, to, size) : 0;

	if (n < 0)
		return err_errno("%s: at 0x%" PRIx64, image->path, offset);
	if ((size_t)n < size)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": need %zu bytes, have %zd: cut off",
			       image->path, offset, size, n);
	return NULL;
}

struct err *image_range(const struct image *image, uint64_t at, uint64_t first, uint64_t last,
			struct ram_range *ret)
{
	if (last < first || last >= PADDR_END)
		return err_new(ERR_DATA, "%s: at 0x%" PRIx64 ": no range of physical addresses: "
			       "0x%" PRIx64 " to 0x%" PRIx64, image->path, at, first, last);
	*ret = (struct ram_range){ PADDR(first), PADDR(last + 1) };
	return NULL;
}

struct err *image_add(struct image *image, struct paddr start, struct paddr end, uint64_t offset,
		      uint64_t held)
{
	uint64_t there = offset < image->size ? image->size - offset : 0;
	uint64_t size = end.v - start.v;

	if (image->count == IMAGE_EXTENTS_MAX)
		return err_new(ERR_DATA, "%s: more than %u pieces of memory", image->path,
			       IMAGE_EXTENTS_MAX);
	held = held < there ? held : there;
	held = held < size ? held : size;
	*vec_add(image->extents, image->count, image->capacity) =
		(struct image_extent){ start, end, offset, held };
	return NULL;
}

static int compare_extents(const void *a, const void *b)
{
	const struct image_extent *x = a, *y = b;

	if (x->start.v != y->start.v)
		return x->start.v < y->start.v ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

size_t image_arrange(struct image *image, struct image_extent *first, struct image_extent *second)
{
	size_t overlaps = 0, kept = 0;
	uint64_t covered = 0;

	if (image->count)
		qsort(image->extents, image->count, sizeof(*image->extents), compare_extents);
	for (size_t i = 0; i < image->count; i++) {
		struct image_extent x = image->extents[i];

		if (kept && x.start.v < covered) {
			uint64_t cut = (x.end.v < covered ? x.end.v : covered) - x.start.v;

			if (!overlaps++) {
				*first = image->extents[kept - 1];
				*second = x;
			}
			x.start.v += cut;
			x.offset += cut;
			x.held -= x.held < cut ? x.held : cut;
			if (x.start.v == x.end.v)
				continue;
		}
		image->extents[kept++] = x;
		covered = x.end.v;
	}
	image->count = kept;
	return overlaps;
}

void image_ram_map(const struct image *image, struct ram_map *ret)
{
	ram_map_deinit(ret);
	*ret = (struct ram_map)RAM_MAP_INIT;
	for (size_t i = 0; i < image->count; i++)
		ram_map_add(ret, image->extents[i].start, image->extents[i].end);
}

/* The extent with `at` in it, or NULL. */
static const struct image_extent *extent_of(const struct image *image, struct paddr at)
{
	size_t i = search_first(k, image->count, image->extents[k].end.v > at.v);
	const struct image_extent *x = &image->extents[i];

	return i < image->count && x->start.v <= at.v ? x : NULL;
}

enum memory_status image_read_one(const struct image *image, struct paddr at, void *to, size_t size)
{
	while (size) {
		const struct image_extent *x = extent_of(image, at);
		uint64_t in = x ? at.v - x->start.v : 0;
		size_t want;
		ssize_t n;

		if (!x || in >= x->held)
			return MEMORY_ABSENT;
		want = size < x->held - in ? size : (size_t)(x->held - in);
		n = file_read_at(image->fd, x->offset + in, to, want);
		if (n < 0)
			return MEMORY_IO;
		if ((size_t)n < want)
			return MEMORY_ABSENT; /* the file has become shorter */
		at.v += want;
		to = (char *)to + want;
		size -= want;
	}
	return MEMORY_OK;
}

struct err *image_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reads[i].status = image_read_one(m->source, reads[i].at, reads[i].to, reads[i].size);
	return NULL;
}

/* Skips only the holes of the file: addresses that it does not hold need not be zero. */
struct paddr image_next_data(struct memory *m, struct paddr from)
{
	const struct image *image = m->source;
	const struct image_extent *x = extent_of(image, from);
	uint64_t in = x ? from.v - x->start.v : 0;
	off_t data;

	if (!x && from.v >= ram_map_end(&m->ram_map).v)
		return PADDR(UINT64_MAX);
	if (!x || in >= x->held)
		return from;
	data = lseek(image->fd, (off_t)(x->offset + in), SEEK_DATA);
	if (data < 0 && errno != ENXIO)
		return from;
	if (data >= 0 && (uint64_t)data - x->offset < x->held)
		return paddr_add(x->start, (uint64_t)data - x->offset);
	return paddr_add(x->start, x->held);
}

void image_memory_close(struct memory *m)
{
	image_close(m->source);
}
