#include "tests/lib/unit.h"

#include <unistd.h>

#include "base/file.h"
#include "memory/crc32c.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"

#define RAM "0x1000-0x9c00\n0x100000-0x180000\n0x100000000-0x100010000\n"
#define HEADER 32
#define STREAM 10 /* "\xff\6\0\0sNaPpY" */

static void checksums_are_castagnolis(void **state)
{
	static const uint8_t zeros[32];
	struct crc32c c;

	(void)state;
	crc32c_init(&c);
	assert_int_equal(crc32c(&c, "123456789", 9), 0xe3069283); /* RFC 3720, B.4 has these */
	assert_int_equal(crc32c(&c, zeros, 32), 0x8a9136aa);
	assert_int_equal(crc32c(&c, "", 0), 0);
	for (size_t size = 0; size < 40; size++)
		assert_int_equal(crc32c_masked(&c, "a text of more than forty bytes, all told", size),
				 dump_crc32c_masked("a text of more than forty bytes, all told", size));
}

static void dump_avml_whole(const struct dump *d)
{
	struct dump whole = *d;

	whole.block_max = 0;
	dump_avml(&whole);
}

static void blocks_are_where_they_say(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *small = dump_file(&dir, "small", RAM, dump_avml);
	CLEANUP(free_ptr) char *large = dump_file(&dir, "large", RAM, dump_avml_whole);
	CLEANUP(memory_closep) struct memory *m = NULL, *n = NULL;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(small, &m));
	assert_int_equal(memory_ram_map(m)->count, 3);
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x8c00 + 0x80000 + 0x10000);
	assert_pattern(m, memory_ram_map(m));
	assert_err(memory_read(m, PADDR(0x9c00), &byte, 1), ERR_DATA, "hole");
	assert_string_equal(memory_notes(m), "");
	assert_ok(memory_open(large, &n));
	assert_pattern(n, memory_ram_map(m));
	/* and backwards, so that the chunks are not met in their order */
	for (uint64_t at = 0x17fff0; at >= 0x100000; at -= 0x3330) {
		uint8_t found[16], expected[16];

		assert_ok(memory_read(n, PADDR(at), found, 16));
		dump_pattern(NULL, PADDR(at), expected, 16);
		assert_memory_equal(found, expected, 16);
	}
}

/* Wherever it is cut off, what is there can be read and nothing else. */
static void cut_off_anywhere(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *whole = dump_file(&dir, "whole", RAM, dump_avml);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	uint64_t held_before = 0;

	(void)state;
	assert_ok(file_read(whole, 1 << 24, &b));
	for (size_t size = HEADER; size < b.size; size += 997) {
		CLEANUP(free_ptr) char *path = scratch_bytes(&dir, "cut", b.data, size);
		CLEANUP(memory_closep) struct memory *m = NULL;
		uint8_t page[64], expected[64];
		struct memory_read r = { PADDR(0), 64, page, MEMORY_OK };
		const struct ram_map *map;
		uint64_t held = 0;

		assert_ok(memory_open(path, &m));
		map = memory_ram_map(m);
		for (size_t k = 0; k < map->count; k++)
			for (r.at = map->ranges[k].start; r.at.v < map->ranges[k].end.v; r.at.v += 64) {
				assert_ok(memory_read_vector(m, &r, 1));
				if (r.status != MEMORY_OK) {
					assert_int_equal(r.status, MEMORY_ABSENT);
					continue;
				}
				dump_pattern(NULL, r.at, expected, 64);
				assert_memory_equal(page, expected, 64);
				held += 64;
			}
		assert_true(held >= held_before);
		assert_true(held == ram_map_size(map) || strstr(memory_notes(m), "cut off"));
		held_before = held;
	}
	assert_true(held_before > 0x80000);
}

/* One byte of an image with one block is made wrong. */
static struct err *open_damaged(const struct scratch *dir, size_t at, uint8_t value,
				struct memory **ret)
{
	CLEANUP(free_ptr) char *whole = dump_file(dir, "whole", "0x1000-0x5000", dump_avml);
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	assert_ok(file_read(whole, 1 << 20, &b));
	b.data[at] = (char)value;
	path = scratch_bytes(dir, "damaged", b.data, b.size);
	return memory_open(path, ret);
}

