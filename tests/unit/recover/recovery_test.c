#include "tests/lib/unit.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/progress.h"
#include "recover/recovery.h"
#include "tests/lib/kallsyms_image.h"
#include "tests/lib/machine.h"
#include "tests/lib/scratch.h"
#include "tests/lib/text_memory.h"

/* Writes [0, size) of m to the start of the file, and the rest behind it or moved. */
static char *raw_of(const struct scratch *dir, struct memory *m, const char *name)
{
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(1 << 20);
	char *path = scratch_path(dir, name);
	CLEANUP(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	uint64_t end = ram_map_end(memory_ram_map(m)).v;

	assert_return_code(ftruncate(fd, (off_t)end), 0);
	for (uint64_t at = 0; at < end; at += 1 << 20) {
		assert_ok(memory_read(m, PADDR(at), bytes, 1 << 20));
		if (bytes[0] || memcmp(bytes, bytes + 1, (1 << 20) - 1))
			assert_int_equal(pwrite(fd, bytes, 1 << 20, (off_t)at), 1 << 20);
	}
	return path;
}

static struct err *run(const char *uri, struct recovery *r)
{
	struct recovery_options o = { .uri = uri };

	return recovery_run(&o, r);
}

static void assert_has(const struct buf *b, const char *words)
{
	if (!strstr(buf_str(b), words))
		fail_msg("\"%s\" does not say \"%s\"", buf_str(b), words);
}

static void a_whole_machine(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(free_ptr) char *path = raw_of(&dir, m, "raw");
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL }, again = { .memory = NULL };

	(void)state;
	assert_ok(run(path, &r));
	assert_string_equal(facts_get(r.boot, "memory"), path);
	assert_string_equal(facts_get(r.identity, "release"), MACHINE_RELEASE);
	assert_string_equal(buf_str(&r.ram_map), "# of the source and the kernel's e820_table\n"
						 "0x1000-0x9f000\n0x100000-0x3000000\n");
	assert_has(&r.system_map, "ffffffff81205000 D init_task\n");
	assert_has(&r.config_text, "# farwalk config text: 0 pages\n# gap: ");
	assert_int_equal(r.btf.size, 0);
	assert_has(&r.report, "0x11f0000: linux_banner");
	/* the same memory gives the same report */
	assert_ok(run(path, &again));
	assert_string_equal(buf_str(&r.report), buf_str(&again.report));
}

/* 32 MiB lie below the PCI hole and 16 MiB from 4 GiB on; in the file they are side by side. */
static void a_hole_that_only_the_kernel_tells(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(free_ptr) char *path = NULL, *uri = NULL;
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	/* RAM: up to 0x1fff000, and 16 MiB at 4 GiB */
	text_memory_put(m, "0x902000: u32 2 0x100000 0 0x1eff000 0 1  0 1 0x1000000 0 1\n");
	path = raw_of(&dir, m, "raw");
	uri = xasprintf("%s?lowmem=0x2000000", path);
	assert_ok(run(path, &r));
	assert_string_equal(facts_get(r.boot, "memory"), uri);
	assert_has(&r.ram_map, "\n0x100000-0x1fff000\n0x100000000-0x101000000\n");
	assert_has(&r.report, "PCI hole: from 0x2000000 to 4 GiB");
}

static void the_source_has_less_than_the_kernel(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	text_memory_put(m, "0x902000: u32 1 0x100000 0 0x7f00000 0 1\n");
	path = raw_of(&dir, m, "raw");
	assert_ok(run(path, &r));
	assert_has(&r.report, "the source lacks 80.0 MiB of the RAM that e820_table has");
}

static void a_broken_table_of_ram(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(free_ptr) char *path = NULL;
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	text_memory_put(m, "0x902000: u32 0xffffffff\n");
	path = raw_of(&dir, m, "raw");
	assert_ok(run(path, &r));
	assert_string_equal(buf_str(&r.ram_map), "# of the source\n0x0-0x3000000\n");
	assert_has(&r.report, "RAM map: the source's alone: e820_table: has 4294967295 entries");
}

