/* search: binary search in what is sorted.
 *
 * The question is put as a condition that is false for the first elements and
 * true from some element on:
 *
 *	size_t at = search_first(i, map->count, map->ranges[i].end.v > address.v);
 *
 * is the number of the first range that ends behind address, or map->count.
 */
#ifndef BASE_SEARCH_H
#define BASE_SEARCH_H

#include <stddef.h>

/* The least index in [0, count) at which condition holds, or count. The name
 * `index` stands for the index in the condition. */
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
