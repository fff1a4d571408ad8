#include "tests/lib/unit.h"

#include <elf.h>
#include <unistd.h>

#include "base/file.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"

#define RAM "0x1000-0x9c00\n0x100000-0x120000\n0x100000000-0x100010000\n"
#define LOADS 3

/* An image in memory, to be made wrong. Program header 0 is the note. */
struct core {
	struct buf bytes;
	Elf64_Ehdr *header;
	Elf64_Phdr *load;
};

static struct core core_new(const struct scratch *dir)
{
	CLEANUP(free_ptr) char *path = dump_file(dir, "whole", RAM, dump_elf);
	struct core c = { BUF_INIT, NULL, NULL };

	assert_ok(file_read(path, 1 << 20, &c.bytes));
	c.header = (Elf64_Ehdr *)c.bytes.data;
	c.load = (Elf64_Phdr *)(c.bytes.data + c.header->e_phoff) + 1;
	return c;
}

static struct err *core_open(struct core *c, const struct scratch *dir, struct memory **ret)
{
	CLEANUP(free_ptr) char *path = scratch_bytes(dir, "core", c->bytes.data, c->bytes.size);

	buf_deinit(&c->bytes);
	return memory_open(path, ret);
}

static void segments_are_where_they_say(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = dump_file(&dir, "a", RAM, dump_elf);
	CLEANUP(memory_closep) struct memory *m = NULL;
	const char *text;
	size_t size;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(path, &m));
	assert_int_equal(memory_ram_map(m)->count, 3);
	assert_pattern(m, memory_ram_map(m));
	assert_err(memory_read(m, PADDR(0x9c00), &byte, 1), ERR_DATA, "hole");
	assert_string_equal(memory_notes(m), "");
	text = memory_vmcoreinfo(m, &size);
	assert_non_null(text);
	assert_string_equal(text, "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
	assert_int_equal(size, strlen(text));
}

/* kdump has the kernel's text twice. */
static void segments_may_overlap(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(ram_map_deinit) struct ram_map whole = RAM_MAP_INIT;
	struct core c = core_new(&dir);

	(void)state;
	/* the third becomes 0x118000-0x128000: a copy up to 0x120000, then new */
	c.load[2].p_paddr = 0x118000;
	dump_pattern(NULL, PADDR(0x118000), c.bytes.data + c.load[2].p_offset, 0x10000);
	assert_ok(core_open(&c, &dir, &m));
	assert_non_null(strstr(memory_notes(m),
			       "overlap others, the first 0x100000-0x120000 and 0x118000-0x128000"));
	ram_map_add(&whole, PADDR(0x1000), PADDR(0x9c00));
	ram_map_add(&whole, PADDR(0x100000), PADDR(0x128000));
	assert_int_equal(ram_map_size(memory_ram_map(m)), ram_map_size(&whole));
	assert_pattern(m, &whole);
}

static void what_was_left_out_is_absent(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	struct core c = core_new(&dir);
	uint8_t bytes[8];

	(void)state;
	c.load[1].p_filesz = 0x10000; /* of 0x20000 */
	c.load[2].p_filesz = 0;
	assert_ok(core_open(&c, &dir, &m));
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x8c00 + 0x20000 + 0x10000);
	assert_ok(memory_read(m, PADDR(0x10fff8), bytes, 8));
	assert_err(memory_read(m, PADDR(0x10fffc), bytes, 8), ERR_DATA, "absent: the ELF core");
	assert_err(memory_read(m, PADDR(0x100000000), bytes, 8), ERR_DATA, "absent");
	assert_int_equal(memory_next_data(m, PADDR(0x110000)).v, 0x110000);
	assert_string_equal(memory_notes(m), "");
}

static void cut_off_in_a_segment(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	struct core c = core_new(&dir);
	uint8_t bytes[8];

	(void)state;
	c.bytes.size = c.load[1].p_offset + 0x1234;
	assert_ok(core_open(&c, &dir, &m));
	assert_non_null(strstr(memory_notes(m), "cut off: 2 segments are not all in the file, the "
						"first is 0x100000-0x120000 of which it has 0x1234"));
	assert_ok(memory_read(m, PADDR(0x10122c), bytes, 8));
	assert_err(memory_read(m, PADDR(0x10122d), bytes, 8), ERR_DATA, "absent");
	assert_err(memory_read(m, PADDR(0x100000000), bytes, 8), ERR_DATA, "absent");
}

static void segments_without_an_address(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL, *none = NULL;
	struct core c = core_new(&dir);

	(void)state;
	c.load[1].p_paddr = UINT64_MAX;
	assert_ok(core_open(&c, &dir, &m));
	assert_int_equal(memory_ram_map(m)->count, 2);
	assert_non_null(strstr(memory_notes(m), "1 segments without a physical address"));
	c = core_new(&dir);
	for (int i = 0; i < LOADS; i++)
		c.load[i].p_paddr = UINT64_MAX;
	assert_err(core_open(&c, &dir, &none), ERR_DATA, "none of its 3 segments has a physical "
		   "address (p_paddr is -1)");
	c = core_new(&dir);
	for (int i = 0; i < LOADS; i++)
		c.load[i].p_paddr = 0;
	assert_err(core_open(&c, &dir, &none), ERR_DATA, "the core of a process");
	c = core_new(&dir);
	for (int i = 0; i < LOADS; i++)
		c.load[i].p_type = PT_NULL;
	assert_err(core_open(&c, &dir, &none), ERR_DATA, "no segment with memory");
}

