#include "tests/lib/unit.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "memory/source.h"
#include "recover/dump/dump.h"
#include "tests/lib/scratch.h"
#include "tests/lib/text_memory.h"

#define HIGH UINT64_C(0x8000000)

/* RAM as a machine has it, with something at its start, at its end and in between. */
static const char text[] = "ram 0x1000-0x9fc00\nram 0x100000-0x1000000\n"
			   "ram 0x8000000-0x8800000\n"
			   "0x1000: string \"first\"\n0x9fbf8: string \"edge\"\n"
			   "0x100000: u64 1 2 3\n0xfff000: string \"end\"\n"
			   "0x7ffffe: string \"across\"\n0x8400000: string \"high\"\n";

static volatile sig_atomic_t stop_flag;

/* The RAM of the text. Some of it cannot be read, and reading it stops the dump. */
struct faulty {
	struct memory *inner;
	struct ram_map bad;
	enum memory_status how;
	unsigned int vectors, stop_after; /* 0: never */
	unsigned int silent_from;	  /* vectors; 0: never */
};

static struct err *faulty_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct faulty *f = m->source;
	struct err *e = memory_read_vector(f->inner, reads, n);

	f->vectors++;
	stop_flag |= f->vectors == f->stop_after;
	for (size_t i = 0; i < n && !e; i++) {
		struct ram_map one = RAM_MAP_INIT, both = RAM_MAP_INIT;

		ram_map_add(&one, reads[i].at, paddr_add(reads[i].at, reads[i].size));
		ram_map_intersect(&both, &one, &f->bad);
		if (both.count)
			reads[i].status = f->how;
		if (f->silent_from && f->vectors >= f->silent_from)
			reads[i].status = MEMORY_TIMEOUT;
		ram_map_deinit(&one);
		ram_map_deinit(&both);
	}
	return e;
}

static void faulty_close(struct memory *m)
{
	struct faulty *f = m->source;

	memory_close(f->inner);
	ram_map_deinit(&f->bad);
	free(f);
}

static const struct memory_ops faulty_ops = {
	.scheme = "faulty", .close = faulty_close, .read = faulty_read,
};

static struct memory *faulty_memory(struct faulty **ret)
{
	struct faulty *f = xcalloc(1, sizeof(*f));
	struct memory *m = memory_new(&faulty_ops, "faulty:", f);

	f->inner = text_memory(text);
	f->how = MEMORY_UR;
	memory_set_ram_map(m, memory_ram_map(f->inner));
	*ret = f;
	stop_flag = 0;
	return m;
}

static struct err *dump(struct memory *m, const char *path, enum dump_format format,
			struct dump_result *ret)
{
	const struct dump_request q = {
		.memory = m, .path = path, .format = format, .kernel = "this one",
		.elf = { "OSRELEASE=6.1\n", 14, 0xffff888000000000, KADDR(0xffffffff81000000),
			 { PADDR(0x200000), PADDR(0x800000) } },
		.stop = &stop_flag,
	};

	return dump_run(&q, ret);
}

/* The file has every byte of m's RAM that is not in `absent`, and no other. */
static void assert_dumped(const char *path, struct memory *m, const struct ram_map *absent)
{
	CLEANUP(free_ptr) char *uri = xasprintf("file:%s", path);
	CLEANUP(memory_closep) struct memory *d = NULL;
	CLEANUP(ram_map_deinit) struct ram_map expected = RAM_MAP_INIT;
	CLEANUP(buf_deinit) struct buf a = BUF_INIT, b = BUF_INIT;
	struct faulty *f = m->source;

	ram_map_subtract(&expected, memory_ram_map(m), absent);
	assert_ok(memory_open(uri, &d));
	ram_map_format(&expected, &a);
	ram_map_format(memory_ram_map(d), &b);
	assert_string_equal(b.data, a.data);
	for (size_t i = 0; i < expected.count; i++) {
		size_t size = (size_t)(expected.ranges[i].end.v - expected.ranges[i].start.v);
		CLEANUP(free_ptr) uint8_t *x = xmalloc(size), *y = xmalloc(size);

		assert_ok(memory_read(f->inner, expected.ranges[i].start, x, size));
		assert_ok(memory_read(d, expected.ranges[i].start, y, size));
		assert_memory_equal(x, y, size);
	}
}

