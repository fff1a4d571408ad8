#include "tests/lib/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"

#define RAM "0x1000-0x9c00\n0x100000-0x110000\n"

struct recording {
	struct scratch dir;
	char *image, *file, *record, *replay;
};

static struct recording recording_init(void)
{
	struct recording r = { .dir = scratch_init() };

	r.image = dump_file(&r.dir, "image", RAM, dump_elf);
	r.file = scratch_path(&r.dir, "log");
	r.record = xasprintf("record:%s,file:%s", r.file, r.image);
	r.replay = xasprintf("replay:%s", r.file);
	return r;
}

static void recording_deinit(struct recording *r)
{
	scratch_deinit(&r->dir);
	free(r->image);
	free(r->file);
	free(r->record);
	free(r->replay);
}

static void what_was_read_is_answered_again(void **state)
{
	CLEANUP(recording_deinit) struct recording r = recording_init();
	CLEANUP(memory_closep) struct memory *m = NULL, *again = NULL;
	uint8_t a[64], b[64];
	size_t size;

	(void)state;
	assert_ok(memory_open(r.record, &m));
	assert_int_equal(memory_ram_map(m)->count, 2);
	assert_pattern(m, memory_ram_map(m));
	assert_err(memory_read(m, PADDR(0), a, 1), ERR_DATA, "hole");
	memory_close(m);
	m = NULL;
	assert_ok(memory_open(r.replay, &again));
	assert_int_equal(memory_ram_map(again)->count, 2);
	assert_string_equal(memory_vmcoreinfo(again, &size), "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	assert_pattern(again, memory_ram_map(again));
	assert_pattern(again, memory_ram_map(again)); /* as often as one likes */
	/* in other pieces than it was read in */
	for (uint64_t at = 0x100001; at + 64 < 0x110000; at += 61) {
		assert_ok(memory_read(again, PADDR(at), a, 64));
		dump_pattern(NULL, PADDR(at), b, 64);
		assert_memory_equal(a, b, 64);
	}
	assert_string_equal(memory_notes(again), "");
}

static void what_was_not_read_is_absent(void **state)
{
	CLEANUP(recording_deinit) struct recording r = recording_init();
	CLEANUP(memory_closep) struct memory *m = NULL, *again = NULL;
	uint8_t a[64];

	(void)state;
	assert_ok(memory_open(r.record, &m));
	assert_ok(memory_read(m, PADDR(0x2000), a, 64));
	memory_close(m);
	m = NULL;
	assert_ok(memory_open(r.replay, &again));
	assert_ok(memory_read(again, PADDR(0x2010), a, 16));
	assert_err(memory_read(again, PADDR(0x2030), a, 64), ERR_DATA, "absent: was never recorded");
	assert_err(memory_read(again, PADDR(0x1fff), a, 2), ERR_DATA, "absent: was never recorded");
	assert_non_null(strstr(memory_notes(again), "never recorded, first 64 bytes at 0x2030"));
}

/* The memory changes between one read and the next; once it is not there at all. */
static void answers_come_in_their_order(void **state)
{
	static const uint8_t values[] = { 1, 2, 0, 4 }, expected[] = { 1, 2, 0, 4, 4, 4 };
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *image = dump_file(&dir, "a", "0x0-0x2000", dump_raw);
	CLEANUP(free_ptr) char *record = xasprintf("record:%s/log,%s", dir.path, image);
	CLEANUP(free_ptr) char *replay = xasprintf("replay:%s/log", dir.path);
	CLEANUP(memory_closep) struct memory *m = NULL, *again = NULL;
	uint8_t byte;
	struct memory_read read = { PADDR(0x1010), 1, &byte, MEMORY_OK };

	(void)state;
	assert_ok(memory_open(record, &m));
	for (size_t i = 0; i < sizeof(values); i++) {
		CLEANUP(close_fd) int fd = open(image, O_RDWR | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, values[i] ? 0x2000 : 0x1000), 0);
		if (values[i])
			assert_int_equal(pwrite(fd, &values[i], 1, 0x1010), 1);
		assert_ok(memory_read_vector(m, &read, 1));
	}
	memory_close(m);
	m = NULL;
	assert_ok(memory_open(replay, &again));
	for (size_t i = 0; i < sizeof(expected); i++) {
		assert_ok(memory_read_vector(again, &read, 1));
		assert_int_equal(read.status, expected[i] ? MEMORY_OK : MEMORY_ABSENT);
		if (expected[i])
			assert_int_equal(byte, expected[i]);
	}
}

static void holes_are_passed_over_again(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *image = dump_file(&dir, "a", "0x0-0x4000\n0x800000-0x804000", dump_raw);
	CLEANUP(free_ptr) char *record = xasprintf("record:%s/log,%s", dir.path, image);
	CLEANUP(free_ptr) char *replay = xasprintf("replay:%s/log", dir.path);
	CLEANUP(memory_closep) struct memory *m = NULL, *again = NULL;
	uint64_t answer;

	(void)state;
	assert_ok(memory_open(record, &m));
	answer = memory_next_data(m, PADDR(0x400000)).v;
	assert_true(answer > 0x400000);
	memory_close(m);
	m = NULL;
	assert_ok(memory_open(replay, &again));
	assert_true(memory_next_data(again, PADDR(0x400000)).v == answer);
	assert_true(memory_next_data(again, PADDR(0x500000)).v == 0x500000);
}

