#include "tests/lib/unit.h"

#include "recover/kernel/e820.h"

struct entry {
	uint64_t start, size;
	uint32_t type;
};

static struct err *parse(uint32_t count, const struct entry *entries, size_t n, struct ram_map *ret)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct view v;

	buf_add(&b, &count, 4);
	for (size_t i = 0; i < n; i++) {
		buf_add(&b, &entries[i].start, 8);
		buf_add(&b, &entries[i].size, 8);
		buf_add(&b, &entries[i].type, 4);
	}
	v = view_of(b.data, b.size, 0x1000);
	return e820_parse(&v, ret);
}

static void ram_but_not_what_devices_have(void **state)
{
	static const struct entry entries[] = {
		{ 0x0, 0x1000, 2 },		{ 0x1000, 0x9ec00, 1 },
		{ 0x9fc00, 0x400, 2 },		{ 0xf0000, 0x10000, 2 },
		{ 0x100000, 0x3ff00000, 1 },	{ 0x40000000, 0x1000, 128 },
		{ 0x40001000, 0x1000, 3 }, /* ACPI */
		{ 0x100000000, 0x80000000, 1 }, { 0xfd00000000, 0x300000000, 2 },
		{ 0x200000000, 0, 1 },
	};
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	assert_ok(parse(10, entries, 10, &map));
	ram_map_format(&map, &b);
	assert_string_equal(b.data, "0x1000-0x9fc00\n0x100000-0x40001000\n0x100000000-0x180000000\n");
}

static void the_legacy_windows_are_never_ram(void **state)
{
	static const struct entry one = { 0, 0x40000000, 1 }, inside = { 0xa0000, 0x60000, 1 };
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;

	(void)state;
	assert_ok(parse(1, &one, 1, &map));
	assert_int_equal(map.count, 2);
	assert_true(map.ranges[0].end.v == 0xa0000 && map.ranges[1].start.v == 0x100000);
	assert_err(parse(1, &inside, 1, &map), ERR_DATA, "no RAM in it");
}

static void tables_that_are_none(void **state)
{
	static const struct entry entries[] = {
		{ 0x1000, 0x1000, 1 }, { 0x2000, UINT64_MAX, 1 }, { UINT64_MAX, 2, 1 },
	};
	static const uint8_t byte;
	struct view v = view_of(&byte, 1, 0x1000);
	struct ram_map map = { (void *)1, 7, 7 };

	(void)state;
	assert_err(e820_parse(&v, &map), ERR_DATA, "e820 table: at 0x1000: need 4 bytes, have 1");
	assert_err(parse(0, entries, 1, &map), ERR_DATA, "has 0 entries");
	assert_err(parse(4097, entries, 1, &map), ERR_DATA, "has 4097 entries");
	assert_err(parse(2, entries, 1, &map), ERR_DATA, "entry 1: at 0x1018: need 8 bytes, have 0");
	assert_err(parse(2, entries, 2, &map), ERR_DATA, "entry 1: 0xffffffffffffffff bytes");
	assert_err(parse(1, entries + 2, 1, &map), ERR_DATA, "entry 0");
	assert_true(map.ranges == (void *)1 && map.count == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_but_not_what_devices_have),
		cmocka_unit_test(the_legacy_windows_are_never_ram),
		cmocka_unit_test(tables_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
