/* The input is a file with an image of memory, in whatever format its bytes say: any bytes are an
 * error, or a memory with a RAM map that is in order, each part of which is read or not, in time. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "memory/memory.h"

#define READS_MAX 64
#define SIZE_MAX_READ 70000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The start, the middle and the end of every range; twice, so that what is kept is used. */
static void read_ranges(struct memory *m)
{
	static uint8_t bytes[SIZE_MAX_READ];
	const struct ram_map *map = memory_ram_map(m);

	for (size_t i = 0; i < map->count && i < READS_MAX; i++) {
		struct paddr start = map->ranges[i].start, end = map->ranges[i].end;
		uint64_t length = end.v - start.v;
		uint32_t size = length < sizeof(bytes) ? (uint32_t)length : sizeof(bytes);
		struct memory_read reads[] = {
			{ start, size, bytes, MEMORY_OK },
			{ paddr_add(start, (length - size) / 2), size, bytes, MEMORY_OK },
			{ PADDR(end.v - size), size, bytes, MEMORY_OK },
			{ PADDR(end.v - 1), 1, bytes, MEMORY_OK },
			{ end, 1, bytes, MEMORY_OK },
		};

		if (!length || (i && map->ranges[i - 1].end.v >= start.v))
			abort();
		for (int twice = 0; twice < 2; twice++) {
			struct err *e = memory_read_vector(m, reads, sizeof(reads) / sizeof(*reads));

			if (e || reads[4].status != MEMORY_HOLE)
				abort();
		}
		if (memory_next_data(m, start).v < start.v)
			abort();
	}
}

static void open_and_read(const char *scheme, int fd)
{
	CLEANUP(free_ptr) char *uri = xasprintf("%s:/proc/self/fd/%d", scheme, fd);
	CLEANUP(memory_closep) struct memory *m = NULL;
	struct err *e = memory_open(uri, &m);

	if (!e)
		read_ranges(m);
	err_discard(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(close_fd) int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	/* libkdumpfile is not ours to fuzz: tests/fuzz/kdump_layout_fuzz.c */
	if (size >= 8 && (data[0] == 'K' || data[0] == 'D' || data[0] == 'm'))
		return 0;
	open_and_read("file", fd);
	open_and_read("replay", fd);
	return 0;
}
