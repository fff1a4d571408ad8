/* vec: an array that grows at its end.
 *
 * A growing array is three members of the caller's struct, which owns it:
 *
 *	struct range *ranges;
 *	size_t count, capacity;
 *
 * All zero is an empty array; free(ranges) ends it.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

/* Adds an element, all zero, and returns a pointer to it. The array may move: pointers to older
 * elements are no longer good.
 *
 *	*vec_add(map->ranges, map->count, map->capacity) = range;
 *
 * C does not say which side of such an assignment comes first. So its right side must use neither
 * list nor count; put what it needs of them into a variable before.
 */
#define vec_add(list, count, capacity) \
	((list) = vec_room((list), (count), &(capacity), sizeof(*(list))), &(list)[(count)++])

/* The list with room for one more element, which is zeroed. When it is full, it moves to twice the
 * room. A lack of memory ends the program: a caller that adds what the target sends limits count. */
void *vec_room(void *list, size_t count, size_t *capacity, size_t element);

#endif
