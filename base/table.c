#include "base/table.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/vec.h"

/* The element of this name, or NULL; *ret: the key of by_hash that it has, or would have. Should
 * two names ever have the same hash, the second one gets the next free key. */
static void *find(const struct table *t, const char *name, size_t size, uint64_t *ret)
{
	const uint64_t *at;

	for (*ret = hash_bytes(name, size); (at = map_find(&t->by_hash, *ret)); ++*ret) {
		const struct table_key *key = t->list[*at];

		if (key->size == size && !memcmp(key->name, name, size))
			return t->list[*at];
	}
	return NULL;
}

void *table_get(struct table *t, const char *name, size_t size, size_t bytes)
{
	uint64_t hash;
	struct table_key *key = find(t, name, size, &hash);
	char *copy;

	if (key)
		return key;
	/* the name is stored behind the element */
	key = xcalloc(1, bytes + size + 1);
	copy = (char *)key + bytes;
	memcpy(copy, name, size);
	*key = (struct table_key){ copy, size };
	map_add(&t->by_hash, hash, t->count);
	*vec_add(t->list, t->count, t->list_capacity) = key;
	return key;
}

void *table_find(const struct table *t, const char *name, size_t size)
{
	uint64_t hash;

	return find(t, name, size, &hash);
}

void table_deinit(struct table *t, void (*deinit)(void *element))
{
	for (size_t i = 0; i < t->count; i++) {
		if (deinit)
			deinit(t->list[i]);
		free(t->list[i]);
	}
	free(t->list);
	map_deinit(&t->by_hash);
	*t = (struct table)TABLE_INIT;
}
