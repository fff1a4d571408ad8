/* vec: an array that grows at its end.
 *
 * A growing array is three members of the caller's struct, and owned by it:
 *
 *	struct range *ranges;
 *	size_t count, capacity;
 *
 * All zero is an empty one. free() ends it.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

/* A pointer to a new element at the end of list, all zero; count is one more.
 * Pointers to older elements are no longer good: the array may have moved.
 *
 *	*vec_add(map->ranges, map->count, map->capacity) = range;
 */
#define vec_add(list, count, capacity) \
	((list) = vec_room((list), (count), &(capacity), sizeof(*(list))), &(list)[(count)++])

/* The array, moved if need be, with room for one element more than count, which
 * is zeroed. Each move doubles the room. Without memory the program aborts:
 * whoever adds what an attacker sends limits count first. */
void *vec_room(void *list, size_t count, size_t *capacity, size_t element);

#endif
