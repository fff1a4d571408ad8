#include "walker/xarray.h"

#include <inttypes.h>

#include "offsets.h"

#define SLOTS COUNT_radix_tree_node_slots

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "an index is cut into bits");

#if HAVE_struct_xarray
static bool is_node(uint64_t entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

static struct kaddr node_of(uint64_t entry)
{
	return KADDR(entry - 2);
}

static bool is_pointer(uint64_t entry)
{
	return !(entry & 3);
}

/* The slot that has the entry of which this slot has a share. */
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

static bool is_pointer(uint64_t entry)
{
	return !(entry & 3);
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
	struct kaddr at = kaddr_add(node, OFF_radix_tree_node_slots + 8 * slot);
	struct err *e = kread_u64(k, at, ret);

	if (!e && is_sibling(node, *ret, &slot))
		e = kread_u64(k, kaddr_add(node, OFF_radix_tree_node_slots + 8 * slot), ret);
	return e;
}

/* The index must lie in what the tree's first node covers. */
static bool is_beyond(uint64_t index, unsigned int shift)
{
	return shift < 64 && (index >> shift) / SLOTS;
}

struct err *xarray_load(struct kread *k, struct kaddr array, uint64_t index, struct kaddr *ret)
{
	unsigned int above = 64;
	uint64_t entry = 0;
	struct err *e = kread_u64(k, kaddr_add(array, OFF_radix_tree_root_head), &entry);
	bool one = !is_node(entry);

	while (!e && is_node(entry)) {
		struct kaddr node = node_of(entry);
		uint8_t shift = 0;

		e = kread(k, kaddr_add(node, OFF_radix_tree_node_shift), &shift, 1);
		if (e)
			break;
		/* each node is below the one before: so there is an end to it */
		if (shift >= above)
			return err_new(ERR_DATA, "node 0x%" PRIx64 ": is not below its parent",
				       node.v);
		if (above == 64 && is_beyond(index, shift)) {
			entry = 0;
			break;
		}
		above = shift;
		e = read_slot(k, node, (index >> shift) % SLOTS, &entry);
	}
	if (e)
		return err_in(e, "index 0x%" PRIx64, index);
	*ret = KADDR(is_pointer(entry) && !(one && index) ? entry : 0);
	return NULL;
}