static void damaged_chunks_are_corrupt(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{ HEADER, 0x02 },		/* a type that is reserved */
		{ HEADER + 1, 7 },		/* a stream's name of another size */
		{ HEADER + 4, 'S' },		/* or spelling */
		{ HEADER + STREAM, 0x7f },
		{ HEADER + STREAM + 1, 4 },	/* the chunk is shorter */
		{ HEADER + STREAM + 3, 0xff },	/* or longer than the file */
		{ HEADER + STREAM + 4, 0x11 },	/* another checksum */
		{ HEADER + STREAM + 8, 0xff },	/* another size of the memory */
		{ HEADER + STREAM + 40, 0x11 },	/* other data */
		{ HEADER + STREAM + 41, 0x99 },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	uint8_t byte;
	struct memory_read r = { PADDR(0x1000), 1, &byte, MEMORY_OK };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(memory_closep) struct memory *m = NULL;

		assert_ok(open_damaged(&dir, bad[i].at, bad[i].value, &m));
		assert_ok(memory_read_vector(m, &r, 1));
		assert_int_equal(r.status, MEMORY_CORRUPT);
		assert_ok(memory_read_vector(m, &r, 1)); /* and still is */
		assert_int_equal(r.status, MEMORY_CORRUPT);
	}
}

static void broken_headers_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *words;
	} bad[] = {
		{ 4, 1, "AVML version 1, expected 2" },
		{ 4, 3, "AVML version 3" },
		{ 15, 1, "no range of physical addresses" },
		{ 9, 0x60, "no range of physical addresses: 0x6000 to 0x4fff" },
		{ 22, 0x10, "no range of physical addresses" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *small = scratch_file(&dir, "small", "AVML\2");
	CLEANUP(free_ptr) char *one = dump_file(&dir, "one", "0x1000-0x5000", dump_avml);
	CLEANUP(free_ptr) char *twice = NULL;
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_err(open_damaged(&dir, bad[i].at, bad[i].value, &m), ERR_DATA, bad[i].words);
	assert_err(memory_open(small, &m), ERR_DATA, "need 32 bytes, have 5");
	assert_ok(file_read(one, 1 << 20, &b));
	size = b.size;
	buf_reserve(&b, size);
	buf_add(&b, b.data, size);
	twice = scratch_bytes(&dir, "twice", b.data, b.size);
	assert_err(memory_open(twice, &m), ERR_DATA, "blocks 0x1000-0x5000 and 0x1000-0x5000 overlap");
	b.data[size - 8] ^= 1; /* the first block's size: found from the start then */
	free(scratch_bytes(&dir, "twice", b.data, b.size));
	assert_err(memory_open(twice, &m), ERR_DATA, "bytes, but says");
}

/* A block says that it has more addresses than memory. */
static void a_block_may_be_too_short(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint8_t byte;
	struct memory_read r[2] = { { PADDR(0x4fff), 1, &byte, MEMORY_OK },
				    { PADDR(0x5000), 1, &byte, MEMORY_OK } };

	(void)state;
	assert_ok(open_damaged(&dir, 17, 0x6f, &m));
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x6000);
	assert_ok(memory_read_vector(m, r, 2));
	assert_int_equal(r[0].status, MEMORY_OK);
	assert_int_equal(r[1].status, MEMORY_CORRUPT);
	memory_close(m);
	m = NULL;
	assert_ok(open_damaged(&dir, 17, 0x3f, &m)); /* or fewer */
	assert_ok(memory_read_vector(m, r, 1));
	assert_int_equal(r[0].status, MEMORY_HOLE);
	r[0].at = PADDR(0x3fff);
	assert_ok(memory_read_vector(m, r, 1));
	assert_int_equal(r[0].status, MEMORY_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_are_castagnolis),
		cmocka_unit_test(blocks_are_where_they_say),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(damaged_chunks_are_corrupt),
		cmocka_unit_test(broken_headers_are_refused),
		cmocka_unit_test(a_block_may_be_too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
