/* maple: the kernel's maple tree, since 6.1: ranges of indices to pointers.
 *
 * Shape: a tree holds nothing (root 0), one entry at index 0, or a node. A
 * pointer to a node has its type in bits 6:3 and points to 256 bytes, aligned
 * so. A node covers [min, max]; slot i ends at pivot i, the last one at max.
 *	dense		a slot for each index, no pivots
 *	leaf_64, range_64	15 pivots, 16 slots; where the last slot is not
 *			used, its place tells the last one that is (meta.end)
 *	arange_64	9 pivots, 10 slots, gaps, meta.end always
 * Slots of leaf_64 and dense are entries, of the others nodes. A node that was
 * taken out has itself as parent.
 * Source: include/linux/maple_tree.h, lib/maple_tree.c (ma_data_end).
 */
#ifndef WALKER_READ_MAPLE_H
#define WALKER_READ_MAPLE_H

#include "walker/read/kread.h"

typedef bool (*maple_entry)(uint64_t first, uint64_t last, struct kaddr entry, void *arg);

/* Calls each() for every entry of the tree (struct maple_tree) with the indices
 * [first, last] it stands at, in order, until it returns false.
 * Errors: ERR_DATA: a node is unreadable, dead or nonsense, or there are more
 * than max_nodes; entries before it were handed on. */
struct err *maple_each(struct kread *k, struct kaddr tree, size_t max_nodes, maple_entry each,
		       void *arg) MUST_CHECK;

#endif
