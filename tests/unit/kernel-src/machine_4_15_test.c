/* A whole machine as Ubuntu's 4.15 lays it out: 4 levels, bases that no variable tells, symbols with
 * absolute per-CPU addresses and 64-bit markers, the note and the page cache of that time. */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "kernel-src/resolve.h"
#include "recover/recovery.h"
#include "tests/lib/config_image.h"
#include "tests/lib/machine.h"
#include "tests/lib/scratch.h"
#include "tests/lib/text_memory.h"

#define RAM_END UINT64_C(0x3000000)
#define STRUCT_PAGES UINT64_C(0xc00000) /* where the machine has vmemmap */
#define DIRECT UINT64_C(0xffff880000000000)
#define CONFIG_PFN 0x1c00

static char *config_text(void)
{
	struct buf b = BUF_INIT;

	buf_add_str(&b, "#\n# Automatically generated file; DO NOT EDIT.\n"
			"# Linux/x86 4.15.0-20-generic Kernel Configuration\n#\nCONFIG_64BIT=y\n"
			"CONFIG_VERSION_SIGNATURE=\"Ubuntu 4.15.0-20.21-generic 4.15.17\"\n"
			"# CONFIG_RANDOMIZE_MEMORY is not set\n");
	for (unsigned int i = 0; i < 3000; i++)
		buf_addf(&b, i % 3 ? "CONFIG_DRIVER_%u=%c\n" : "# CONFIG_DRIVER_%u is not set\n", i,
			 "ym"[i & 1]);
	return b.data;
}

/* Copies [from, from + size) of the image to `to`; pointers into its direct map become the machine's. */
static void copy(struct memory *m, const struct config_image *i, uint64_t from, uint64_t size,
		 uint64_t to)
{
	CLEANUP(free_ptr) uint64_t *words = xmalloc(size);

	memcpy(words, i->bytes + from, size);
	for (uint64_t w = 0; w < size / 8; w++)
		if ((words[w] & ~UINT64_C(3)) - IMAGE_DIRECT < IMAGE_SIZE)
			words[w] -= IMAGE_DIRECT - DIRECT;
	machine_write(m, to, words, size);
}

/* The file in the page cache, its pages scattered: the struct page of 4.15, the radix tree. */
static void put_config(struct memory *m, const char *text, int missing)
{
	CLEANUP(config_image_deinit) struct config_image i;
	struct config_image_file file;
	uint64_t objects;

	config_image_init(&i);
	objects = i.next_object;
	i.mapping = 8;
	i.compound_head = 32;
	i.node_tag = 1;
	file = config_image_file(&i, "config-4.15.0-20-generic", text, CONFIG_PFN, -3);
	if (missing >= 0)
		config_image_drop(&i, &file, (size_t)missing);
	for (size_t p = 0; p < file.count; p++) {
		uint64_t pfn = file.pfns[p], at = config_image_struct(pfn);

		if ((int)p != missing)
			copy(m, &i, pfn * PAGE_SIZE, PAGE_SIZE, pfn * PAGE_SIZE);
		copy(m, &i, (uint64_t)((uint8_t *)config_image_at(&i, at) - i.bytes), 64,
		     STRUCT_PAGES + pfn * 64);
	}
	copy(m, &i, objects, i.next_object - objects, objects);
}

