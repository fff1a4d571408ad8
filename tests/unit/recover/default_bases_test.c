#include "tests/lib/unit.h"

#include "recover/kernel/default_bases.h"

static void the_newest_come_first(void **state)
{
	(void)state;
	assert_true(default_bases_at(4, 0)->page_offset == UINT64_C(0xffff888000000000));
	assert_true(default_bases_at(4, 1)->page_offset == UINT64_C(0xffff880000000000));
	assert_true(default_bases_at(5, 0)->page_offset == UINT64_C(0xff11000000000000));
	assert_true(default_bases_at(5, 1)->page_offset == UINT64_C(0xff10000000000000));
}

static void the_list_ends(void **state)
{
	(void)state;
	assert_null(default_bases_at(4, 2));
	assert_null(default_bases_at(5, 2));
	assert_null(default_bases_at(4, SIZE_MAX));
	assert_null(default_bases_at(3, 0));
}

/* The direct map ends before vmalloc's area begins, and that before vmemmap. */
static void the_areas_do_not_overlap(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		const struct default_bases *d;

		for (size_t i = 0; (d = default_bases_at(levels, i)); i++) {
			assert_int_equal(d->levels, levels);
			assert_true(d->page_offset + direct_map_size_max(levels) <= d->vmalloc);
			assert_true(d->vmalloc < d->vmemmap);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_come_first),
		cmocka_unit_test(the_list_ends),
		cmocka_unit_test(the_areas_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
