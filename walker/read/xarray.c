#include "walker/read/xarray.h"

#include <inttypes.h>

#include "base/view.h"
#include "offsets.h"

#define SLOTS COUNT_radix_tree_node_slots

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "each node takes some bits of the index");

static bool is_pointer(uint64_t entry)
{
	return !(entry & 3);
}

#if HAVE_struct_xarray
static bool is_node(uint64_t entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

static struct kaddr node_of(uint64_t entry)
{
	return KADDR(entry - 2);
}

/* An entry of several indices stands in the first of its slots; the others are siblings.
 * *slot: that first one. */
static bool is_sibling(struct kaddr node, uint64_t entry, uint64_t *slot)
{
	(void)node;
	*slot = entry >> 2;
	return (entry & 3) == 2 && *slot < SLOTS;
}
#else
static bool is_node(uint64_t entry)
{
	return (entry & 3) == 1;
}

static struct kaddr node_of(uint64_t entry)
{
	return KADDR(entry & ~UINT64_C(3));
}

static bool is_sibling(struct kaddr node, uint64_t entry, uint64_t *slot)
{
	uint64_t offset = (entry & ~UINT64_C(3)) - (node.v + OFF_radix_tree_node_slots);

	*slot = offset / 8;
	return is_node(entry) && *slot < SLOTS;
}
#endif

static struct err *read_slot(struct kread *k, struct kaddr node, uint64_t slot, uint64_t *ret)
{
	struct kaddr slots = kaddr_add(node, OFF_radix_tree_node_slots);
	struct err *e = kread_u64(k, kaddr_add(slots, 8 * slot), ret);

	if (!e && is_sibling(node, *ret, &slot))
		e = kread_u64(k, kaddr_add(slots, 8 * slot), ret);
	return e;
}

/* Does the index lie beyond what the tree's first node covers? */
static bool is_beyond(uint64_t index, unsigned int shift)
{
	return shift < 64 && (index >> shift) / SLOTS;
}

/* *entry: a node, and then what the nodes below it have at index. */
static struct err *descend(struct kread *k, uint64_t index, uint64_t *entry)
{
	unsigned int above = 64;

	while (is_node(*entry)) {
		struct kaddr node = node_of(*entry);
		uint8_t shift = 0;
		struct err *e = kread(k, kaddr_add(node, OFF_radix_tree_node_shift), &shift, 1);

		if (e)
			return err_in(e, "index 0x%" PRIx64, index);
		/* each node lies below the one before, so there is an end to it */
		if (shift >= above)
			return err_new(ERR_DATA, "node 0x%" PRIx64 ": is not below its parent",
				       node.v);
		if (above == 64 && is_beyond(index, shift)) {
			*entry = 0;
			return NULL;
		}
		above = shift;
		e = read_slot(k, node, (index >> shift) % SLOTS, entry);
		if (e)
			return err_in(e, "index 0x%" PRIx64, index);
	}
	return NULL;
}

struct err *xarray_load(struct kread *k, struct kaddr array, uint64_t index, struct kaddr *ret)
{
	uint64_t entry = 0;
	struct err *e = kread_u64(k, kaddr_add(array, OFF_radix_tree_root_head), &entry);

	if (e)
		return err_in(e, "index 0x%" PRIx64, index);
	if (!is_node(entry) && index)
		entry = 0; /* the only entry is that of index 0 */
	e = descend(k, index, &entry);
	if (e)
		return e;
	*ret = KADDR(is_pointer(entry) ? entry : 0);
	return NULL;
}

/* --- all of it ------------------------------------------------------------------ */

#define SLOT_BITS ((unsigned int)__builtin_ctz(SLOTS))

struct each {
	struct kread *k;
	uint64_t end;
	size_t nodes_left;
	bool (*call)(uint64_t index, struct kaddr entry, void *arg);
	void *arg;
	bool stopped;
	struct err *e; /* the first */
};

static void each_failed(struct each *x, struct err *e)
{
	x->stopped |= err_is_fatal(e);
	if (x->e)
		err_discard(e);
	else
		x->e = e;
}

/* base: the index of the node's first slot. A slot stands for 1 << shift indices. */
static void each_node(struct each *x, struct kaddr node, unsigned int shift, uint64_t base)
{
	uint8_t slots[8 * SLOTS];
	struct err *e;

	if (!x->nodes_left--) {
		x->stopped = true;
		each_failed(x, err_new(ERR_DATA, "more nodes than it can have"));
		return;
	}
	e = kread(x->k, kaddr_add(node, OFF_radix_tree_node_slots), slots, sizeof(slots));
	if (e) {
		each_failed(x, err_in(e, "node 0x%" PRIx64, node.v));
		return;
	}
	for (uint64_t i = 0; i < SLOTS && !x->stopped; i++) {
		uint64_t entry = load_u64(slots + 8 * i), index = base + (i << shift), same = 0;

		if (index >= x->end || !entry || is_sibling(node, entry, &same))
			continue;
		if (is_node(entry) && shift >= SLOT_BITS)
			each_node(x, node_of(entry), shift - SLOT_BITS, index);
		else if (is_pointer(entry) && !shift)
			x->stopped = !x->call(index, KADDR(entry), x->arg);
	}
}

struct err *xarray_each(struct kread *k, struct kaddr array, uint64_t end, size_t max_nodes,
			bool (*each)(uint64_t index, struct kaddr entry, void *arg), void *arg)
{
	struct each x = { .k = k, .end = end, .nodes_left = max_nodes, .call = each, .arg = arg };
	uint64_t entry = 0;
	uint8_t shift = 0;
	struct err *e = kread_u64(k, kaddr_add(array, OFF_radix_tree_root_head), &entry);

	if (e)
		return e;
	if (!is_node(entry)) {
		if (entry && is_pointer(entry))
			each(0, KADDR(entry), arg);
		return NULL;
	}
	e = kread(k, kaddr_add(node_of(entry), OFF_radix_tree_node_shift), &shift, 1);
	if (e)
		return e;
	if (shift >= 64 || shift % SLOT_BITS)
		return err_new(ERR_DATA, "node 0x%" PRIx64 ": shift %u", node_of(entry).v, shift);
	each_node(&x, node_of(entry), shift, 0);
	return x.e;
}
