/* file: a raw image of memory in a file, offset for address.
 *
 *	file:PATH
 *	file:PATH?lowmem=0x80000000
 *
 * lowmem: as QEMU writes the memory of a machine with a PCI hole below 4 GiB:
 * the file's first `lowmem` bytes are the addresses from 0 on, the rest are
 * those from 4 GiB on. PATH.ram_map, if it is there, says what of it is RAM.
 */
#include "memory/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define FOUR_GIB (UINT64_C(1) << 32)

struct file_source {
	char *path;
	int fd;
	uint64_t size;	 /* of the file */
	uint64_t lowmem; /* file offsets from here on are addresses from 4 GiB on; size: none */
};

/* Images that are no raw memory, by their first bytes. */
static const struct {
	const char *bytes;
	size_t size;
	const char *what;
} refused[] = {
	{ "\177ELF", 4, "an ELF file" },
	{ "EMiL", 4, "a LiME image" },
	{ "AVML", 4, "an AVML image" },
	{ "KDUMP   ", 8, "a compressed kdump" },
	{ "makedumpfile", 12, "a flattened kdump" },
	{ "QEVM", 4, "a QEMU snapshot" },
	{ "\x1f\x8b\x08", 3, "gzip-compressed" },
	{ "\xfd" "7zXZ", 5, "xz-compressed" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed" },
};

static struct err *check_magic(const struct file_source *s)
{
	char start[16] = { 0 };

	if (pread(s->fd, start, sizeof(start), 0) < 0)
		return err_errno("%s", s->path);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (!memcmp(start, refused[i].bytes, refused[i].size))
			return err_new(ERR_DATA, "%s: is %s, expected a raw image of memory",
				       s->path, refused[i].what);
	return NULL;
}

static struct err *open_path(struct file_source *s)
{
	struct stat st;

	/* O_NONBLOCK: opening a FIFO must not wait for its writer */
	s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return err_errno("%s", s->path);
	if (S_ISDIR(st.st_mode))
		return err_new(ERR_DATA, "%s: is a directory, expected a raw image of memory",
			       s->path);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_DATA, "%s: is no regular file, expected a raw image of memory",
			       s->path);
	if (!st.st_size)
		return err_new(ERR_DATA, "%s: is empty, expected a raw image of memory", s->path);
	s->size = (uint64_t)st.st_size;
	s->lowmem = s->size;
	return check_magic(s);
}

static struct err *check_size(const struct file_source *s)
{
	if (!(s->size % PAGE_SIZE))
		return NULL;
	return err_new(ERR_DATA,
		       "%s: %" PRIu64 " bytes are no multiple of 4096: "
		       "expected a raw image of memory; it may be cut off",
		       s->path, s->size);
}

/* text: what follows the '?', name=value. */
static struct err *parse_option(struct file_source *s, const char *text)
{
	uint64_t value;
	char *end;

	if (strncmp(text, "lowmem=0x", 9) || !text[9])
		return err_new(ERR_USAGE, "%s: \"?%s\": expected ?lowmem=0x...", s->path, text);
	errno = 0;
	value = strtoull(text + 9, &end, 16);
	if (*end || errno || text[9] == '-' || text[9] == '+' || text[9] == ' ')
		return err_new(ERR_USAGE, "%s: \"?%s\": expected a hexadecimal number", s->path,
			       text);
	if (!value || value % PAGE_SIZE || value > FOUR_GIB || value > s->size)
		return err_new(ERR_USAGE,
			       "%s: lowmem=0x%" PRIx64 ": expected a multiple of 0x1000, at most "
			       "4 GiB and the file's 0x%" PRIx64 " bytes",
			       s->path, value, s->size);
	s->lowmem = value;
	return NULL;
}

/* The RAM map beside the file, or else all that the file holds. */
static struct err *find_ram_map(const struct file_source *s, struct ram_map *ret)
{
	CLEANUP(free_ptr) char *beside = xasprintf("%s.ram_map", s->path);
	CLEANUP(ram_map_deinit) struct ram_map held = RAM_MAP_INIT;
	struct err *e;