static void a_record_is_private_and_never_written_over(void **state)
{
	CLEANUP(recording_deinit) struct recording r = recording_init();
	CLEANUP(memory_closep) struct memory *m = NULL, *second = NULL;
	struct stat st;

	(void)state;
	assert_ok(memory_open(r.record, &m));
	assert_int_equal(stat(r.file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_err(memory_open(r.record, &second), ERR_USAGE, "exists already");
	assert_err(memory_open("record:/x", &second), ERR_USAGE, "record:FILE,URI");
	assert_err(memory_open("record:,file:/x", &second), ERR_USAGE, "record:FILE,URI");
	assert_err(memory_open("record:/x,", &second), ERR_USAGE, "record:FILE,URI");
	assert_err(memory_open("record:/none/x,file:/none", &second), ERR_SYSTEM, "/none: No such");
	assert_err(memory_open("record:/x,floppy:a", &second), ERR_USAGE, "no kind of memory source");
	assert_false(file_exists("/x"));
}

static void broken_records_are_refused(void **state)
{
#define START "farwalk record 1"
#define MAP "M\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0"
	static const struct {
		const char *bytes;
		size_t size;
		const char *words;
	} bad[] = {
#define BAD(text, words) { text, sizeof(text) - 1, words }
		BAD("farwalk", "need 16 bytes, have 7"),
		BAD("farwalk record 2", "expected a record"),
		BAD(START, "has no RAM map"),
		BAD(START "M\0\0\0\0\0\0\0", "has no RAM map"),
		BAD(START "M\0\0\0\x08\0\0\0" "12345678", "no RAM map"),
		BAD(START "M\0\0\0\x10\0\0\0" "1234567812345678", "no range of addresses"),
		BAD(START MAP "?\0\0\0\0\0\0\0", "a type that is not known"),
		BAD(START MAP "R\0\0\0\4\0\0\0" "1234", "without its address"),
		BAD(START MAP "R\0\0\0\x10\0\0\0" "\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0", "sizes contradict"),
		BAD(START MAP "R\0\0\0\x10\0\0\0" "\0\0\0\0\0\0\0\0\4\0\0\0\x63\0\0\0", "sizes contradict"),
		BAD(START MAP "R\0\0\0\x10\0\0\0" "\xff\xff\xff\xff\xff\xff\xff\xff\4\0\0\0\1\0\0\0",
		    "sizes contradict"),
		BAD(START MAP "D\0\0\0\4\0\0\0" "1234", "not two addresses"),
		BAD(START MAP "D\0\0\0\x10\0\0\0" "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "a step backwards"),
		BAD(START MAP "L\0\0\0\4\0\0\0" "1234", "limits of another size"),
		BAD(START MAP "N\0\0\0\1\0\0\0xN\0\0\0\1\0\0\0x", "there twice"),
#undef BAD
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(free_ptr) char *path = scratch_bytes(&dir, "a", bad[i].bytes, bad[i].size);
		CLEANUP(free_ptr) char *uri = xasprintf("replay:%s", path);

		assert_err(memory_open(uri, &m), ERR_DATA, bad[i].words);
	}
	assert_err(memory_open("replay:", &m), ERR_USAGE, "expected a path");
	assert_err(memory_open("replay:/x?fast", &m), ERR_USAGE, "expected no option");
}

/* A program that was killed leaves half an entry. */
static void a_record_may_be_cut_off(void **state)
{
	CLEANUP(recording_deinit) struct recording r = recording_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	uint8_t bytes[64];

	(void)state;
	assert_ok(memory_open(r.record, &m));
	assert_ok(memory_read(m, PADDR(0x2000), bytes, 64));
	assert_ok(memory_read(m, PADDR(0x3000), bytes, 64));
	memory_close(m);
	m = NULL;
	assert_ok(file_read(r.file, 1 << 20, &b));
	for (size_t cut = 1; cut <= 88; cut++) {
		CLEANUP(memory_closep) struct memory *again = NULL;

		assert_int_equal(truncate(r.file, (off_t)(b.size - cut)), 0);
		assert_ok(memory_open(r.replay, &again));
		assert_ok(memory_read(again, PADDR(0x2000), bytes, 64));
		assert_err(memory_read(again, PADDR(0x3000), bytes, 64), ERR_DATA, "never recorded");
		assert_true(cut == 88 || strstr(memory_notes(again), "cut off"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_answered_again),
		cmocka_unit_test(what_was_not_read_is_absent),
		cmocka_unit_test(answers_come_in_their_order),
		cmocka_unit_test(holes_are_passed_over_again),
		cmocka_unit_test(a_record_is_private_and_never_written_over),
		cmocka_unit_test(broken_records_are_refused),
		cmocka_unit_test(a_record_may_be_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
