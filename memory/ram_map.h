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
	size_t count, capacity;
};

#define RAM_MAP_INIT { NULL, 0, 0 }

void ram_map_deinit(struct ram_map *map);
/* Adds [start, end), merged with the ranges that it touches. */
void ram_map_add(struct ram_map *map, struct paddr start, struct paddr end);
/* `to` becomes the same map. */
void ram_map_copy(struct ram_map *to, const struct ram_map *from);
/* `to`, which is neither a nor b, becomes what lies in both. */
void ram_map_intersect(struct ram_map *to, const struct ram_map *a, const struct ram_map *b);
/* `to`, which is neither a nor b, becomes what lies in a and not in b. */
void ram_map_subtract(struct ram_map *to, const struct ram_map *a, const struct ram_map *b);
/* Whether all of [at, at + size) is RAM. A size of 0 asks about the byte at `at`. */
bool ram_map_contains(const struct ram_map *map, struct paddr at, uint64_t size);
/* Whether any of [at, at + size) is RAM. A size of 0 asks about the byte at `at`. */
bool ram_map_touches(const struct ram_map *map, struct paddr at, uint64_t size);
/* How many bytes of RAM there are. */
uint64_t ram_map_size(const struct ram_map *map);
/* The end of the highest range; 0: there is none. */
struct paddr ram_map_end(const struct ram_map *map);

/* Shape: a line for each range, "0x0-0x9fc00" is [start, end); '#' starts a comment.
 * name: of the text, for messages.
 * Errors: ERR_DATA: not one range in it; or naming the line: not a range, end not above start,
 * overlaps an earlier one. */
struct err *ram_map_parse(const char *name, const char *text, size_t size,
			  struct ram_map *ret) MUST_CHECK;
/* Errors: as above; ERR_SYSTEM naming the file. */
struct err *ram_map_read(const char *path, struct ram_map *ret) MUST_CHECK;
void ram_map_format(const struct ram_map *map, struct buf *b);

#endif
