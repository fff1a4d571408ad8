/* search: binary search in a sorted array.
 *
 * The caller gives a condition that is false for the first elements and true from some element on:
 *
 *	size_t at = search_first(i, map->count, map->ranges[i].end.v > address.v);
 *
 * finds the first range that ends behind address; map->count: none does.
 */
#ifndef BASE_SEARCH_H
#define BASE_SEARCH_H

#include <stddef.h>

/* The least index in [0, count) for which condition holds, or count. `index` names the variable
 * that stands for the index in condition. */
#define search_first(index, count, condition) \
	({ \
		size_t low_ = 0, high_ = (count); \
		while (low_ < high_) { \
			size_t index = low_ + (high_ - low_) / 2; \
			if (condition) \
				high_ = index; \
			else \
				low_ = index + 1; \
		} \
		low_; \
	})

#endif
