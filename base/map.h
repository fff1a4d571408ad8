/* map: finds a number by another one, such as what we know of an address.
 *
 *	CLEANUP(map_deinit) struct map seen = MAP_INIT;
 *
 *	if (map_add(&seen, address, index)) ...it was not there before
 *
 * base/table.h finds by names.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
	uint64_t key, value;
	bool used;
};

struct map {
	struct map_entry *entries; /* owned; open addressing, at most half full */
	size_t count, capacity;	   /* capacity: 0 or a power of two */
};

#define MAP_INIT { NULL, 0, 0 }

void map_deinit(struct map *m);

/* The value of this key; NULL: the key is not there. The pointer is good until the next map_add(). */
uint64_t *map_find(const struct map *m, uint64_t key);

/* Adds the key with its value. False: the key is there already, and nothing changes. */
bool map_add(struct map *m, uint64_t key, uint64_t value);

#endif
