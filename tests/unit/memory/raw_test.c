#include "tests/lib/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"
#include "tests/lib/scratch.h"

#define FOUR_GIB (UINT64_C(1) << 32)

static char *uri_of(const char *path, const char *options)
{
	return xasprintf("file:%s%s", path, options);
}

static void offset_is_address(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x40000", dump_raw);
	CLEANUP(memory_closep) struct memory *m = NULL;
	struct memory_read r[2] = { { PADDR(0x3fff8), 16, (uint8_t[16]){ 0 }, MEMORY_OK },
				    { PADDR(0x3fff8), 8, (uint8_t[8]){ 0 }, MEMORY_IO } };

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x40000);
	assert_pattern(m, memory_ram_map(m));
	assert_ok(memory_read_vector(m, r, 2));
	assert_int_equal(r[0].status, MEMORY_HOLE);
	assert_int_equal(r[1].status, MEMORY_OK);
	assert_false(memory_limits(m)->live);
	assert_string_equal(memory_notes(m), "");
}

static void a_map_says_what_is_ram(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x40000", dump_raw);
	CLEANUP(free_ptr) char *beside = scratch_file(&dir, "a.ram_map", "0x1000-0x9c00\n");
	CLEANUP(free_ptr) char *other = scratch_file(&dir, "other", "0x0-0x2000\n");
	CLEANUP(free_ptr) char *options = xasprintf("?ram_map=%s", other);
	CLEANUP(free_ptr) char *uri = uri_of(path, options), *missing = uri_of(path, "?ram_map=/none");
	CLEANUP(memory_closep) struct memory *m = NULL, *n = NULL, *none = NULL;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x8c00);
	assert_pattern(m, memory_ram_map(m));
	assert_err(memory_read(m, PADDR(0x9c00), &byte, 1), ERR_DATA, "0x9c00: hole");
	assert_ok(memory_open(uri, &n));
	assert_int_equal(ram_map_size(memory_ram_map(n)), 0x2000);
	assert_err(memory_open(missing, &none), ERR_SYSTEM, "/none");
	free(scratch_file(&dir, "a.ram_map", "0x1000-0x41000\n"));
	assert_err(memory_open(path, &none), ERR_DATA, "is not all in its 0x40000 bytes: cut off");
	free(scratch_file(&dir, "a.ram_map", "0x1000-0x9c00 x\n"));
	assert_err(memory_open(path, &none), ERR_DATA, "a.ram_map:1");
	(void)beside;
}

static void above_the_pci_hole(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x30000\n0x100000000-0x100010000",
						  dump_concatenated);
	CLEANUP(free_ptr) char *uri = uri_of(path, "?lowmem=0x30000");
	CLEANUP(memory_closep) struct memory *m = NULL, *later = NULL;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(uri, &m));
	assert_int_equal(memory_ram_map(m)->count, 2);
	assert_pattern(m, memory_ram_map(m));
	assert_err(memory_read(m, PADDR(0x30000), &byte, 1), ERR_DATA, "hole");
	assert_ok(memory_open(path, &later));
	assert_int_equal(memory_ram_map(later)->count, 1);
	assert_err(memory_set_lowmem(later, 0x30001), ERR_USAGE, "multiple of 0x1000");
	assert_err(memory_set_lowmem(later, 0x41000), ERR_USAGE, "at most");
	assert_err(memory_set_lowmem(later, 0), ERR_USAGE, "at most");
	assert_ok(memory_set_lowmem(later, 0x30000));
	assert_pattern(later, memory_ram_map(m));
	assert_int_equal(memory_ram_map(later)->count, 2);
	assert_int_equal(memory_next_data(later, PADDR(FOUR_GIB)).v, FOUR_GIB);
	assert_true(memory_next_data(later, PADDR(FOUR_GIB + 0x10000)).v == UINT64_MAX);
}

static void ranges_one_after_another(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x1000-0x9c00\n0x100000-0x108000",
						  dump_concatenated);
	CLEANUP(free_ptr) char *uri = uri_of(path, "?concatenated");
	CLEANUP(memory_closep) struct memory *m = NULL, *none = NULL;

	(void)state;
	assert_err(memory_open(uri, &none), ERR_USAGE, "?concatenated needs");
	free(scratch_file(&dir, "a.ram_map", "0x1000-0x9c00\n0x100000-0x108000\n"));
	assert_err(memory_open(path, &none), ERR_DATA, "no multiple of 4096");
	assert_ok(memory_open(uri, &m));
	assert_pattern(m, memory_ram_map(m));
	free(scratch_file(&dir, "a.ram_map", "0x1000-0x9c00\n0x100000-0x107000\n"));
	assert_err(memory_open(uri, &none), ERR_DATA, "its RAM map has 0xfc00 bytes, the file 0x10c00");
	assert_int_equal(truncate(path, 0x10000), 0);
	free(scratch_file(&dir, "a.ram_map", "0x1000-0x9000\n0x100000-0x108000\n"));
	assert_err(memory_open(path, &none), ERR_DATA, "or its ranges are ?concatenated");
}