static void what_holds_no_kernel(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = text_memory("ram 0x0-0x1000000\n");
	CLEANUP(free_ptr) char *zeros = raw_of(&dir, m, "zeros"), *text = NULL;
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	assert_err(run(zeros, &r), ERR_ABSENT, "/zeros: no kernel found: the memory is all zeros");
	recovery_deinit(&r);
	text_memory_put(m, "0x800000: string \"Linux version 6.1 (a@b) (gcc) #1\"\n");
	text = raw_of(&dir, m, "text");
	assert_err(run(text, &r), ERR_ABSENT, "\nsearched: 16.0 MiB; seen: banner 1, vmcoreinfo 0, ");
	recovery_deinit(&r);
	assert_err(run("file:/nowhere/at/all", &r), ERR_SYSTEM, "/nowhere/at/all: No such file");
}

/* --- what a tenant writes into pages of the image that were freed ------------------------- */

/* A second symbol table of the same kernel, with wrong addresses. */
static void plant_table(struct memory *m)
{
	const struct machine_kernel *k = &machine_running;
	struct image_symbol *s = image_symbols(&image_layouts[0], k->va, MACHINE_IMAGE_SIZE, 2000);
	struct kernel_image image;

	for (size_t i = 0; i < 2000; i++)
		if (!strcmp(s[i].name, "linux_banner"))
			s[i].address = k->va + MACHINE_BANNER;
	image = kernel_image_build(&image_layouts[0], k->va, MACHINE_IMAGE_SIZE, MACHINE_FREED, s,
				   2000);
	machine_write(m, k->pa + image.tables, image.data.data + image.tables,
		      (image.end - image.tables + 7) & ~(size_t)7);
	kernel_image_deinit(&image);
	image_symbols_free(s, 2000);
}

/* A second table that claims as many symbols as there may be. */
static void plant_count(struct memory *m)
{
	const struct machine_kernel *k = &machine_running;
	struct image_symbol *s = image_symbols(&image_layouts[0], k->va, MACHINE_IMAGE_SIZE, 2000);
	struct kernel_image image = kernel_image_build(&image_layouts[0], k->va, MACHINE_IMAGE_SIZE,
						       MACHINE_FREED, s, 2000);
	uint64_t at = k->pa + image.num_syms;

	machine_write(m, k->pa + image.tables, image.data.data + image.tables,
		      (image.end - image.tables + 7) & ~(size_t)7);
	text_memory_putf(m, "0x%lx: u64 0x1fffff\n", at);
	kernel_image_deinit(&image);
	image_symbols_free(s, 2000);
}

/* Nothing but token tables, one right behind the other. */
static void plant_tokens(struct memory *m)
{
	const struct machine_kernel *k = &machine_running;
	struct image_symbol *s = image_symbols(&image_layouts[0], k->va, MACHINE_IMAGE_SIZE, 2000);
	struct kernel_image image = kernel_image_build(&image_layouts[0], k->va, MACHINE_IMAGE_SIZE,
						       MACHINE_FREED, s, 2000);
	size_t size = (image.token_index + 512 - image.token_table + 7) & ~(size_t)7;

	for (size_t i = 0; i < 80; i++)
		machine_write(m, k->pa + MACHINE_FREED + i * size,
			      image.data.data + image.token_table, size);
	kernel_image_deinit(&image);
	image_symbols_free(s, 2000);
}

static const struct {
	void (*put)(struct memory *m);
	const char *without; /* the error where no page is known to be read-only; NULL: none */
} plants[] = {
	{ plant_table, "contradict each other" },
	{ plant_count, NULL }, /* this does not make a second table */
	{ plant_tokens, "more than 64 token tables" },
};

static void what_is_planted_is_not_looked_at(void **state)
{
	static const enum recovery_how ways[] = { RECOVERY_SEARCH, RECOVERY_SURVEY };

	(void)state;
	for (size_t i = 0; i < sizeof(plants) / sizeof(*plants) * 2; i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(memory_closep) struct memory *m = machine_memory();
		CLEANUP(free_ptr) char *path = NULL;
		CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };
		struct recovery_options o = { .how = ways[i % 2] };
		double since = monotonic_seconds();

		plants[i / 2].put(m);
		o.uri = path = raw_of(&dir, m, "raw");
		assert_ok(recovery_run(&o, &r));
		assert_has(&r.system_map, "ffffffff81205000 D init_task\n");
		assert_has(&r.report, ", in pages mapped read-only\n");
		assert_true(monotonic_seconds() - since < 10);
	}
}