static char *raw_of(const struct scratch *dir, struct memory *m)
{
	CLEANUP(free_ptr) uint8_t *bytes = xmalloc(RAM_END);
	char *path = scratch_path(dir, "raw");
	CLEANUP(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_ok(memory_read(m, PADDR(0), bytes, RAM_END));
	assert_int_equal(write(fd, bytes, RAM_END), RAM_END);
	return path;
}

static void assert_has(const struct buf *b, const char *words)
{
	if (strstr(buf_str(b), words))
		return;
	fputs(buf_str(b), stderr); /* cmocka cuts long messages off */
	fail_msg("does not say \"%s\"", words);
}

static void assert_fact(const struct facts *f, const char *key, const char *value)
{
	const char *is = facts_get(f, key);

	if (!is || strcmp(is, value))
		fail_msg("%s is %s, expected %s", key, is ? is : "not there", value);
}

static struct err *run(struct memory *m, const struct scratch *dir, enum recovery_how how,
		       struct recovery *r)
{
	CLEANUP(free_ptr) char *path = raw_of(dir, m);
	struct recovery_options o = { .uri = path, .how = how };

	return recovery_run(&o, r);
}

static void check_kernel(const struct recovery *r)
{
	assert_fact(r->identity, "release", "4.15.0-20-generic");
	assert_fact(r->identity, "distribution", "ubuntu");
	assert_fact(r->identity, "package_version", "4.15.0-20.21");
	assert_fact(r->identity, "symbol.init_task", "0xffffffff81205000");
	assert_null(facts_get(r->identity, "symbol.page_offset_base"));
	assert_fact(r->boot, "levels", "4");
	assert_fact(r->boot, "kernel_shift", "0x19200000");
	assert_fact(r->boot, "phys_base", "-0x19200000");
	assert_fact(r->boot, "page_table_root", "0x1200000");
	assert_fact(r->boot, "page_offset_base", "0xffff880000000000");
	assert_fact(r->boot, "vmalloc_base", "0xffffc90000000000");
	assert_fact(r->boot, "vmemmap_base", "0xffffea0000000000");
	assert_has(&r->system_map, "0000000000000040 A per_cpu_1\n");
	assert_has(&r->system_map, "ffffffff81205000 D init_task\n");
	assert_has(&r->report, "base-relative, absolute per-CPU");
	assert_has(&r->report, "64-bit markers");
	assert_has(&r->vmcoreinfo, "OFFSET(page.compound_head)=32\n");
}

static void all_of_it_is_found(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_empty();
	CLEANUP(free_ptr) char *text = config_text();
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	machine_put(m, &machine_running_4_15);
	put_config(m, text, -1);
	assert_ok(run(m, &dir, RECOVERY_SEARCH, &r));
	check_kernel(&r);
	assert_non_null(strstr(buf_str(&r.config_text), text));
	assert_null(strstr(buf_str(&r.config_text), "# gap"));
}

static void what_is_missing_of_the_text_is_a_gap(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_empty();
	CLEANUP(free_ptr) char *text = config_text();
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	machine_put(m, &machine_running_4_15);
	put_config(m, text, 4);
	assert_ok(run(m, &dir, RECOVERY_SEARCH, &r));
	assert_has(&r.config_text, "# gap");
	assert_has(&r.config_text, "CONFIG_VERSION_SIGNATURE=\"Ubuntu 4.15.0-20.21-generic 4.15.17\"");
}

static void a_survey_finds_the_same(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_empty();
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

	(void)state;
	machine_put(m, &machine_running_4_15);
	assert_ok(run(m, &dir, RECOVERY_SURVEY, &r));
	assert_true(r.surveyed);
	check_kernel(&r);
}

static void its_source_is_named(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_empty();
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };
	CLEANUP(facts_freep) struct facts *source = facts_new();

	(void)state;
	machine_put(m, &machine_running_4_15);
	assert_ok(run(m, &dir, RECOVERY_SEARCH, &r));
	assert_ok(resolve_source(r.identity, source));
	assert_fact(source, "source", "linux");
	assert_fact(source, "version", "4.15.0-20.21");
	assert_fact(source, "flavour", "generic");
	assert_fact(source, "package", "linux-source-4.15.0");
	assert_fact(source, "file", "linux-source-4.15.0_4.15.0-20.21_all.deb");
}

/* The kernel carries its configuration, and the page cache has a file of it. */
static void put_carried(struct memory *m, const char *text)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text) };
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(1, 65536);

	memcpy(bytes, "IKCFG_ST", 8);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = bytes + 8;
	z.avail_out = 65520;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	memcpy(bytes + 8 + z.total_out, "IKCFG_ED", 8);
	deflateEnd(&z);
	machine_write(m, machine_running_4_15.pa + 0x150000, bytes, 65536);
}

static void what_contradicts_the_kernels_own_is_reported(void **state)
{
	static const struct {
		const char *from, *to, *words;
	} cached[] = {
		{ "DRIVER_1=m", "DRIVER_1=m", "3003 options of the text in the page cache agree" },
		{ "DRIVER_1=m", "DRIVER_1=y", "in 1 options, as CONFIG_DRIVER_1=y: the kernel's own" },
		{ "x86 4.15.0-20", "x86 4.15.0-21", "nothing to compare it with: config text: none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cached) / sizeof(*cached); i++) {
		CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
		CLEANUP(memory_closep) struct memory *m = machine_empty();
		CLEANUP(free_ptr) char *own = config_text(), *file = config_text();
		CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };

		memcpy(strstr(file, cached[i].from), cached[i].to, strlen(cached[i].to));
		machine_put(m, &machine_running_4_15);
		put_carried(m, own);
		put_config(m, file, -1);
		assert_ok(run(m, &dir, RECOVERY_SEARCH, &r));
		assert_has(&r.config_text, "# farwalk config text: ikconfig\n");
		assert_non_null(strstr(buf_str(&r.config_text), own));
		assert_has(&r.report, cached[i].words);
	}
}

/* The direct map of 4.20 and later, where the tables of this one have it. */
static void the_wrong_default_is_not_taken(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(memory_closep) struct memory *m = machine_empty();
	CLEANUP(recovery_deinit) struct recovery r = { .memory = NULL };
	struct machine_style neither = machine_4_15;
	struct machine_kernel k = machine_running_4_15;

	(void)state;
	neither.page_offset = UINT64_C(0xffff8a0000000000);
	k.style = &neither;
	machine_put(m, &k);
	assert_err(run(m, &dir, RECOVERY_SEARCH, &r), ERR_DATA, "page_offset_base: default says");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_found),
		cmocka_unit_test(what_is_missing_of_the_text_is_a_gap),
		cmocka_unit_test(a_survey_finds_the_same),
		cmocka_unit_test(its_source_is_named),
		cmocka_unit_test(what_contradicts_the_kernels_own_is_reported),
		cmocka_unit_test(the_wrong_default_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
