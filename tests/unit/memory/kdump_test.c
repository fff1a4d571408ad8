#include "tests/lib/unit.h"

#include <unistd.h>

#include "base/file.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"

/* libkdumpfile 0.5.1 loses a bitmap with every dump. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so\n";
}

#define RAM "0x1000-0x9f000\n0x100000-0x180000\n0x4000000-0x4010000\n"

/* Every page that was not filtered out is there; every other one is absent. Returns how many bytes
 * are there of those that should be; fails the test where one is wrong. */
static uint64_t check_pages(struct memory *m, bool cut, uint64_t *all)
{
	const struct ram_map *map = memory_ram_map(m);
	uint64_t there = 0;

	*all = 0;
	for (size_t i = 0; i < map->count; i++)
		for (struct paddr at = map->ranges[i].start; at.v < map->ranges[i].end.v;
		     at.v += PAGE_SIZE) {
			uint8_t page[PAGE_SIZE], expected[PAGE_SIZE];
			struct memory_read r = { at, PAGE_SIZE, page, MEMORY_OK };

			assert_ok(memory_read_vector(m, &r, 1));
			if (dump_kdump_filters(at)) {
				assert_int_equal(r.status, MEMORY_ABSENT);
				continue;
			}
			*all += PAGE_SIZE;
			if (cut && r.status == MEMORY_ABSENT)
				continue;
			assert_int_equal(r.status, MEMORY_OK);
			dump_pattern(NULL, at, expected, PAGE_SIZE);
			assert_memory_equal(page, expected, PAGE_SIZE);
			there += PAGE_SIZE;
		}
	return there;
}

static void pages_that_were_filtered_out_are_absent(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_kdump);
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint8_t bytes[PAGE_SIZE + 2];
	uint64_t all;
	size_t size;

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(memory_ram_map(m)->count, 3);
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x9e000 + 0x80000 + 0x10000);
	assert_true(check_pages(m, false, &all) == all);
	assert_string_equal(memory_vmcoreinfo(m, &size), "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	assert_string_equal(memory_notes(m), "");
	assert_true(dump_kdump_filters(PADDR(0x108000)));
	assert_ok(memory_read(m, PADDR(0x109fff), bytes, PAGE_SIZE + 2));
	assert_err(memory_read(m, PADDR(0x108fff), bytes, 2), ERR_DATA, "absent: the kdump does not");
	assert_err(memory_read(m, PADDR(0x107fff), bytes, 2), ERR_DATA, "absent");
	assert_err(memory_read(m, PADDR(0x0), bytes, 2), ERR_DATA, "hole");
}

static void a_flattened_one_is_put_in_order(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_kdump_flattened);
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint64_t all;

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_true(check_pages(m, false, &all) == all);
	assert_string_equal(memory_notes(m), "is flattened: was put in order in a temporary file\n");
}

/* libkdumpfile would read zeros. */
static void what_is_cut_off_is_absent(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_kdump);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	uint64_t before = 0, all = 1;

	(void)state;
	assert_ok(file_read(path, 1 << 24, &b));
	for (size_t size = 0x8000; size < b.size; size += 54321) {
		CLEANUP(free_ptr) char *cut = scratch_bytes(&dir, "cut", b.data, size);
		CLEANUP(memory_closep) struct memory *m = NULL;
		uint64_t there;

		assert_ok(memory_open(cut, &m));
		there = check_pages(m, true, &all);
		assert_true(there >= before && there < all);
		assert_non_null(strstr(memory_notes(m), "cut off: "));
		before = there;
	}
	assert_true(before > 0x40000);
}

static void broken_headers_are_refused(void **state)
{
	static const struct {
		size_t size, at;
		uint32_t value;
		const char *words;
	} bad[] = {
		{ 8, 0, 0, "cut off in its header" },
		{ 4095, 0, 0, "cut off in its header" },
		{ 4096, 0, 0, "cut off" },
		{ 0x4fff, 0, 0, "its header and bitmaps have 0x5000 bytes, the file 0x4fff" },
		{ 0, 0x1ac, 8192, "blocks of 8192 bytes" },
		{ 0, 0x1ac, 0, "blocks of 0 bytes" },
		{ 0, 0x1b0, UINT32_MAX, "cut off" },
		{ 0, 0x1b4, UINT32_MAX, "cut off" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_kdump);
	struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		CLEANUP(free_ptr) char *broken = NULL;

		assert_ok(file_read(path, 1 << 24, &b));
		if (bad[i].at)
			memcpy(b.data + bad[i].at, &bad[i].value, 4);
		broken = scratch_bytes(&dir, "broken", b.data, bad[i].size ? bad[i].size : b.size);
		assert_err(memory_open(broken, &m), ERR_DATA, bad[i].words);
	}
}

static void broken_flattened_ones_are_refused(void **state)
{
	static const struct {
		size_t size, at;
		uint8_t value;
		const char *words;
	} bad[] = {
		{ 20, 0, 0, "need 16 bytes, have 4" },
		{ 4000, 0, 0, "cut off in its header" },
		{ 4096, 0, 0, "is no kdump" },
		{ 0, 23, 2, "of type 2, version 1" },
		{ 0, 31, 0, "of type 1, version 0" },
		{ 0, 4096, 1, "piece of 0x" },
		{ 0, 4096 + 8, 1, "piece of 0x" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_kdump_flattened);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(free_ptr) char *broken = NULL;

		assert_ok(file_read(path, 1 << 24, &b));
		if (bad[i].at)
			b.data[bad[i].at] = (char)bad[i].value;
		broken = scratch_bytes(&dir, "broken", b.data, bad[i].size ? bad[i].size : b.size);
		assert_err(memory_open(broken, &m), ERR_DATA, bad[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_that_were_filtered_out_are_absent),
		cmocka_unit_test(a_flattened_one_is_put_in_order),
		cmocka_unit_test(what_is_cut_off_is_absent),
		cmocka_unit_test(broken_headers_are_refused),
		cmocka_unit_test(broken_flattened_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