static void holes_of_a_sparse_file_are_passed_over(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x4000\n0x800000-0x804000", dump_raw);
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint64_t zeros = 1;

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(memory_next_data(m, PADDR(0)).v, 0);
	assert_int_in_range(memory_next_data(m, PADDR(0x400000)).v, 0x400001, 0x800000);
	assert_ok(memory_read(m, PADDR(0x400000), &zeros, sizeof(zeros)));
	assert_int_equal(zeros, 0);
}

static void a_file_being_written_is_live(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x4000", dump_raw);
	CLEANUP(free_ptr) char *uri = uri_of(path, "?live");
	CLEANUP(memory_closep) struct memory *m = NULL, *n = NULL;
	CLEANUP(close_fd) int reader = open(path, O_RDONLY | O_CLOEXEC);
	bool known = !fcntl(reader, F_SETLEASE, F_RDLCK) && !fcntl(reader, F_SETLEASE, F_UNLCK);
	CLEANUP(close_fd) int writer = open(path, O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(writer >= 0);
	assert_ok(memory_open(path, &m));
	/* not every file system has leases, by which it is known */
	assert_int_equal(memory_limits(m)->live, known);
	assert_ok(memory_open(uri, &n));
	assert_true(memory_limits(n)->live);
}

static void it_may_become_shorter(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x4000", dump_raw);
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint8_t bytes[8];

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(truncate(path, 0x2000), 0);
	assert_ok(memory_read(m, PADDR(0x1ff8), bytes, 8));
	assert_err(memory_read(m, PADDR(0x1ffc), bytes, 8), ERR_DATA,
		   "absent: the file does not hold it");
}

static void what_is_no_image(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *words;
	} bad[] = {
		{ "", 0, "is empty" },
		{ "x", 1, "no multiple of 4096" },
		{ "\x1f\x8b\x08", 3, "gzip-compressed" },
		{ "BZh91AY", 7, "bzip2-compressed" },
		{ "\xfd" "7zXZ\0", 6, "xz-compressed" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed" },
		{ "QEVM", 4, "a QEMU snapshot" },
		{ "QFI\xfb", 4, "a QEMU disk" },
		{ "makedumpfile\0", 13, "is no kdump" },
		{ "KDUMP   ", 8, "is no kdump" },
		{ "PK\x03\x04", 4, "a Zip archive" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *fifo = scratch_path(&dir, "fifo");
	CLEANUP(memory_closep) struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(free_ptr) char *path = scratch_bytes(&dir, "a", bad[i].bytes, bad[i].size);

		assert_err(memory_open(path, &m), ERR_DATA, bad[i].words);
	}
	assert_err(memory_open("file:", &m), ERR_USAGE, "expected a path");
	assert_err(memory_open("file:?live", &m), ERR_USAGE, "expected a path");
	assert_err(memory_open("file:/none", &m), ERR_SYSTEM, "/none: No such file");
	assert_err(memory_open(dir.path, &m), ERR_DATA, "is a directory");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_err(memory_open(fifo, &m), ERR_DATA, "is no regular file");
	assert_err(memory_open("floppy:a", &m), ERR_USAGE, "\"floppy:\"; there are: file:");
}

static void wrong_options(void **state)
{
	static const struct {
		const char *options, *words;
	} bad[] = {
		{ "?lowmem=0x5000", "at most 4 GiB and the file's 0x4000" },
		{ "?lowmem=0x1001", "multiple of 0x1000" },
		{ "?lowmem=0x0", "multiple of 0x1000" },
		{ "?lowmem=4096", "hexadecimal" },
		{ "?highmem=0x1000", "\"?highmem\": expected" },
		{ "?concatenated&lowmem=0x1000", "no ?lowmem" },
		{ "?live=maybe", "expected ?live" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", "0x0-0x4000", dump_raw);
	CLEANUP(memory_closep) struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(free_ptr) char *uri = uri_of(path, bad[i].options);

		assert_err(memory_open(uri, &m), ERR_USAGE, bad[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offset_is_address),
		cmocka_unit_test(a_map_says_what_is_ram),
		cmocka_unit_test(above_the_pci_hole),
		cmocka_unit_test(ranges_one_after_another),
		cmocka_unit_test(holes_of_a_sparse_file_are_passed_over),
		cmocka_unit_test(a_file_being_written_is_live),
		cmocka_unit_test(it_may_become_shorter),
		cmocka_unit_test(what_is_no_image),
		cmocka_unit_test(wrong_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
