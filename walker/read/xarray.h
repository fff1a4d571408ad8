/* xarray: the kernel's arrays of pointers by index: struct xarray, since 4.20,
 * and struct radix_tree_root before.
 *
 * Shape: a node has 64 slots (16 on small systems) and the shift of the index
 * that chooses among them; the leaves' is 0. Tags in the low bits:
 *	xarray		10 a node, or, below 256, a sibling: the slot it names has
 *			the entry of several indices; xxx1 a value
 *	radix tree	x1 a node, or a pointer into the node's own slots (sibling);
 *			10 a value
 * A value in the page cache stands for a page that was evicted or swapped out.
 * Source: include/linux/xarray.h; include/linux/radix-tree.h of 4.15.
 */
#ifndef WALKER_READ_XARRAY_H
#define WALKER_READ_XARRAY_H

#include "walker/read/kread.h"

/* The pointer at index, 0 when there is none (or a value, not a pointer).
 * Errors: ERR_DATA: unreadable or nonsense. */
struct err *xarray_load(struct kread *k, struct kaddr array, uint64_t index,
			struct kaddr *ret) MUST_CHECK;

/* Calls each() for every pointer of the array, in order, until it returns false.
 * At most max_nodes nodes are read; indices from `end` on are left out.
 * Errors: ERR_DATA: a node is unreadable or nonsense; what is beside it was
 * handed on all the same. */
struct err *xarray_each(struct kread *k, struct kaddr array, uint64_t end, size_t max_nodes,
			bool (*each)(uint64_t index, struct kaddr entry, void *arg),
			void *arg) MUST_CHECK;

#endif