static void without_read_only_pages_it_is_and_that_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plants) / sizeof(*plants); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(memory_closep) struct memory *m = machine_memory();
		CLEANUP(free_ptr) char *path = NULL;
		CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

		text_memory_put(m, "0x1202000[209]: u64 0x10001e3\n");
		plants[i].put(m);
		path = raw_of(&dir, m, "raw");
		if (plants[i].without) {
			assert_err(run(path, &r), ERR_DATA, plants[i].without);
			continue;
		}
		assert_ok(run(path, &r));
		assert_has(&r.report, "without pages mapped read-only: a tenant may hold parts");
	}
}

/* --- a configuration in a module -------------------------------------------------------- */

#define CARRIED_LINES 2000

static char *carried_text(void)
{
	struct buf b = BUF_INIT;

	buf_add_str(&b, "# CONFIG_IKCONFIG_PROC is not set\nCONFIG_IKCONFIG=m\n");
	for (uint64_t i = 0; i < CARRIED_LINES; i++)
		buf_addf(&b, "CONFIG_%016jX=y\n",
			 (uintmax_t)((i + 1) * UINT64_C(0x9e3779b97f4a7c15)));
	return b.data;
}

/* The bytes of the module in 16 pages of RAM behind 3 MiB, the first one the highest; mapped: at
 * 0xffffffffc0000000. */
static void put_module(struct memory *m, const char *text, bool mapped)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text) };
	uint64_t top = machine_running.pa + MACHINE_TOP_TABLE, table = 0x910000;
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(16, PAGE_SIZE);
	size_t size;

	memcpy(bytes + 0xf00, "IKCFG_ST", 8);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = bytes + 0xf08;
	z.avail_out = 14 * PAGE_SIZE;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size = 0xf08 + z.total_out;
	deflateEnd(&z);
	assert_true(size > 2 * PAGE_SIZE);
	memcpy(bytes + size, "IKCFG_ED", 8);
	for (uint64_t i = 0; i < 16; i++) {
		machine_write(m, 0x30f000 - i * PAGE_SIZE, bytes + i * PAGE_SIZE, PAGE_SIZE);
		text_memory_putf(m, "0x%jx[%ju]: u64 0x80000000%08jx\n", (uintmax_t)table,
				 (uintmax_t)i, (uintmax_t)((0x30f000 - i * PAGE_SIZE) | 0x161));
	}
	/* entry 511 of the tables of level 2 */
	if (mapped)
		text_memory_putf(m, "0x%jx[511]: u64 0x%jx\n0x%jx[0]: u64 0x%jx\n",
				 (uintmax_t)top + 0x1000, (uintmax_t)0x911063, (uintmax_t)0x911000,
				 (uintmax_t)table | 0x63);
}

static void the_module_of_ikconfig(void **state)
{
	(void)state;
	for (int mapped = 0; mapped < 2; mapped++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(memory_closep) struct memory *m = machine_memory();
		CLEANUP(free_ptr) char *text = carried_text(), *path = NULL;
		CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

		put_module(m, text, mapped);
		path = raw_of(&dir, m, "raw");
		assert_ok(run(path, &r));
		if (!mapped) { /* nobody says that these bytes are a module's */
			assert_has(&r.config_text, "# farwalk config text: 0 pages\n");
			continue;
		}
		assert_has(&r.config_text, "# farwalk config text: ikconfig\n");
		assert_non_null(strstr(buf_str(&r.config_text), text));
		assert_has(&r.report, "IKCONFIG in a module at 0xffffffffc0000f00");
	}
}

static void a_module_that_is_broken(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(free_ptr) char *text = carried_text(), *path = NULL;
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	put_module(m, text, true);
	text_memory_put(m, "0x30e000: fill 256 0xff\n");
	path = raw_of(&dir, m, "raw");
	assert_ok(run(path, &r));
	assert_has(&r.config_text, "# farwalk config text: 0 pages\n");
	assert_has(&r.report, "module at 0xffffffffc0000f00: ikconfig: broken gzip data after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_machine),
		cmocka_unit_test(a_hole_that_only_the_kernel_tells),
		cmocka_unit_test(the_source_has_less_than_the_kernel),
		cmocka_unit_test(a_broken_table_of_ram),
		cmocka_unit_test(what_holds_no_kernel),
		cmocka_unit_test(what_is_planted_is_not_looked_at),
		cmocka_unit_test(without_read_only_pages_it_is_and_that_is_said),
		cmocka_unit_test(the_module_of_ikconfig),
		cmocka_unit_test(a_module_that_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
