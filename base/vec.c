#include "base/vec.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define FIRST_CAPACITY 16

void *vec_room(void *list, size_t count, size_t *capacity, size_t element)
{
	if (count >= *capacity) {
		if (count > SIZE_MAX / 2)
			out_of_memory();
		*capacity = count ? 2 * count : FIRST_CAPACITY;
		list = xrealloc(list, *capacity, element);
	}
	memset((char *)list + count * element, 0, element);
	return list;
}
