#include "tests/lib/unit.h"

#include "base/buf.h"
#include "memory/memory.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"
#include "tests/lib/scratch.h"

/* A file of `pages` pages, each filled with its number. */
static char *numbered_pages(const struct scratch *dir, const char *name, size_t pages, size_t cut)
{
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(pages, PAGE_SIZE);

	for (size_t i = 0; i < pages * PAGE_SIZE; i++)
		bytes[i] = (uint8_t)(i / PAGE_SIZE);
	return scratch_bytes(dir, name, bytes, pages * PAGE_SIZE - cut);
}

static void a_raw_file_is_memory(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = numbered_pages(&dir, "raw", 4, 0);
	CLEANUP(free_ptr) char *uri = xasprintf("file:%s", path);
	CLEANUP(memory_closep) struct memory *m = NULL, *bare = NULL;
	uint8_t bytes[4] = { 0 };

	(void)state;
	assert_ok(memory_open(uri, &m));
	assert_string_equal(memory_uri(m), uri);
	assert_true(ram_map_size(memory_ram_map(m)) == 4 * PAGE_SIZE);
	assert_true(memory_limits(m)->parallel);
	assert_false(memory_limits(m)->live);
	assert_ok(memory_read(m, PADDR(0x1ffe), bytes, 4)); /* across a page's end */
	assert_memory_equal(bytes, "\1\1\2\2", 4);
	assert_true(memory_counters(m)->bytes == 4);

	assert_ok(memory_open(path, &bare));
	assert_ok(memory_read(bare, PADDR(0x3fff), bytes, 1));
	assert_int_equal(bytes[0], 3);
}

static void elements_fail_by_themselves(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		text_memory("ram 0x0-0x1000\nram 0x2000-0x3000\n0x10: u32 7\n0x2ffc: u32 9\n");
	uint32_t a = 0, b = 0, c = 0, d = 0;
	struct memory_read reads[] = {
		{ PADDR(0x10), 4, &a, MEMORY_IO },
		{ PADDR(0xffe), 4, &b, MEMORY_IO },
		{ PADDR(0x2ffc), 4, &c, MEMORY_IO },
		{ PADDR(0x3000), 4, &d, MEMORY_IO },
	};

	(void)state;
	assert_ok(memory_read_vector(m, reads, 4));
	assert_int_equal(reads[0].status, MEMORY_OK);
	assert_int_equal(reads[1].status, MEMORY_HOLE);
	assert_int_equal(reads[2].status, MEMORY_OK);
	assert_int_equal(reads[3].status, MEMORY_HOLE);
	assert_int_equal(a, 7);
	assert_int_equal(c, 9);
	assert_true(memory_counters(m)->failed[MEMORY_HOLE] == 2);
	assert_err(memory_read(m, PADDR(0xffe), &b, 4), ERR_DATA, "4 bytes at 0xffe: hole");
}

static void nothing_outside_the_ram_map_is_asked_for(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		failing_memory(text_memory("ram 0x0-0x4000\n"), 1, MEMORY_UR);
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	uint64_t word;

	(void)state;
	ram_map_add(&map, PADDR(0x1000), PADDR(0x2000));
	memory_set_ram_map(m, &map);
	assert_err(memory_read(m, PADDR(0), &word, 8), ERR_DATA, "hole");
	assert_err(memory_read(m, PADDR(0x2000), &word, 8), ERR_DATA, "hole");
	assert_err(memory_read(m, PADDR(UINT64_MAX), &word, 8), ERR_DATA, "hole");
	assert_false(failing_has_failed(m));
	assert_err(memory_read(m, PADDR(0x1000), &word, 8), ERR_DATA, "unsupported request");
	assert_ok(memory_read(m, PADDR(0x1000), &word, 8));
}

static void a_source_that_is_gone_is_an_error(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		failing_memory(text_memory("ram 0x0-0x1000\n"), 1, FAILING_GONE);
	uint64_t word;

	(void)state;
	assert_err(memory_read(m, PADDR(0), &word, 8), ERR_SYSTEM, "failing:: the source is gone");
}

static void refuse(const char *fmt, const char *path, enum err_code code, const char *words)
{
	CLEANUP(free_ptr) char *uri = xasprintf("%s%s", path, fmt);
	struct memory *m = NULL;

	assert_err(memory_open(uri, &m), code, words);
	assert_null(m);
}

static void what_is_no_uri_is_named(void **state)
{
	(void)state;
	refuse("", "gopher:there", ERR_USAGE, "no kind of memory source is called \"gopher:\"; "
					      "there are: file:");
	refuse("", "file:", ERR_USAGE, "file: expected a path");
	refuse("", "", ERR_USAGE, "file: expected a path");
	refuse("?lowmem=0x1000", "", ERR_USAGE, "file: expected a path");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_raw_file_is_memory),
		cmocka_unit_test(elements_fail_by_themselves),
		cmocka_unit_test(nothing_outside_the_ram_map_is_asked_for),
		cmocka_unit_test(a_source_that_is_gone_is_an_error),
		cmocka_unit_test(what_is_no_uri_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
