#include "base/table.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static uint64_t hash_name(const char *name, size_t size)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

/* The slot the name is in or belongs into; there is one that is empty. */
static void **slot_of(const struct table *t, const char *name, size_t size)
{
	for (uint64_t i = hash_name(name, size);; i++) {
		void **slot = &t->slots[i & (t->capacity - 1)];
		const struct table_key *key = *slot;

		if (!key || (key->size == size && !memcmp(key->name, name, size)))
			return slot;
	}
}

static void grow(struct table *t)
{
	free(t->slots);
	t->capacity = t->capacity ? 2 * t->capacity : 256;
	t->slots = xcalloc(t->capacity, sizeof(*t->slots));
	for (size_t i = 0; i < t->count; i++) {
		const struct table_key *key = t->list[i];

		*slot_of(t, key->name, key->size) = t->list[i];
	}
}

void *table_get(struct table *t, const char *name, size_t size, size_t bytes)
{
	struct table_key *key;
	void **slot;
	char *copy;

	if (2 * (t->count + 1) > t->capacity)
		grow(t);
	slot = slot_of(t, name, size);
	if (*slot)
		return *slot;
	if (t->count == t->list_capacity) {
		t->list_capacity = t->count ? 2 * t->count : 256;
		t->list = xrealloc(t->list, t->list_capacity, sizeof(*t->list));
	}
	/* the name lies behind the element */
	key = xcalloc(1, bytes + size + 1);
	copy = (char *)key + bytes;
	memcpy(copy, name, size);
	*key = (struct table_key){ copy, size };
	*slot = t->list[t->count++] = key;
	return key;
}

void *table_find(const struct table *t, const char *name, size_t size)
{
	return t->capacity ? *slot_of(t, name, size) : NULL;
}

void table_deinit(struct table *t, void (*deinit)(void *element))
{
	for (size_t i = 0; i < t->count; i++) {
		if (deinit)
			deinit(t->list[i]);
		free(t->list[i]);
	}
	free(t->list);
	free(t->slots);
	*t = (struct table)TABLE_INIT;
}