static const enum dump_format formats[] = { DUMP_ELF, DUMP_LIME, DUMP_RAW };

static void all_of_the_ram(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(free_ptr) char *path = scratch_path(&dir, "dump");
		CLEANUP(free_ptr) char *fresh = xasprintf("%s.new", path);
		CLEANUP(free_ptr) char *beside = xasprintf("%s.state", path);
		CLEANUP(free_ptr) char *absent = xasprintf("%s.absent", path);
		const struct ram_map none = RAM_MAP_INIT;
		struct faulty *f;
		CLEANUP(memory_closep) struct memory *m = faulty_memory(&f);
		CLEANUP(dump_result_deinit) struct dump_result r;
		struct stat st;

		assert_ok(dump(m, path, formats[i], &r));
		assert_int_equal(r.ram, ram_map_size(memory_ram_map(m)));
		assert_int_equal(r.absent, 0);
		assert_false(file_exists(fresh) || file_exists(beside) || file_exists(absent));
		assert_dumped(path, m, &none);
		/* zeros are not on the disk */
		assert_return_code(stat(path, &st), 0);
		assert_true(st.st_blocks * 512 < 1 << 20);
		assert_true(r.zero > r.ram - (1 << 16));
	}
}

static void pages_that_cannot_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(free_ptr) char *path = scratch_path(&dir, "dump");
		CLEANUP(free_ptr) char *list = xasprintf("%s.absent", path);
		struct faulty *f;
		CLEANUP(memory_closep) struct memory *m = faulty_memory(&f);
		CLEANUP(dump_result_deinit) struct dump_result r;
		CLEANUP(ram_map_deinit) struct ram_map absent = RAM_MAP_INIT;
		CLEANUP(buf_deinit) struct buf said = BUF_INIT;

		ram_map_add(&absent, PADDR(0x1000), PADDR(0x2000));
		ram_map_add(&absent, PADDR(0x9f000), PADDR(0x9fc00));
		ram_map_add(&absent, PADDR(0x7fe000), PADDR(0x801000));
		ram_map_add(&absent, PADDR(HIGH + 0x7ff000), PADDR(HIGH + 0x800000));
		ram_map_copy(&f->bad, &absent);
		assert_ok(dump(m, path, formats[i], &r));
		assert_int_equal(r.absent, ram_map_size(&absent));
		assert_dumped(path, m, &absent);
		assert_ok(file_read(list, 4096, &said));
		assert_string_equal(said.data, "# unsupported request\n0x1000-0x2000\n"
					       "0x9f000-0x9fc00\n0x7fe000-0x801000\n"
					       "0x87ff000-0x8800000\n");
	}
}

/* A dump that is interrupted after each window and resumed reads nothing twice. */
static void an_interrupted_dump_goes_on(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_path(&dir, "dump");
	CLEANUP(free_ptr) char *beside = xasprintf("%s.state", path);
	const struct ram_map none = RAM_MAP_INIT;
	uint64_t resumed = 0;
	unsigned int runs = 0;
	bool done = false;

	(void)state;
	while (!done) {
		struct faulty *f;
		CLEANUP(memory_closep) struct memory *m = faulty_memory(&f);
		CLEANUP(dump_result_deinit) struct dump_result r;
		struct err *e;

		f->stop_after = 1;
		e = dump(m, path, DUMP_ELF, &r);
		done = !e;
		assert_null(r.started_anew);
		assert_int_equal(r.resumed, resumed);
		if (!done) {
			assert_err(e, ERR_SYSTEM, "interrupted; ");
			assert_false(file_exists(path));
			assert_true(file_exists(beside));
		} else {
			assert_dumped(path, m, &none);
		}
		resumed = r.resumed + memory_counters(m)->bytes;
		runs++;
	}
	assert_int_equal(runs, 8); /* windows of 4 MiB in three ranges, and the end */
	assert_int_equal(resumed, 0x1000000 - 0x100000 + 0x9ec00 + 0x800000);
}

