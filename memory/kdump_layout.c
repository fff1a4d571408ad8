#include "memory/kdump_layout.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/view.h"

#define HEADER_SIZE 0x1c0
#define DESCRIPTOR_SIZE 24
#define TAIL_MAX 4096	       /* descriptors at the end, which we check in every dump */
#define MISSING_MAX (1u << 20) /* ranges; with so many, all that follows counts as missing */
#define BUFFER_SIZE 49152      /* a multiple of both 8 and DESCRIPTOR_SIZE */

struct err *kdump_layout_read(int fd, const char *path, struct kdump_layout *ret)
{
	uint8_t bytes[HEADER_SIZE];
	uint64_t header, bitmaps;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno("%s", path);
	if (st.st_size < (off_t)PAGE_SIZE || pread(fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_new(ERR_DATA, "%s: is no kdump: cut off in its header", path);
	if (memcmp(bytes, "KDUMP   ", 8) && memcmp(bytes, "DISKDUMP", 8))
		return err_new(ERR_DATA, "%s: is no kdump: has no signature of one", path);
	if (load_u32(bytes + 0x1ac) != PAGE_SIZE)
		return err_new(ERR_DATA, "%s: blocks of %u bytes, expected 4096", path,
			       load_u32(bytes + 0x1ac));
	header = (1 + (uint64_t)load_u32(bytes + 0x1b0)) * PAGE_SIZE;
	bitmaps = load_u32(bytes + 0x1b4) * PAGE_SIZE;
	if (header + bitmaps > (uint64_t)st.st_size)
		return err_new(ERR_DATA, "%s: its header and bitmaps have 0x%" PRIx64 " bytes, the "
			       "file 0x%" PRIx64 ": cut off", path, header + bitmaps,
			       (uint64_t)st.st_size);
	*ret = (struct kdump_layout){ .size = (uint64_t)st.st_size,
				      .held = header + bitmaps / 2, .held_size = bitmaps / 2,
				      .descriptors = header + bitmaps };
	return NULL;
}

/* Reads up to size bytes, fewer at the end of the file. */
static struct err *read_at(int fd, const char *path, uint64_t offset, void *to, size_t size,
			   size_t *got)
{
	ssize_t n = file_read_at(fd, offset, to, size);

	if (n < 0)
		return err_errno("%s: at 0x%" PRIx64, path, offset);
	*got = (size_t)n;
	return NULL;
}

static struct err *count_held(int fd, const char *path, const struct kdump_layout *l, uint64_t *ret)
{
	uint8_t bytes[BUFFER_SIZE];

	*ret = 0;
	for (uint64_t at = 0; at < l->held_size;) {
		uint64_t left = l->held_size - at;
		size_t size = left < sizeof(bytes) ? (size_t)left : sizeof(bytes), got = 0;
		struct err *e = read_at(fd, path, l->held + at, bytes, size, &got);

		if (e)
			return e;
		memset(bytes + got, 0, size - got);
		for (size_t i = 0; i + 8 <= size; i += 8)
			*ret += (uint64_t)__builtin_popcountll(load_u64(bytes + i));
		at += size;
	}
	return NULL;
}

/* Descriptors one after the other, through a buffer. */
struct descriptors {
	int fd;
	const char *path;
	const struct kdump_layout *layout;
	uint64_t next; /* to be read */
	size_t in, pos; /* bytes in the buffer, and how many of them were looked at */
	uint8_t bytes[BUFFER_SIZE];
};

/* Whether the file has the next descriptor and all data of its page. */
static struct err *next_is_there(struct descriptors *d, bool *ret)
{
	uint64_t offset, size;

	if (d->pos == d->in) {
		struct err *e = read_at(d->fd, d->path,
					d->layout->descriptors + d->next * DESCRIPTOR_SIZE,
					d->bytes, sizeof(d->bytes), &d->in);

		if (e)
			return e;
		d->in -= d->in % DESCRIPTOR_SIZE;
		d->pos = 0;
	}
	d->next++;
	*ret = false;
	if (d->pos == d->in)
		return NULL;
	offset = load_u64(d->bytes + d->pos);
	size = load_u32(d->bytes + d->pos + 8);
	d->pos += DESCRIPTOR_SIZE;
	/* a flattened dump has zeros where it lost descriptors */
	*ret = size && offset >= d->layout->descriptors && offset <= d->layout->size &&
	       size <= d->layout->size - offset;
	return NULL;
}

static struct err *tail_is_there(struct descriptors *d, uint64_t count, bool *ret)
{
	*ret = true;
	d->next = count > TAIL_MAX ? count - TAIL_MAX : 0;
	while (*ret && d->next < count) {
		struct err *e = next_is_there(d, ret);

		if (e)
			return e;
	}
	return NULL;
}

/* A part of the bitmap of pages in the dump, whose first bit is page number `first`. */
static struct err *add_missing_of(struct descriptors *d, uint64_t first, const uint8_t *bits,
				  size_t size, struct ram_map *ret)
{
	for (size_t i = 0; i < 8 * size; i++) {
		struct paddr page = PADDR((first + i) << PAGE_SHIFT);
		bool there;
		struct err *e;

		if (!(bits[i / 8] >> i % 8 & 1))
			continue;
		e = next_is_there(d, &there);
		if (e)
			return e;
		if (!there && ret->count < MISSING_MAX)
			ram_map_add(ret, page, paddr_add(page, PAGE_SIZE));
	}
	return NULL;
}

static struct err *add_missing(struct descriptors *d, struct ram_map *ret)
{
	const struct kdump_layout *l = d->layout;
	uint8_t bits[4096];

	d->next = 0;
	d->in = d->pos = 0;
	for (uint64_t at = 0; at < l->held_size; at += sizeof(bits)) {
		size_t got = 0;
		struct err *e = read_at(d->fd, d->path, l->held + at, bits, sizeof(bits), &got);

		if (e)
			return e;
		e = add_missing_of(d, 8 * at, bits, got, ret);
		if (e)
			return e;
	}
	if (ret->count == MISSING_MAX)
		ram_map_add(ret, ram_map_end(ret), PADDR(l->held_size * 8 << PAGE_SHIFT));
	return NULL;
}

struct err *kdump_layout_missing(int fd, const char *path, const struct kdump_layout *l,
				 struct ram_map *ret)
{
	CLEANUP(free_ptr) struct descriptors *d = xcalloc(1, sizeof(*d));
	bool there = true;
	uint64_t count = 0;
	struct err *e = count_held(fd, path, l, &count);

	if (e)
		return e;
	d->fd = fd;
	d->path = path;
	d->layout = l;
	e = tail_is_there(d, count, &there);
	return e || there ? e : add_missing(d, ret);
}
