#include "tests/lib/unit.h"

#include "base/map.h"

static void what_was_added_is_found(void **state)
{
	struct map m = MAP_INIT;

	(void)state;
	assert_null(map_find(&m, 0));
	for (uint64_t i = 0; i < 10000; i++)
		assert_true(map_add(&m, i * 4096, i + 7));
	for (uint64_t i = 0; i < 10000; i++) {
		assert_int_equal(*map_find(&m, i * 4096), i + 7);
		assert_null(map_find(&m, i * 4096 + 1));
	}
	assert_int_equal(m.count, 10000);
	map_deinit(&m);
	assert_null(map_find(&m, 0));
}

static void a_key_is_added_once(void **state)
{
	struct map m = MAP_INIT;

	(void)state;
	assert_true(map_add(&m, UINT64_MAX, 1));
	assert_false(map_add(&m, UINT64_MAX, 2));
	assert_int_equal(*map_find(&m, UINT64_MAX), 1);
	*map_find(&m, UINT64_MAX) = 3;
	assert_int_equal(*map_find(&m, UINT64_MAX), 3);
	assert_int_equal(m.count, 1);
	map_deinit(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_found),
		cmocka_unit_test(a_key_is_added_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
