#include "tests/lib/unit.h"

#include "memory/ram_map.h"
#include "tests/lib/scratch.h"

static struct ram_map map_of(const char *text)
{
	struct ram_map map = RAM_MAP_INIT;

	assert_ok(ram_map_parse("text", text, strlen(text), &map));
	return map;
}

static void assert_map(const struct ram_map *map, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	ram_map_format(map, &b);
	assert_string_equal(buf_str(&b), text);
}

static void ranges_are_sorted_and_merged(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;

	(void)state;
	ram_map_add(&map, PADDR(0x5000), PADDR(0x6000));
	ram_map_add(&map, PADDR(0x1000), PADDR(0x2000));
	ram_map_add(&map, PADDR(0x3000), PADDR(0x4000));
	assert_map(&map, "0x1000-0x2000\n0x3000-0x4000\n0x5000-0x6000\n");
	ram_map_add(&map, PADDR(0x2000), PADDR(0x3000)); /* touches both sides */
	assert_map(&map, "0x1000-0x4000\n0x5000-0x6000\n");
	ram_map_add(&map, PADDR(0x5800), PADDR(0x5800)); /* nothing */
	ram_map_add(&map, PADDR(0x5900), PADDR(0x5800));
	ram_map_add(&map, PADDR(0), PADDR(UINT64_MAX));
	assert_map(&map, "0x0-0xffffffffffffffff\n");
}

static void what_it_contains(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map = map_of("0x1000-0x3000\n0x8000-0x9000\n");

	(void)state;
	assert_true(ram_map_contains(&map, PADDR(0x1000), 0x2000));
	assert_true(ram_map_contains(&map, PADDR(0x2fff), 1));
	assert_true(ram_map_contains(&map, PADDR(0x8000), 0));
	assert_false(ram_map_contains(&map, PADDR(0xfff), 2));
	assert_false(ram_map_contains(&map, PADDR(0x2fff), 2));
	assert_false(ram_map_contains(&map, PADDR(0x3000), 0));
	assert_false(ram_map_contains(&map, PADDR(0x2000), UINT64_MAX));
	assert_false(ram_map_contains(&map, PADDR(UINT64_MAX), UINT64_MAX));
	assert_true(ram_map_size(&map) == 0x3000);
	assert_true(ram_map_end(&map).v == 0x9000);
}

static void what_it_touches(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map = map_of("0x1000-0x3000\n0x8000-0x9000\n");

	(void)state;
	assert_true(ram_map_touches(&map, PADDR(0xfff), 2));
	assert_true(ram_map_touches(&map, PADDR(0x2fff), 2));
	assert_true(ram_map_touches(&map, PADDR(0x3000), UINT64_MAX));
	assert_true(ram_map_touches(&map, PADDR(0x8000), 0));
	assert_false(ram_map_touches(&map, PADDR(0x7fff), 0));
	assert_false(ram_map_touches(&map, PADDR(0xfff), 1));
	assert_false(ram_map_touches(&map, PADDR(0x3000), 0x5000));
	assert_true(ram_map_touches(&map, PADDR(0x3000), 0x5001));
	assert_false(ram_map_touches(&map, PADDR(0x9000), UINT64_MAX));
}

static void an_empty_map_contains_nothing(void **state)
{
	struct ram_map map = RAM_MAP_INIT;

	(void)state;
	assert_false(ram_map_contains(&map, PADDR(0), 0));
	assert_true(ram_map_end(&map).v == 0);
	assert_true(ram_map_size(&map) == 0);
}

static void what_lies_in_both(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map a = map_of("0x0-0x5000\n0x7000-0x9000\n");
	CLEANUP(ram_map_deinit) struct ram_map b = map_of("0x1000-0x2000\n0x4000-0x8000\n");
	CLEANUP(ram_map_deinit) struct ram_map both = RAM_MAP_INIT;

	(void)state;
	ram_map_intersect(&both, &a, &b);
	assert_map(&both, "0x1000-0x2000\n0x4000-0x5000\n0x7000-0x8000\n");
}

static void what_lies_in_one_only(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map a = map_of("0x0-0x5000\n0x7000-0x9000\n");
	CLEANUP(ram_map_deinit) struct ram_map b =
		map_of("0x1000-0x2000\n0x3000-0x3800\n0x4000-0x8000\n0xa000-0xb000\n");
	CLEANUP(ram_map_deinit) struct ram_map left = RAM_MAP_INIT;

	(void)state;
	ram_map_subtract(&left, &a, &b);
	assert_map(&left, "0x0-0x1000\n0x2000-0x3000\n0x3800-0x4000\n0x8000-0x9000\n");
	ram_map_subtract(&left, &b, &a);
	assert_map(&left, "0x5000-0x7000\n0xa000-0xb000\n");
	ram_map_subtract(&left, &a, &a);
	assert_int_equal(left.count, 0);
}

static void text_is_read(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map =
		map_of("# RAM\n\n  0x100000-0x7ffdd000\t# high\n0x1000-0x9FC00");

	(void)state;
	assert_map(&map, "0x1000-0x9fc00\n0x100000-0x7ffdd000\n");
}

static void refuse(const char *text, const char *words)
{
	struct ram_map map = { (void *)1, 7, 7 };

	assert_err(ram_map_parse("map", text, strlen(text), &map), ERR_DATA, words);
	assert_true(map.ranges == (void *)1 && map.count == 7);
}

static void what_is_no_map_is_named(void **state)
{
	(void)state;
	refuse("", "map: no range of RAM");
	refuse("# nothing\n", "map: no range of RAM");
	refuse("0x0-0x1000\nRAM\n", "map:2: expected a range");
	refuse("0-0x1000\n", "map:1: expected a range");
	refuse("0x0-0x1000 System RAM\n", "map:1: expected a range");
	refuse("0x0-0x\n", "map:1: expected a range");
	refuse("0x0 - 0x1000\n", "map:1: expected a range");
	refuse("0x-1-0x1000\n", "map:1: expected a range");
	refuse("0x0-0x10000000000000000\n", "map:1: expected a range");
	refuse("0x1000-0x1000\n", "map:1: the end 0x1000 is not above the start 0x1000");
	refuse("0x2000-0x1000\n", "is not above the start");
	refuse("0x0-0x2000\n0x5000-0x6000\n0x1000-0x3000\n", "map:3: overlaps");
}

static void a_file_is_named(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *bad = scratch_file(&dir, "bad", "0x0\n");
	CLEANUP(free_ptr) char *none = scratch_path(&dir, "none");
	struct ram_map map = RAM_MAP_INIT;

	(void)state;
	assert_err(ram_map_read(bad, &map), ERR_DATA, "/bad:1: expected a range");
	assert_err(ram_map_read(none, &map), ERR_SYSTEM, "/none: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_sorted_and_merged),
		cmocka_unit_test(what_it_contains),
		cmocka_unit_test(what_it_touches),
		cmocka_unit_test(an_empty_map_contains_nothing),
		cmocka_unit_test(what_lies_in_both),
		cmocka_unit_test(what_lies_in_one_only),
		cmocka_unit_test(text_is_read),
		cmocka_unit_test(what_is_no_map_is_named),
		cmocka_unit_test(a_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
