#include "tests/unit/walker/image.h"

#include "walker/read/kread.c"
#include "walker/read/maple.c"
#include "walker/read/notes.c"

#define NODES_MAX 100

enum { DENSE, LEAF, RANGE, ARANGE };

struct entries {
	uint64_t first[64], last[64], entry[64];
	size_t count, stop_after;
};

static bool remember(uint64_t first, uint64_t last, struct kaddr entry, void *arg)
{
	struct entries *e = arg;

	e->first[e->count] = first;
	e->last[e->count] = last;
	e->entry[e->count++] = entry.v;
	return e->count != e->stop_after;
}

static uint64_t enode(uint64_t node, unsigned int type)
{
	return node | type << 3 | 4;
}

static void set_slot(struct image *im, uint64_t node, unsigned int type, unsigned int i,
		     uint64_t slot)
{
	unsigned int at = type == DENSE ? 8 : type == ARANGE ? 80 : 128;

	image_put64(im, node + at + 8 * i, slot);
}

static void set_pivot(struct image *im, uint64_t node, unsigned int i, uint64_t pivot)
{
	image_put64(im, node + 8 + 8 * i, pivot);
}

static void set_end(struct image *im, uint64_t node, unsigned int type, uint8_t end)
{
	*image_at(im, node + (type == ARANGE ? 240 : 248)) = end;
}

/* A leaf with entries 0x1000 bytes each from `first` on, the last up to `max`. */
static uint64_t make_leaf(struct image *im, uint64_t first, unsigned int count, uint64_t max)
{
	uint64_t node = image_alloc(im, 256);

	for (unsigned int i = 0; i < count; i++) {
		set_slot(im, node, LEAF, i, 0xffff888000001000 + first + i * 8);
		if (i + 1 < count || count < 16)
			set_pivot(im, node, i, i + 1 < count ? first + i * 0x1000 + 0xfff : max);
	}
	if (count < 16)
		set_end(im, node, LEAF, (uint8_t)(count - 1));
	return node;
}

static uint64_t make_tree(struct image *im, uint64_t root)
{
	uint64_t tree = image_alloc(im, 24);

	image_put64(im, tree + 8, root);
	return tree;
}

static struct err *walk(struct image *im, uint64_t tree, struct entries *ret)
{
	return maple_each(&im->t.kernel, KADDR(tree), NODES_MAX, remember, ret);
}

static void an_empty_tree_has_no_entry(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };

	(void)state;
	image_init(&im);
	assert_ok(walk(&im, make_tree(&im, 0), &e));
	assert_int_equal(e.count, 0);
	image_deinit(&im);
}

static void one_entry_may_stand_in_the_root(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };

	(void)state;
	image_init(&im);
	assert_ok(walk(&im, make_tree(&im, 0xffff888000123400), &e));
	assert_int_equal(e.count, 1);
	assert_int_equal(e.first[0], 0);
	assert_int_equal(e.last[0], 0);
	assert_int_equal(e.entry[0], 0xffff888000123400);
	image_deinit(&im);
}

static void leaves_of_every_fill_end_where_they_should(void **state)
{
	(void)state;
	for (unsigned int count = 1; count <= 16; count++) {
		struct image im;
		struct entries e = { .count = 0 };

		image_init(&im);
		assert_ok(walk(&im, make_tree(&im, enode(make_leaf(&im, 0, count, UINT64_MAX), LEAF) | 2),
			       &e));
		assert_int_equal(e.count, count);
		for (unsigned int i = 0; i < count; i++)
			assert_int_equal(e.first[i], i * 0x1000);
		assert_true(e.last[count - 1] == UINT64_MAX);
		image_deinit(&im);
	}
}

static void empty_slots_are_gaps_and_reserved_entries_are_none(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };
	uint64_t leaf;

	(void)state;
	image_init(&im);
	leaf = make_leaf(&im, 0, 5, UINT64_MAX);
	set_slot(&im, leaf, LEAF, 0, 0);
	set_slot(&im, leaf, LEAF, 2, 0x406); /* XA_ZERO_ENTRY: an area being duplicated */
	assert_ok(walk(&im, make_tree(&im, enode(leaf, LEAF) | 2), &e));
	assert_int_equal(e.count, 3);
	assert_int_equal(e.first[0], 0x1000);
	assert_int_equal(e.first[1], 0x3000);
	image_deinit(&im);
}

