/* xarray: the kernel's arrays of pointers by index: struct xarray since 4.20, struct
 * radix_tree_root before.
 *
 * The kernel replaced the interface of the radix tree and kept its nodes. So both are one
 * format here: a node has 64 slots (16 on small systems) and the shift of the index that
 * chooses among them, 0 in the leaves. Only the tags in the low bits of an entry differ.
 *
 * Shape:
 *	xarray		10 a node, or, below 256, a sibling: it names the slot of the entry
 *			that it shares; xxx1 a value
 *	radix tree	x1 a node, or a pointer into the node's own slots (a sibling);
 *			10 a value
 *	both		00 a pointer
 * A value in the page cache stands for a page that was evicted or swapped out.
 * Source: include/linux/xarray.h; include/linux/radix-tree.h of 4.15.
 */
#ifndef WALKER_READ_XARRAY_H
#define WALKER_READ_XARRAY_H

#include "walker/read/kread.h"

/* The pointer at index; 0: there is none, or a value.
 * Errors: ERR_DATA: unreadable or nonsense. */
struct err *xarray_load(struct kread *k, struct kaddr array, uint64_t index,
			struct kaddr *ret) MUST_CHECK;

/* Calls each() for every pointer of the array in the order of the indices, until it
 * returns false. Leaves out indices from `end` on, and reads max_nodes nodes at most.
 * Errors: ERR_DATA: a node is unreadable or nonsense; each() got what the others have
 * all the same. */
struct err *xarray_each(struct kread *k, struct kaddr array, uint64_t end, size_t max_nodes,
			bool (*each)(uint64_t index, struct kaddr entry, void *arg),
			void *arg) MUST_CHECK;

#endif