static void only_the_same_dump_goes_on(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_path(&dir, "dump");
	const struct ram_map none = RAM_MAP_INIT;
	CLEANUP(ram_map_deinit) struct ram_map less = RAM_MAP_INIT;
	struct faulty *f;
	CLEANUP(memory_closep) struct memory *m = faulty_memory(&f);
	CLEANUP(dump_result_deinit) struct dump_result r = { .ram = 0 };

	(void)state;
	f->stop_after = 3;
	assert_err(dump(m, path, DUMP_ELF, &r), ERR_SYSTEM, "interrupted");
	/* with another RAM map */
	ram_map_add(&less, PADDR(0x1000), PADDR(0x9f000));
	memory_set_ram_map(m, &less);
	stop_flag = 0;
	assert_ok(dump(m, path, DUMP_ELF, &r));
	assert_int_equal(r.resumed, 0);
	assert_non_null(strstr(r.started_anew, "is of a dump with another ram"));
	assert_dumped(path, m, &none);
	dump_result_deinit(&r);
	/* in another format */
	f->stop_after = f->vectors + 1;
	assert_err(dump(m, path, DUMP_LIME, &r), ERR_SYSTEM, "interrupted");
	stop_flag = 0;
	assert_ok(dump(m, path, DUMP_RAW, &r));
	assert_non_null(strstr(r.started_anew, "another format"));
	assert_dumped(path, m, &none);
}

/* RAM does not become absent because the source is gone. */
static void a_source_that_falls_silent(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_path(&dir, "dump");
	const struct ram_map none = RAM_MAP_INIT;
	struct faulty *f;
	CLEANUP(memory_closep) struct memory *m = faulty_memory(&f);
	CLEANUP(dump_result_deinit) struct dump_result r = { .ram = 0 };

	(void)state;
	f->silent_from = 4;
	assert_err(dump(m, path, DUMP_ELF, &r), ERR_SYSTEM, "faulty:: does not answer");
	assert_false(file_exists(path));
	f->silent_from = 0;
	assert_ok(dump(m, path, DUMP_ELF, &r));
	assert_true(r.resumed > 0);
	assert_int_equal(r.absent, 0);
	assert_dumped(path, m, &none);
}

static void nothing_can_be_read(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_path(&dir, "dump");
	CLEANUP(free_ptr) char *nowhere = scratch_path(&dir, "none/dump");
	struct faulty *f;
	CLEANUP(memory_closep) struct memory *m = faulty_memory(&f);
	CLEANUP(dump_result_deinit) struct dump_result r = { .ram = 0 };

	(void)state;
	ram_map_add(&f->bad, PADDR(0), PADDR(UINT64_MAX));
	assert_err(dump(m, path, DUMP_ELF, &r), ERR_DATA, "nothing of the RAM can be read");
	assert_err(dump(m, nowhere, DUMP_ELF, &r), ERR_SYSTEM, "none/dump.new: No such file");
}

/* More holes than the room in front has headers for. */
static void many_program_headers(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = RAM_MAP_INIT, held = RAM_MAP_INIT;
	const struct dump_elf elf = { NULL, 0, 0, KADDR(0), { PADDR(0), PADDR(0) } };
	CLEANUP(dump_layout_deinit) struct dump_layout layout;
	CLEANUP(buf_deinit) struct buf front = BUF_INIT, end = BUF_INIT;
	const Elf64_Ehdr *h;
	const Elf64_Shdr *s;

	(void)state;
	ram_map_add(&ram, PADDR(0x1000), PADDR(0x40000000));
	for (uint64_t i = 1; i <= 70000; i++)
		ram_map_add(&held, PADDR(i * 0x2000), PADDR(i * 0x2000 + 0x1000));
	dump_layout_init(DUMP_ELF, &ram, dump_elf_room(&elf, 1), &layout);
	dump_elf_headers(&elf, &layout, &held, &front, &end);
	h = (const void *)front.data;
	assert_true(front.size <= layout.pieces[0].offset);
	assert_int_equal(h->e_phnum, PN_XNUM);
	assert_true(h->e_phoff >= layout.size);
	s = (const void *)(end.data + (h->e_shoff - layout.size));
	assert_int_equal(s->sh_info, 70001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_the_ram),
		cmocka_unit_test(pages_that_cannot_be_read),
		cmocka_unit_test(an_interrupted_dump_goes_on),
		cmocka_unit_test(only_the_same_dump_goes_on),
		cmocka_unit_test(a_source_that_falls_silent),
		cmocka_unit_test(nothing_can_be_read),
		cmocka_unit_test(many_program_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
