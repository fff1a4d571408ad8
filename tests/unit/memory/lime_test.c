#include "tests/lib/unit.h"

#include <unistd.h>

#include "base/file.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"

#define RAM "0x1000-0x9c00\n0x100000-0x120000\n0x100000000-0x100010000\n"

/* Header number `i` of the image, made wrong by writing u64 `value` at `at`. */
static char *damaged(const struct scratch *dir, size_t i, size_t at, const void *bytes, size_t size)
{
	static const size_t header[] = { 0, 32 + 0x8c00, 64 + 0x8c00 + 0x20000 };
	CLEANUP(free_ptr) char *path = dump_file(dir, "whole", RAM, dump_lime);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	assert_ok(file_read(path, 1 << 20, &b));
	memcpy(b.data + header[i] + at, bytes, size);
	return scratch_bytes(dir, "damaged", b.data, b.size);
}

static void ranges_are_where_they_say(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_lime);
	CLEANUP(memory_closep) struct memory *m = NULL;
	size_t size;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(memory_ram_map(m)->count, 3);
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x8c00 + 0x20000 + 0x10000);
	assert_pattern(m, memory_ram_map(m));
	assert_err(memory_read(m, PADDR(0), &byte, 1), ERR_DATA, "hole");
	assert_err(memory_read(m, PADDR(0x9c00), &byte, 1), ERR_DATA, "hole");
	assert_null(memory_vmcoreinfo(m, &size));
	assert_string_equal(memory_notes(m), "");
	assert_err(memory_set_lowmem(m, 0x1000), ERR_USAGE, "is no raw image");
}

static void ram_that_is_not_in_it_is_absent(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_lime);
	CLEANUP(free_ptr) char *beside = scratch_file(&dir, "a.ram_map", "0x0-0x200000\n");
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint8_t bytes[16];

	(void)state, (void)beside;
	assert_ok(memory_open(path, &m));
	assert_int_equal(memory_ram_map(m)->count, 1);
	assert_ok(memory_read(m, PADDR(0x100000), bytes, 16));
	assert_err(memory_read(m, PADDR(0xffff8), bytes, 16), ERR_DATA,
		   "absent: the LiME image does not hold it");
	/* what is not held is not passed over as if it were zero */
	assert_int_equal(memory_next_data(m, PADDR(0x20000)).v, 0x20000);
}

static void neighbours_are_read_across(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *low = dump_file(&dir, "low", "0x1000-0x5000", dump_lime);
	CLEANUP(free_ptr) char *high = dump_file(&dir, "high", "0x5000-0x9000", dump_lime);
	CLEANUP(buf_deinit) struct buf a = BUF_INIT, b = BUF_INIT;
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(memory_closep) struct memory *m = NULL;

	(void)state;
	assert_ok(file_read(low, 1 << 20, &a));
	assert_ok(file_read(high, 1 << 20, &b));
	buf_add(&b, a.data, a.size); /* and in another order */
	path = scratch_bytes(&dir, "both", b.data, b.size);
	assert_ok(memory_open(path, &m));
	assert_int_equal(memory_ram_map(m)->count, 1);
	assert_pattern(m, memory_ram_map(m));
}

/* Wherever it is cut off, what is there can be read and nothing else. */
static void cut_off_anywhere(void **state)
{
	static const size_t sizes[] = { 32, 33, 32 + 0x8bff, 32 + 0x8c00 + 1, 32 + 0x8c00 + 31,
					64 + 0x8c00, 64 + 0x8c00 + 0x1fff1,
					96 + 0x8c00 + 0x20000 + 0xffff };
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_lime);
		CLEANUP(memory_closep) struct memory *m = NULL;
		struct memory_read r = { PADDR(0), 1, (uint8_t[1]){ 0 }, MEMORY_OK };
		const struct ram_map *map;
		uint64_t held = 0;

		assert_int_equal(truncate(path, (off_t)sizes[i]), 0);
		assert_ok(memory_open(path, &m));
		assert_non_null(strstr(memory_notes(m), "cut off"));
		map = memory_ram_map(m);
		for (size_t k = 0; k < map->count; k++)
			for (r.at = map->ranges[k].start; r.at.v < map->ranges[k].end.v; r.at.v++) {
				uint8_t expected;

				assert_ok(memory_read_vector(m, &r, 1));
				if (r.status != MEMORY_OK) {
					assert_int_equal(r.status, MEMORY_ABSENT);
					continue;
				}
				dump_pattern(NULL, r.at, &expected, 1);
				assert_int_equal(*(uint8_t *)r.to, expected);
				held++;
			}
		assert_true(held <= sizes[i]);
		assert_true(held + 32 * (map->count + 1) >= sizes[i]);
	}
}

static void broken_headers_are_refused(void **state)
{
	static const struct {
		size_t header, at;
		uint64_t value;
		size_t size;
		const char *words;
	} bad[] = {
		{ 0, 4, 2, 4, "LiME version 2, expected 1" },
		{ 0, 4, 0, 4, "LiME version 0" },
		{ 1, 0, 0x4C694D46, 4, "at 0x8c20: 0x4c694d46: expected LiME's" },
		{ 1, 8, 0x120000, 8, "no range of physical addresses: 0x120000 to 0x11ffff" },
		{ 1, 16, UINT64_MAX, 8, "no range of physical addresses" },
		{ 1, 16, UINT64_C(1) << 52, 8, "no range of physical addresses" },
		{ 1, 16, 0x11fffe, 8, "expected LiME's" },	/* a byte less: the next is not there */
		{ 1, 8, 0x9000, 8, "ranges 0x1000-0x9c00 and 0x9000-0x120000 overlap" },
		{ 2, 8, 0x10000, 8, "overlap" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(free_ptr) char *small = scratch_file(&dir, "small", "EMiL\1");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(free_ptr) char *path = damaged(&dir, bad[i].header, bad[i].at,
						       &bad[i].value, bad[i].size);

		assert_err(memory_open(path, &m), ERR_DATA, bad[i].words);
	}
	assert_err(memory_open(small, &m), ERR_DATA, "need 32 bytes, have 5: cut off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_where_they_say),
		cmocka_unit_test(ram_that_is_not_in_it_is_absent),
		cmocka_unit_test(neighbours_are_read_across),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(broken_headers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
