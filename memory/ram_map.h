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
/* Replaces what is in `to`. */
void ram_map_copy(struct ram_map *to, const struct ram_map *from);
/* What lies in both; replaces what is in `to`, which is neither of the two. */
void ram_map_intersect(struct ram_map *to, const struct ram_map *a, const struct ram_map *b);
/* What lies in a and not in b; replaces what is in `to`, which is neither of the two. */
void ram_map_subtract(struct ram_map *to, const struct ram_map *a, const struct ram_map *b);
/* All of [at, at + size) is RAM. A size of 0 asks for the byte at `at`. */
bool ram_map_contains(const struct ram_map *map, struct paddr at, uint64_t size);
/* Any of [at, at + size) is RAM. A size of 0 asks for the byte at `at`. */
bool ram_map_touches(const struct ram_map *map, struct paddr at, uint64_t size);
/* Bytes of RAM in it. */
uint64_t ram_map_size(const struct ram_map *map);
/* One past the highest address. */
struct paddr ram_map_end(const struct ram_map *map);

/* Shape of the text: "0x0-0x9fc00" a line, [start, end), '#' starts a comment.
 * name: of the text, for messages. *ret is written only on success.
 * Errors: ERR_DATA naming the line: not a range, end not above start, overlap;
 * ERR_DATA when there is no range at all. */
struct err *ram_map_parse(const char *name, const char *text, size_t size,
			  struct ram_map *ret) MUST_CHECK;
/* Errors: as above; ERR_SYSTEM naming the file. */
struct err *ram_map_read(const char *path, struct ram_map *ret) MUST_CHECK;
void ram_map_format(const struct ram_map *map, struct buf *b);

#endif