/* An inner node of this type over three leaves. */
static void check_inner(unsigned int type)
{
	struct image im;
	struct entries e = { .count = 0 };
	uint64_t inner;

	image_init(&im);
	inner = image_alloc(&im, 256);
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t max = i < 2 ? (i + 1) * 0x100000 - 1 : UINT64_MAX;

		set_slot(&im, inner, type, i,
			 enode(make_leaf(&im, i * 0x100000, 4 + 6 * i, max), LEAF));
		set_pivot(&im, inner, i, max);
	}
	set_end(&im, inner, type, 2);
	assert_ok(walk(&im, make_tree(&im, enode(inner, type) | 2), &e));
	assert_int_equal(e.count, 4 + 10 + 16);
	assert_int_equal(e.first[4], 0x100000);
	assert_int_equal(e.last[3], 0xfffff);
	assert_true(e.last[29] == UINT64_MAX);
	image_deinit(&im);
}

static void inner_nodes_lead_to_leaves(void **state)
{
	(void)state;
	check_inner(RANGE);
	check_inner(ARANGE);
}

static void a_dense_node_has_a_slot_for_each_index(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };
	uint64_t node;

	(void)state;
	image_init(&im);
	node = image_alloc(&im, 256);
	set_slot(&im, node, DENSE, 3, 0xffff888000005000);
	set_slot(&im, node, DENSE, 30, 0xffff888000006000);
	assert_ok(walk(&im, make_tree(&im, enode(node, DENSE) | 2), &e));
	assert_int_equal(e.count, 2);
	assert_int_equal(e.first[0], 3);
	assert_int_equal(e.last[1], 30);
	image_deinit(&im);
}

static void the_caller_may_stop(void **state)
{
	struct image im;
	struct entries e = { .stop_after = 2 };

	(void)state;
	image_init(&im);
	assert_ok(walk(&im, make_tree(&im, enode(make_leaf(&im, 0, 9, UINT64_MAX), LEAF) | 2), &e));
	assert_int_equal(e.count, 2);
	image_deinit(&im);
}

static void a_node_that_leads_to_itself_ends(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };
	uint64_t node;

	(void)state;
	image_init(&im);
	node = image_alloc(&im, 256);
	set_slot(&im, node, ARANGE, 0, enode(node, ARANGE));
	set_pivot(&im, node, 0, UINT64_MAX);
	assert_err(walk(&im, make_tree(&im, enode(node, ARANGE) | 2), &e), ERR_DATA, "too deep");
	image_deinit(&im);
}

static void wide_circles_end_too(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };
	uint64_t node;

	(void)state;
	image_init(&im);
	node = image_alloc(&im, 256);
	for (unsigned int i = 0; i < 10; i++) {
		set_slot(&im, node, ARANGE, i, enode(node, ARANGE));
		set_pivot(&im, node, i, i);
	}
	set_end(&im, node, ARANGE, 9);
	assert_err(walk(&im, make_tree(&im, enode(node, ARANGE) | 2), &e), ERR_DATA, "maple");
	image_deinit(&im);
}

static void nonsense_is_refused(void **state)
{
	struct image im;
	struct entries e = { .count = 0 };
	uint64_t leaf;

	(void)state;
	image_init(&im);
	leaf = make_leaf(&im, 0, 6, UINT64_MAX);
	assert_err(walk(&im, make_tree(&im, enode(leaf, 9) | 2), &e), ERR_DATA, "no known type");
	set_pivot(&im, leaf, 3, 0x1234);
	assert_err(walk(&im, make_tree(&im, enode(leaf, LEAF) | 2), &e), ERR_DATA, "pivot 0x1234");
	image_put64(&im, leaf, leaf);
	assert_err(walk(&im, make_tree(&im, enode(leaf, LEAF) | 2), &e), ERR_DATA, "taken out");
	assert_err(walk(&im, make_tree(&im, enode(0x7f0000001000, LEAF) | 2), &e), ERR_DATA,
		   "address of the kernel");
	assert_err(walk(&im, 0x10, &e), ERR_DATA, "maple tree");
	image_deinit(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_tree_has_no_entry),
		cmocka_unit_test(one_entry_may_stand_in_the_root),
		cmocka_unit_test(leaves_of_every_fill_end_where_they_should),
		cmocka_unit_test(empty_slots_are_gaps_and_reserved_entries_are_none),
		cmocka_unit_test(inner_nodes_lead_to_leaves),
		cmocka_unit_test(a_dense_node_has_a_slot_for_each_index),
		cmocka_unit_test(the_caller_may_stop),
		cmocka_unit_test(a_node_that_leads_to_itself_ends),
		cmocka_unit_test(wide_circles_end_too),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
