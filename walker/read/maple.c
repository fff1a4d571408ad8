#include "walker/read/maple.h"

#include <inttypes.h>

#include "base/view.h"
#include "offsets.h"

#if HAVE_struct_maple_tree

#define MAPLE_DEPTH_MAX 31
#define MAPLE_NODE_SIZE 256
#define MAPLE_NODE_MASK UINT64_C(255)
#define MAPLE_RESERVED 4096 /* an entry below it that ends in 10 is the tree's own */

struct maple {
	struct kread *k;
	size_t nodes_left;
	maple_entry each;
	void *arg;
	bool stopped;
};

/* Where a type of node has what. */
struct maple_shape {
	size_t pivots, slots;
	size_t pivot_at, slot_at, meta_at; /* offsets; meta_at 0: none */
	bool leaf;
};

static const struct maple_shape *shape_of(unsigned int type)
{
	static const struct maple_shape dense = {
		.slots = COUNT_maple_node_slot, .slot_at = OFF_maple_node_slot, .leaf = true };
	static const struct maple_shape leaf = {
		COUNT_maple_range_64_pivot, COUNT_maple_range_64_slot, OFF_maple_range_64_pivot,
		OFF_maple_range_64_slot, OFF_maple_range_64_meta, true };
	static const struct maple_shape range = {
		COUNT_maple_range_64_pivot, COUNT_maple_range_64_slot, OFF_maple_range_64_pivot,
		OFF_maple_range_64_slot, OFF_maple_range_64_meta, false };
	static const struct maple_shape arange = {
		COUNT_maple_arange_64_pivot, COUNT_maple_arange_64_slot,
		OFF_maple_arange_64_pivot, OFF_maple_arange_64_slot, OFF_maple_arange_64_meta,
		false };

	switch (type) {
	case CONST_maple_dense:
		return &dense;
	case CONST_maple_leaf_64:
		return &leaf;
	case CONST_maple_range_64:
		return &range;
	case CONST_maple_arange_64:
		return &arange;
	default:
		return NULL;
	}
}

/* The last slot in use, as ma_data_end() finds it. */
static size_t last_slot(const struct maple_shape *s, const uint8_t *node, uint64_t max)
{
	size_t end = s->meta_at ? node[s->meta_at + OFF_maple_metadata_end] : s->slots - 1;
	uint64_t last_pivot;

	if (s->slots == COUNT_maple_range_64_slot && s->pivots) {
		last_pivot = load_u64(node + s->pivot_at + 8 * (s->pivots - 1));
		if (last_pivot)
			end = last_pivot == max ? s->pivots - 1 : s->pivots;
	}
	return end < s->slots ? end : s->slots - 1;
}

static void hand_on(struct maple *m, uint64_t first, uint64_t last, uint64_t entry)
{
	if (!entry || ((entry & 3) == 2 && entry < MAPLE_RESERVED))
		return;
	m->stopped = !m->each(first, last, KADDR(entry), m->arg);
}

/* The last index of slot i, whose first is min. The last slot in use may have no pivot. */
static uint64_t slot_end(const struct maple_shape *s, const uint8_t *node, size_t i, bool is_last,
			 uint64_t min, uint64_t max)
{
	uint64_t pivot;

	if (!s->pivots)
		return min;
	if (i >= s->pivots)
		return max;
	pivot = load_u64(node + s->pivot_at + 8 * i);
	return is_last && !pivot ? max : pivot;
}

static struct err *walk_node(struct maple *m, uint64_t enode, uint64_t min, uint64_t max,
			     unsigned int depth);

static struct err *walk_slots(struct maple *m, const struct maple_shape *s, const uint8_t *node,
			      uint64_t min, uint64_t max, unsigned int depth)
{
	size_t end = last_slot(s, node, max);

	for (size_t i = 0; i <= end && !m->stopped; i++) {
		uint64_t slot = load_u64(node + s->slot_at + 8 * i);
		uint64_t last = slot_end(s, node, i, i == end, min, max);
		struct err *e = NULL;

		if (last < min || last > max)
			return err_new(ERR_DATA, "pivot 0x%" PRIx64 " is not in 0x%" PRIx64
						 "-0x%" PRIx64, last, min, max);
		if (s->leaf)
			hand_on(m, min, last, slot);
		else if (slot)
			e = walk_node(m, slot, min, last, depth + 1);
		if (e)
			return e;
		if (last == max)
			break;
		min = last + 1;
	}
	return NULL;
}

static struct err *walk_node(struct maple *m, uint64_t enode, uint64_t min, uint64_t max,
			     unsigned int depth)
{
	const struct maple_shape *shape = shape_of((unsigned int)(enode >> 3) & 15);
	struct kaddr at = KADDR(enode & ~MAPLE_NODE_MASK);
	uint8_t node[MAPLE_NODE_SIZE];
	struct err *e;

	if (!shape)
		return err_new(ERR_DATA, "maple node 0x%" PRIx64 ": of no known type", enode);
	if (depth > MAPLE_DEPTH_MAX || !m->nodes_left--)
		return err_new(ERR_DATA, "maple tree: too deep or too large");
	e = kread(m->k, at, node, sizeof(node));
	if (e)
		return err_in(e, "maple node");
	if ((load_u64(node + OFF_maple_node_parent) & ~MAPLE_NODE_MASK) == at.v)
		return err_new(ERR_DATA, "maple node 0x%" PRIx64 ": was taken out of its tree",
			       at.v);
	return err_in(walk_slots(m, shape, node, min, max, depth), "maple node 0x%" PRIx64, at.v);
}

struct err *maple_each(struct kread *k, struct kaddr tree, size_t max_nodes, maple_entry each,
		       void *arg)
{
	struct maple m = { .k = k, .nodes_left = max_nodes, .each = each, .arg = arg };
	uint64_t root = 0;
	struct err *e = kread_u64(k, kaddr_add(tree, OFF_maple_tree_ma_root), &root);

	if (e)
		return err_in(e, "maple tree");
	if ((root & 3) == 2 && root > MAPLE_RESERVED)
		return walk_node(&m, root, 0, UINT64_MAX, 1);
	hand_on(&m, 0, 0, root);
	return NULL;
}

#endif
