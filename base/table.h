/* table: finds elements by their names.
 *
 * An element is a struct of the caller's that begins with a struct table_key. It stays in its place
 * until the table ends, so that pointers to it stay good.
 *
 *	struct option { struct table_key key; bool on; };
 *	struct option *o = table_get(&t, "SMP", 3, sizeof(*o));
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>

#include "base/map.h"

struct table_key {
	const char *name; /* a NUL follows it, and it may hold others */
	size_t size;
};

struct table {
	struct map by_hash; /* the hash of a name: its index in list */
	void **list; /* the elements, in the order in which they were added */
	size_t count, list_capacity;
};

#define TABLE_INIT { .by_hash = MAP_INIT }

/* The element of this name. When there is none, adds one of `bytes` bytes, all zero but its key. */
void *table_get(struct table *t, const char *name, size_t size, size_t bytes);
/* The element of this name; NULL: there is none. */
void *table_find(const struct table *t, const char *name, size_t size);
/* Frees all elements; calls deinit, if not NULL, for each of them first. */
void table_deinit(struct table *t, void (*deinit)(void *element));

#endif
