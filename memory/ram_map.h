/* ram_map: which physical addresses are RAM. Sorted, disjoint, half open. */
#ifndef MEMORY_RAM_MAP_H
#define MEMORY_RAM_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct ram_range {
	struct paddr start, end; /* [start, end) */
};

struct ram_map {
	struct ram_range *ranges; /* owned; sorted, disjoint, merged */
	size_t count;
};

#define RAM_MAP_INIT { NULL, 0 }

void ram_map_deinit(struct ram_map *map);
/* Adds [start, end), merging with what it touches. */
void ram_map_add(struct ram_map *map, struct paddr start, struct paddr end);
void ram_map_copy(struct ram_map *to, const struct ram_map *from);
/* All of [at, at + size) is RAM. */
bool ram_map_contains(const struct ram_map *map, struct paddr at, uint64_t size);
/* Bytes of RAM in it. */
uint64_t ram_map_size(const struct ram_map *map);
/* One past the highest address. */
struct paddr ram_map_end(const struct ram_map *map);

/* Shape of the text: "0x0-0x9fc00" a line, [start, end), '#' starts a comment.
 * Errors: ERR_DATA naming the line: not a range, end not above start, overlap. */
struct err *ram_map_read(const char *path, struct ram_map *ret) MUST_CHECK;
void ram_map_format(const struct ram_map *map, struct buf *b);

#endif
