#include "base/map.h"

#include "base/alloc.h"
#include "base/hash.h"

#define FIRST_CAPACITY 64

void map_deinit(struct map *m)
{
	free(m->entries);
	*m = (struct map)MAP_INIT;
}

/* The entry of this key, or the empty one where it belongs. */
static struct map_entry *entry_of(const struct map *m, uint64_t key)
{
	for (uint64_t i = hash_u64(key);; i++) {
		struct map_entry *entry = &m->entries[i & (m->capacity - 1)];

		if (!entry->used || entry->key == key)
			return entry;
	}
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->capacity = old.capacity ? 2 * old.capacity : FIRST_CAPACITY;
	m->entries = xcalloc(m->capacity, sizeof(*m->entries));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].used)
			*entry_of(m, old.entries[i].key) = old.entries[i];
	free(old.entries);
}

uint64_t *map_find(const struct map *m, uint64_t key)
{
	struct map_entry *entry = m->capacity ? entry_of(m, key) : NULL;

	return entry && entry->used ? &entry->value : NULL;
}

bool map_add(struct map *m, uint64_t key, uint64_t value)
{
	struct map_entry *entry;

	if (2 * (m->count + 1) > m->capacity)
		grow(m);
	entry = entry_of(m, key);
	if (entry->used)
		return false;
	*entry = (struct map_entry){ key, value, true };
	m->count++;
	return true;
}