	ram_map_add(&held, PADDR(0), PADDR(s->lowmem));
	if (s->size > s->lowmem)
		ram_map_add(&held, PADDR(FOUR_GIB), PADDR(FOUR_GIB + s->size - s->lowmem));
	if (!file_exists(beside)) {
		ram_map_copy(ret, &held);
		return NULL;
	}
	e = ram_map_read(beside, ret);
	if (e)
		return e;
	for (size_t i = 0; i < ret->count; i++) {
		struct ram_range r = ret->ranges[i];

		if (!ram_map_contains(&held, r.start, r.end.v - r.start.v))
			return err_new(ERR_DATA,
				       "%s: RAM 0x%" PRIx64 "-0x%" PRIx64 " of %s is not all in "
				       "its 0x%" PRIx64 " bytes: cut off, or written with "
				       "another ?lowmem=",
				       s->path, r.start.v, r.end.v, beside, s->size);
	}
	return NULL;
}

static struct err *file_source_open(const char *rest, struct memory *m)
{
	const char *option = strrchr(rest, '?');
	struct file_source *s;
	struct err *e;

	if (!*rest || rest == option)
		return err_new(ERR_USAGE, "file: expected a path after it");
	s = m->source = xcalloc(1, sizeof(*s));
	s->fd = -1;
	s->path = option ? xstrndup(rest, (size_t)(option - rest)) : xstrdup(rest);
	e = open_path(s);
	if (!e && option)
		e = parse_option(s, option + 1);
	if (!e)
		e = check_size(s);
	if (!e)
		e = find_ram_map(s, &m->ram_map);
	m->limits = (struct memory_limits){ .batch = 1, .live = false, .parallel = true };
	return e;
}

static void file_source_close(struct memory *m)
{
	struct file_source *s = m->source;

	if (!s)
		return;
	close_fd(&s->fd);
	free(s->path);
	free(s);
}

static uint64_t offset_of(const struct file_source *s, struct paddr at)
{
	return at.v < s->lowmem ? at.v : at.v - FOUR_GIB + s->lowmem;
}

/* Bytes from `at` on that are neighbours in the file too. */
static uint64_t run_of(const struct file_source *s, struct paddr at)
{
	if (at.v < s->lowmem)
		return s->lowmem - at.v;
	if (s->lowmem == s->size || at.v < FOUR_GIB)
		return 0;
	return UINT64_MAX - at.v;
}

static enum memory_status read_one(const struct file_source *s, struct paddr at, char *to,
				   size_t size)
{
	while (size) {
		uint64_t run = run_of(s, at);
		size_t want = size < run ? size : (size_t)run;
		ssize_t n = want ? pread(s->fd, to, want, (off_t)offset_of(s, at)) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return MEMORY_IO;
		if (n == 0)
			return MEMORY_ABSENT;
		at.v += (uint64_t)n;
		to += n;
		size -= (size_t)n;
	}
	return MEMORY_OK;
}

static struct err *file_source_read(struct memory *m, struct memory_read *reads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reads[i].status = read_one(m->source, reads[i].at, reads[i].to, reads[i].size);
	return NULL;
}

static struct paddr file_source_next_data(struct memory *m, struct paddr from)
{
	const struct file_source *s = m->source;
	uint64_t offset;
	off_t data;

	if (from.v >= s->lowmem && from.v < FOUR_GIB)
		from.v = FOUR_GIB;
	offset = offset_of(s, from);
	if (offset >= s->size)
		return PADDR(UINT64_MAX);
	data = lseek(s->fd, (off_t)offset, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? PADDR(UINT64_MAX) : from;
	return PADDR((uint64_t)data < s->lowmem ? (uint64_t)data :
						  (uint64_t)data - s->lowmem + FOUR_GIB);
}

const struct memory_ops memory_file_ops = {
	.scheme = "file",
	.open = file_source_open,
	.close = file_source_close,
	.read = file_source_read,
	.next_data = file_source_next_data,
};
