/* table: elements found by their names.
 *
 * An element is a struct of the caller's that begins with a struct table_key. It stays where it is
 * until the table ends, so that pointers to it are good.
 *
 *	struct option { struct table_key key; bool on; };
 *	struct option *o = table_get(&t, "SMP", 3, sizeof(*o));
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>

#include "base/map.h"

struct table_key {
	const char *name; /* NUL behind it */
	size_t size;
};

struct table {
	struct map by_hash; /* of a name: its number in list */
	void **list; /* the elements in the order they came */
	size_t count, list_capacity;
};

#define TABLE_INIT { .by_hash = MAP_INIT }

/* The element of this name; a new one of `bytes`, all zero but its key, when there is none. */
void *table_get(struct table *t, const char *name, size_t size, size_t bytes);
/* NULL: none. */
void *table_find(const struct table *t, const char *name, size_t size);
/* deinit, if not NULL, is called for each element before its memory goes. */
void table_deinit(struct table *t, void (*deinit)(void *element));

#endif
