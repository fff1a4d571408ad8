#include "tests/lib/unit.h"

#include "base/hash.h"
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

/* How many slots behind its own the farthest entry lies. */
static size_t longest_way(const struct map *m)
{
	size_t longest = 0;

	for (size_t i = 0; i < m->capacity; i++) {
		size_t way = (i - hash_u64(m->entries[i].key)) & (m->capacity - 1);

		if (m->entries[i].used && way > longest)
			longest = way;
	}
	return longest;
}

/* Addresses that differ in few bits only, as those of pages and of large pages do. */
static void keys_that_look_alike_lie_apart(void **state)
{
	static const uint64_t steps[] = { 1, 64, 4096, UINT64_C(1) << 21, UINT64_C(1) << 30,
					  UINT64_C(1) << 48 };

	(void)state;
	for (size_t s = 0; s < sizeof(steps) / sizeof(*steps); s++) {
		struct map m = MAP_INIT;

		for (uint64_t i = 0; i < 20000; i++)
			assert_true(map_add(&m, UINT64_C(0xffff888000000000) + i * steps[s], i));
		assert_true(2 * m.count <= m.capacity);
		assert_true(longest_way(&m) < 100);
		map_deinit(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_found),
		cmocka_unit_test(a_key_is_added_once),
		cmocka_unit_test(keys_that_look_alike_lie_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
