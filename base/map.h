/* map: numbers found by numbers, such as what is known of an address.
 *
 *	CLEANUP(map_deinit) struct map seen = MAP_INIT;
 *
 *	if (map_add(&seen, address, index)) ...it was not there before
 *
 * Names are found by base/table.h.
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
	struct map_entry *entries; /* owned; open addressing, capacity is a power of two */
	size_t count, capacity;
};

#define MAP_INIT { NULL, 0, 0 }

void map_deinit(struct map *m);

/* Where the value of this key is, until the next add; NULL: the key is not there. */
uint64_t *map_find(const struct map *m, uint64_t key);

/* Adds the key with its value, unless the key is there: returns whether it was not. */
bool map_add(struct map *m, uint64_t key, uint64_t value);

#endif