/* The number of program headers stands in section header 0. */
static void more_headers_than_fit(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL, *none = NULL;
	struct core c = core_new(&dir);
	Elf64_Shdr section = { .sh_info = LOADS + 1 };

	(void)state;
	c.header->e_phnum = PN_XNUM;
	c.header->e_shoff = c.bytes.size;
	buf_add(&c.bytes, &section, sizeof(section));
	assert_ok(core_open(&c, &dir, &m));
	assert_pattern(m, memory_ram_map(m));
	assert_int_equal(memory_ram_map(m)->count, 3);
	c = core_new(&dir);
	c.header->e_phnum = PN_XNUM;
	c.header->e_shoff = c.bytes.size - 8;
	assert_err(core_open(&c, &dir, &none), ERR_DATA, "in section header 0");
	c = core_new(&dir);
	c.header->e_phnum = PN_XNUM;
	section.sh_info = UINT32_MAX;
	c.header->e_shoff = c.bytes.size;
	buf_add(&c.bytes, &section, sizeof(section));
	assert_err(core_open(&c, &dir, &none), ERR_DATA, "4294967295 program headers");
}

static void broken_headers_are_refused(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	struct core c;

	(void)state;
#define REFUSED(change, words) \
	do { \
		c = core_new(&dir); \
		change; \
		assert_err(core_open(&c, &dir, &m), ERR_DATA, words); \
	} while (0)
	REFUSED(c.bytes.size = 40, "need 64 bytes, have 40");
	REFUSED(c.header->e_ident[EI_CLASS] = ELFCLASS32, "expected 64 bits");
	REFUSED(c.header->e_ident[EI_DATA] = ELFDATA2MSB, "little-endian");
	REFUSED(c.header->e_type = ET_DYN, "ELF file of type 3, expected a core");
	REFUSED(c.header->e_machine = EM_AARCH64, "expected x86-64");
	REFUSED(c.header->e_phentsize = 32, "program headers of 32 bytes");
	REFUSED(c.header->e_phnum = 0, "no program headers");
	REFUSED(c.header->e_phnum = 60000, "60000 program headers at 0x40 are not all in");
	REFUSED(c.header->e_phoff = UINT64_MAX, "are not all in");
	REFUSED(c.header->e_phoff = UINT64_MAX - 7, "are not all in");
	REFUSED(c.bytes.size = 100, "are not all in");
	REFUSED(c.load[1].p_filesz = 0x20001, "program header 2: 0x20001 bytes in the file");
	REFUSED(c.load[1].p_paddr = UINT64_MAX - 1, "x86-64 has no such addresses");
	REFUSED(c.load[1].p_memsz = UINT64_C(1) << 52, "x86-64 has no such addresses");
#undef REFUSED
}

/* A segment that lies nowhere in the file is there, and absent. */
static void offsets_beyond_the_file(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = NULL;
	struct core c = core_new(&dir);
	uint8_t byte;

	(void)state;
	c.load[1].p_offset = UINT64_MAX - 3;
	assert_ok(core_open(&c, &dir, &m));
	assert_non_null(strstr(memory_notes(m), "cut off: 1 segments"));
	assert_err(memory_read(m, PADDR(0x100000), &byte, 1), ERR_DATA, "absent");
}

/* Notes that are wrong take nothing away from the memory. */
static void broken_notes(void **state)
{
	static const struct {
		Elf64_Nhdr note;
		const char *notes;
	} bad[] = {
		{ { UINT32_MAX, 4, 0 }, "ends after its segment" },
		{ { 11, UINT32_MAX, 0 }, "ends after its segment" },
		{ { 11, 0, 0 }, "" },
		{ { 0, 0, 0 }, NULL },
		{ { 12, 34, 0 }, "" },
	};
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CLEANUP(memory_closep) struct memory *m = NULL;
		struct core c = core_new(&dir);
		size_t size;

		memcpy(c.bytes.data + c.load[-1].p_offset, &bad[i].note, sizeof(bad[i].note));
		assert_ok(core_open(&c, &dir, &m));
		assert_null(memory_vmcoreinfo(m, &size));
		if (bad[i].notes)
			assert_non_null(strstr(memory_notes(m), bad[i].notes));
		assert_pattern(m, memory_ram_map(m));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_where_they_say),
		cmocka_unit_test(segments_may_overlap),
		cmocka_unit_test(what_was_left_out_is_absent),
		cmocka_unit_test(cut_off_in_a_segment),
		cmocka_unit_test(segments_without_an_address),
		cmocka_unit_test(more_headers_than_fit),
		cmocka_unit_test(broken_headers_are_refused),
		cmocka_unit_test(offsets_beyond_the_file),
		cmocka_unit_test(broken_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
