/* xarray_cases: what must hold for struct xarray and for the radix tree before
 * it alike; the tests that include it say how each of them tags its entries.
 */
#include "tests/unit/walker/image.h"

#include "walker/read/kread.c"
#include "walker/read/notes.c"
#include "walker/read/xarray.c"

#define PAGE_OF(i) (UINT64_C(0xffffea0000000000) + 64 * (i))

static uint64_t make_array(struct image *im, uint64_t head)
{
	uint64_t array = image_alloc(im, 16);

	image_put64(im, array + 8, head);
	return array;
}

static uint64_t make_node(struct image *im, uint8_t shift)
{
	uint64_t node = image_alloc(im, 576);

	*image_at(im, node) = shift;
	return node;
}

static void set_slot(struct image *im, uint64_t node, unsigned int i, uint64_t entry)
{
	image_put64(im, node + 40 + 8 * i, entry);
}

static uint64_t load(struct image *im, uint64_t array, uint64_t index)
{
	struct kaddr page = KADDR(1);

	assert_ok(xarray_load(&im->t.kernel, KADDR(array), index, &page));
	return page.v;
}

static void an_empty_array_has_nothing(void **state)
{
	struct image im;

	(void)state;
	image_init(&im);
	assert_int_equal(load(&im, make_array(&im, 0), 0), 0);
	assert_int_equal(load(&im, make_array(&im, 0), 7), 0);
	image_deinit(&im);
}

static void one_entry_stands_in_the_head(void **state)
{
	struct image im;

	(void)state;
	image_init(&im);
	assert_int_equal(load(&im, make_array(&im, PAGE_OF(1)), 0), PAGE_OF(1));
	assert_int_equal(load(&im, make_array(&im, PAGE_OF(1)), 1), 0);
	image_deinit(&im);
}

static void an_index_chooses_its_slots(void **state)
{
	struct image im;
	uint64_t top, leaf, array;

	(void)state;
	image_init(&im);
	top = make_node(&im, 6);
	leaf = make_node(&im, 0);
	set_slot(&im, top, 3, NODE(leaf));
	set_slot(&im, leaf, 5, PAGE_OF(9));
	set_slot(&im, leaf, 6, VALUE(77));
	array = make_array(&im, NODE(top));
	assert_int_equal(load(&im, array, 3 * 64 + 5), PAGE_OF(9));
	assert_int_equal(load(&im, array, 3 * 64 + 6), 0); /* evicted */
	assert_int_equal(load(&im, array, 3 * 64 + 7), 0);
	assert_int_equal(load(&im, array, 4 * 64 + 5), 0);
	assert_int_equal(load(&im, array, 64 * 64 + 3 * 64 + 5), 0); /* beyond the tree */
	assert_int_equal(load(&im, array, UINT64_MAX), 0);
	image_deinit(&im);
}

static void a_sibling_leads_to_the_entry_of_several_indices(void **state)
{
	struct image im;
	uint64_t node;

	(void)state;
	image_init(&im);
	node = make_node(&im, 0);
	set_slot(&im, node, 8, PAGE_OF(3));
	for (unsigned int i = 9; i < 16; i++)
		set_slot(&im, node, i, SIBLING(node, 8));
	assert_int_equal(load(&im, make_array(&im, NODE(node)), 13), PAGE_OF(3));
	image_deinit(&im);
}

static void a_tree_that_leads_to_itself_ends(void **state)
{
	struct kaddr page;
	struct image im;
	uint64_t node;

	(void)state;
	image_init(&im);
	node = make_node(&im, 6);
	set_slot(&im, node, 0, NODE(node));
	assert_err(xarray_load(&im.t.kernel, KADDR(make_array(&im, NODE(node))), 0, &page),
		   ERR_DATA, "not below its parent");
	image_deinit(&im);
}

static void nonsense_is_refused(void **state)
{
	struct kaddr page;
	struct image im;
	uint64_t node;

	(void)state;
	image_init(&im);
	assert_err(xarray_load(&im.t.kernel, KADDR(0x1000), 0, &page), ERR_DATA,
		   "address of the kernel");
	assert_err(xarray_load(&im.t.kernel, KADDR(make_array(&im, NODE(0x555500000000))), 0, &page),
		   ERR_DATA, "address of the kernel");
	node = make_node(&im, 200);
	assert_err(xarray_load(&im.t.kernel, KADDR(make_array(&im, NODE(node))), 0, &page),
		   ERR_DATA, "not below");
	image_deinit(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_array_has_nothing),
		cmocka_unit_test(one_entry_stands_in_the_head),
		cmocka_unit_test(an_index_chooses_its_slots),
		cmocka_unit_test(a_sibling_leads_to_the_entry_of_several_indices),
		cmocka_unit_test(a_tree_that_leads_to_itself_ends),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
