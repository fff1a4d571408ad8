/* maple: the kernel's maple tree, since 6.1: ranges of indices to pointers.
 *
 * Shape: a tree holds nothing (root 0), one entry at index 0, or a node. A pointer to a
 * node has the node's type in bits 6:3; the node is 256 bytes, aligned to as many. A
 * node covers [min, max]. Its slot i ends at pivot i, the last one at max.
 *	dense		a slot for each index, no pivots
 *	leaf_64, range_64	15 pivots, 16 slots. Where the last slot is not in use, its
 *			bytes say which one is the last (meta.end)
 *	arange_64	9 pivots, 10 slots, gaps; always with meta.end
 * The slots of leaf_64 and dense are entries, those of the others nodes. A node that
 * was taken out of its tree has itself as parent.
 * Source: include/linux/maple_tree.h, lib/maple_tree.c (ma_data_end).
 */
#ifndef WALKER_READ_MAPLE_H
#define WALKER_READ_MAPLE_H

#include "walker/read/kread.h"

typedef bool (*maple_entry)(uint64_t first, uint64_t last, struct kaddr entry, void *arg);

/* Calls each() for every entry of the tree (struct maple_tree) and the indices
 * [first, last] that it stands for, in order, until it returns false.
 * Errors: ERR_DATA: a node is unreadable, dead or nonsense, or there are more
 * than max_nodes; each() got the entries before it. */
struct err *maple_each(struct kread *k, struct kaddr tree, size_t max_nodes, maple_entry each,
		       void *arg) MUST_CHECK;

#endif
