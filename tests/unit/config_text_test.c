#include "tests/lib/unit.h"

#include "base/view.h"
#include "recover/config_text.h"
#include "tests/lib/config_image.h"
#include "tests/lib/failing.h"

#define RELEASE "6.1.0-56-amd64"
#define NAME "config-" RELEASE
static const char banner[] = "Linux version 6.1.0-56-amd64 (d@d) (gcc-12 (Debian 12.2.0) 12.2.0, "
			     "GNU ld 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)";

/* The config of a kernel, with names and values of its own for each seed. */
static void make_config(struct buf *b, const char *version, unsigned int seed, size_t options)
{
	buf_add_str(b, "#\n# Automatically generated file; DO NOT EDIT.\n");
	if (version)
		buf_addf(b, "# Linux/x86 %s Kernel Configuration\n#\n", version);
	for (size_t i = 0; i < options; i++) {
		unsigned int mix = (unsigned int)i * 2654435761u;

		if (i % 40 == 0)
			buf_addf(b, "\n#\n# Menu %zu\n#\n", i / 40);
		if ((mix >> 9) % 3 == 0)
			buf_addf(b, "# CONFIG_OPTION_%x_%zu is not set\n", mix >> 20, i);
		else if ((mix >> 9) % 3 == 1)
			buf_addf(b, "CONFIG_DRIVER_%x_%zu=%c\n", mix >> 18, i, "ym"[seed & 1]);
		else
			buf_addf(b, "CONFIG_LIMIT_%zu=%u\n", i, seed);
	}
}

struct fixture {
	struct config_image image;
	struct buf config; /* of the running kernel */
	struct paddr at[1024];
	size_t count;
	struct config_text_hints hints;
	struct buf text, report;
};

static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .hints = { .vmemmap_base = IMAGE_VMEMMAP, .release = RELEASE,
					  .banner = banner } };
	config_image_init(&f->image);
	make_config(&f->config, "6.1.192", 7, 1500);
}

static void fixture_deinit(struct fixture *f)
{
	config_image_deinit(&f->image);
	buf_deinit(&f->config);
	buf_deinit(&f->text);
	buf_deinit(&f->report);
}

static void offer(struct fixture *f, uint64_t pfn)
{
	f->at[f->count++] = PADDR(pfn << PAGE_SHIFT);
}

static struct config_image_file add_file(struct fixture *f, const char *name, const char *text,
					 uint64_t pfn, int step)
{
	struct config_image_file file = config_image_file(&f->image, name, text, pfn, step);

	for (size_t i = 0; i < file.count; i++)
		offer(f, file.pfns[file.count - 1 - i]);
	return file;
}

static struct config_image_file add_running(struct fixture *f)
{
	return add_file(f, NAME, buf_str(&f->config), 1000, -3);
}

static struct err *recover(struct fixture *f, bool symbols)
{
	struct config_pages pages = { f->at, f->count };

	buf_clear(&f->text);
	buf_clear(&f->report);
	return config_text_recover(f->image.memory, symbols ? &f->image.kernel : NULL, &f->hints,
				   &pages, &f->text, &f->report);
}

/* The whole config came out, and nothing else. */
static void assert_whole(struct fixture *f)
{
	char header[80];
	size_t pages = (f->config.size + PAGE_SIZE - 1) / PAGE_SIZE;

	snprintf(header, sizeof(header), "# farwalk config text: %zu of %zu pages\n", pages,
		 pages);
	assert_int_equal(strncmp(buf_str(&f->text), header, strlen(header)), 0);
	assert_string_equal(buf_str(&f->text) + strlen(header), buf_str(&f->config));
}

/* Every line of the text but gaps is a line of the config, in order; *gaps is how many gaps. Lines
 * that touch one of the missing pages are not there, and all others are. */
static void assert_without(struct fixture *f, const bool *missing, size_t gaps)
{
	const char *line = strchr(buf_str(&f->text), '\n') + 1;
	size_t seen = 0;

	for (const char *p = buf_str(&f->config); *p; p = strchr(p, '\n') + 1) {
		size_t size = (size_t)(strchr(p, '\n') + 1 - p);
		size_t at = (size_t)(p - f->config.data), before = at ? at - 1 : 0;

		while (!strncmp(line, "# gap: ", 7)) {
			line = strchr(line, '\n') + 1;
			seen++;
		}
		if (missing[before / PAGE_SIZE] || missing[at / PAGE_SIZE] ||
		    missing[(at + size - 1) / PAGE_SIZE])
			continue;
		if (strncmp(line, p, size) != 0)
			fail_msg("expected %.*s found %.*s", (int)size, p, (int)size, line);
		line += size;
	}
	for (; !strncmp(line, "# gap: ", 7); seen++)
		line = strchr(line, '\n') + 1;
	assert_string_equal(line, "");
	assert_int_equal(seen, gaps);
}

#define FIXTURE(name) \
	CLEANUP(fixture_deinit) struct fixture name; \
	fixture_init(&name)

static void pages_in_any_order(void **state)
{
	FIXTURE(f);

	(void)state;
	add_running(&f);
	assert_ok(recover(&f, true));
	assert_whole(&f);
	assert_non_null(strstr(buf_str(&f.report), NAME));
}

static void pages_that_the_scan_missed(void **state)
{
	FIXTURE(f);

	(void)state;
	add_running(&f);
	f.count = 1;
	assert_ok(recover(&f, true));
	assert_whole(&f);
}

static void missing_pages(void **state)
{
	static const size_t sets[][3] = { { 0, 1, 2 }, { 3, 3, 3 }, { 2, 4, 6 }, { 9, 3, 4 } };

	(void)state;
	for (size_t set = 0; set < sizeof(sets) / sizeof(*sets); set++) {
		FIXTURE(f);
		struct config_image_file file = add_running(&f);
		bool missing[IMAGE_FILE_PAGES] = { false };
		size_t gaps = 0;

		for (size_t i = 0; i < 3; i++)
			if (sets[set][i] < file.count) {
				config_image_drop(&f.image, &file, sets[set][i]);
				missing[sets[set][i]] = true;
			}
		for (size_t i = 0; i < file.count; i++)
			gaps += missing[i] && (!i || !missing[i - 1]);
		assert_ok(recover(&f, true));
		assert_without(&f, missing, gaps);
	}
}

static void missing_end(void **state)
{
	FIXTURE(f);
	struct config_image_file file = add_running(&f);
	bool missing[IMAGE_FILE_PAGES] = { false };

	(void)state;
	config_image_drop(&f.image, &file, file.count - 1);
	missing[file.count - 1] = true;
	assert_ok(recover(&f, true));
	assert_non_null(strstr(buf_str(&f.text), "of at least"));
	assert_without(&f, missing, 1);
}

static void zeroed_page(void **state)
{
	FIXTURE(f);
	struct config_image_file file = add_running(&f);
	bool missing[IMAGE_FILE_PAGES] = { [3] = true };

	(void)state;
	memset(config_image_page(&f.image, file.pfns[3]), 0, PAGE_SIZE);
	assert_ok(recover(&f, true));
	assert_without(&f, missing, 1);
}

static void page_of_another_config_in_its_place(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf other = BUF_INIT;
	struct config_image_file file = add_running(&f);

	(void)state;
	/* The same page of a config that is a little longer: every line is cut elsewhere. */
	make_config(&other, "6.1.192-other", 7, 1500);
	memcpy(config_image_page(&f.image, file.pfns[3]), other.data + 3 * PAGE_SIZE - 4,
	       PAGE_SIZE);
	assert_ok(recover(&f, true));
	assert_non_null(strstr(buf_str(&f.text), "do not join"));
}

static void other_kernels(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf old = BUF_INIT, older = BUF_INIT, flavour = BUF_INIT;

	(void)state;
	make_config(&old, "6.1.187", 8, 1500);
	make_config(&older, "6.1.19", 8, 1500);
	make_config(&flavour, "6.1.192", 8, 900);
	add_file(&f, "config-6.1.0-55-amd64", buf_str(&old), 2000, 1);
	add_file(&f, NAME, buf_str(&older), 2200, 1);
	add_file(&f, "config-6.1.0-56-cloud-amd64", buf_str(&flavour), 2400, 1);
	add_file(&f, ".config", buf_str(&old), 2600, 1);
	assert_err(recover(&f, true), ERR_ABSENT, "none of");
	assert_int_equal(f.text.size, 0);
	assert_non_null(strstr(buf_str(&f.report), "another kernel by its name"));
	assert_non_null(strstr(buf_str(&f.report), "another kernel by its header"));
	add_running(&f);
	assert_ok(recover(&f, true));
	assert_whole(&f);
}

static void header_alone(void **state)
{
	FIXTURE(f);
	struct config_image_file file = add_file(&f, ".config", buf_str(&f.config), 1000, 1);

	(void)state;
	assert_ok(recover(&f, true));
	assert_whole(&f);
	/* Nothing says whose it is any more, until a packaged config agrees. */
	config_image_drop(&f.image, &file, 0);
	assert_err(recover(&f, true), ERR_ABSENT, "none of");
	f.hints.reference = buf_str(&f.config);
	assert_ok(recover(&f, true));
	assert_without(&f, (bool[IMAGE_FILE_PAGES]){ true }, 1);
}

static void two_that_fit(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf other = BUF_INIT;

	(void)state;
	add_running(&f);
	add_file(&f, NAME, buf_str(&f.config), 2000, 1);
	assert_ok(recover(&f, true));
	assert_whole(&f);
	/* One that fits less and differs is reported, one that fits as well is an error. */
	make_config(&other, "6.1.192", 8, 1500);
	add_file(&f, ".config", buf_str(&other), 2200, 1);
	assert_ok(recover(&f, true));
	assert_whole(&f);
	assert_non_null(strstr(buf_str(&f.report), "two files differ"));
	add_file(&f, NAME, buf_str(&other), 2400, 1);
	assert_err(recover(&f, true), ERR_DATA, "differ in CONFIG_");
	assert_int_equal(f.text.size, 0);
}

/* Anybody can write such a file somewhere. */
static void one_outside_boot(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf other = BUF_INIT;

	(void)state;
	make_config(&other, "6.1.192", 8, 1600);
	f.image.folder = "tmp";
	add_file(&f, NAME, buf_str(&other), 2000, 1);
	f.image.folder = "boot";
	add_running(&f);
	f.image.folder = "tmp";
	add_file(&f, NAME, buf_str(&other), 2400, 1);
	assert_ok(recover(&f, true));
	assert_whole(&f);
	assert_non_null(strstr(buf_str(&f.report), "file tmp/" NAME));
	assert_non_null(strstr(buf_str(&f.report), "file boot/" NAME));
}

static void banner_against_it(void **state)
{
	FIXTURE(f);

	(void)state;
	buf_add_str(&f.config, "CONFIG_PREEMPT_RT=y\n");
	add_running(&f);
	assert_err(recover(&f, true), ERR_ABSENT, "none of");
	assert_non_null(strstr(buf_str(&f.report), "the banner contradicts"));
}

static void auto_conf(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	buf_add_str(&b, "#\n# Automatically generated file; DO NOT EDIT.\n"
			"# Linux/x86 6.1.192 Kernel Configuration\n#\n");
	for (int i = 0; i < 600; i++)
		buf_addf(&b, "CONFIG_DRIVER_%d=m\n", i);
	add_file(&f, "auto.conf", buf_str(&b), 2000, 1);
	add_file(&f, ".config", buf_str(&f.config), 1000, 1);
	assert_ok(recover(&f, true));
	assert_whole(&f);
}

static void large_folios(void **state)
{
	(void)state;
	for (int mask = 0; mask < 2; mask++) {
		FIXTURE(f);
		struct config_image_file file =
			add_file(&f, NAME, buf_str(&f.config), 1024, 1);

		/* Pages 4 to 7 are one folio: only its first has mapping and index. */
		for (size_t i = 5; i < 8; i++) {
			uint64_t page = config_image_struct(1024 + i);
			uint64_t head = config_image_struct(1024 + 4);

			config_image_put(&f.image, page + 24, UINT64_C(0xdead000000000400));
			config_image_put(&f.image, page + 32, 77);
			config_image_put(&f.image, page + 8, mask ? ~UINT64_C(0xff) | 1 : head | 1);
			config_image_put(&f.image, file.node + 40 + 8 * i, (4 << 2) | 2);
		}
		assert_ok(recover(&f, true));
		assert_whole(&f);
	}
}

static void older_layout(void **state)
{
	FIXTURE(f);

	(void)state;
	f.image.mapping = 8;
	f.image.node_tag = 1;
	f.hints.page_mapping_offset = 8;
	f.hints.page_compound_head_offset = 32;
	add_running(&f);
	f.count = 2;
	assert_ok(recover(&f, true));
	assert_whole(&f);
}

static void two_pages_for_one_index(void **state)
{
	FIXTURE(f);
	struct config_image_file file = add_running(&f);
	bool missing[IMAGE_FILE_PAGES] = { [3] = true };

	(void)state;
	/* The tree has one of them: that one. */
	memcpy(config_image_page(&f.image, 5000), config_image_page(&f.image, file.pfns[5]),
	       PAGE_SIZE);
	config_image_put(&f.image, config_image_struct(5000) + 24, file.mapping);
	config_image_put(&f.image, config_image_struct(5000) + 32, 3);
	offer(&f, 5000);
	assert_ok(recover(&f, true));
	assert_whole(&f);
	/* It has none: neither. */
	config_image_put(&f.image, file.node + 40 + 8 * 3, 0);
	assert_ok(recover(&f, true));
	assert_without(&f, missing, 1);
}

static void hostile_structures(void **state)
{
	FIXTURE(f);
	struct config_image_file file = add_running(&f);
	uint64_t node = file.node;

	(void)state;
	/* A tree that leads into itself and names pages of another file. */
	config_image_put(&f.image, node, 6);
	for (size_t i = 0; i < 64; i++)
		config_image_put(&f.image, node + 40 + 8 * i,
				 i % 2 ? node | 2 : config_image_struct(7000 + i));
	/* Indices beyond every file, and one that wraps. */
	config_image_put(&f.image, config_image_struct(file.pfns[2]) + 32, UINT64_MAX);
	config_image_put(&f.image, config_image_struct(file.pfns[4]) + 32, 100000);
	/* A dentry that points into nowhere, a name without an end. */
	memset(config_image_at(&f.image, file.dentry + 56), 'A', 300);
	assert_ok(recover(&f, true));
	assert_without(&f, (bool[IMAGE_FILE_PAGES]){ [2] = true, [4] = true }, 2);
}

static void pages_of_another_kind(void **state)
{
	static const char *const texts[] = {
		"config X\n\tbool \"CONFIG_X\"\n\tdepends on CONFIG_Y\n",
		"#ifdef CONFIG_X\nint x;\n#endif\n#define CONFIG_X 1\n",
		"Set CONFIG_X=y in your config.\n\nCONFIG_X=y\n",
		"obj-$(CONFIG_X) += x.o\n",
	};
	CLEANUP(free_ptr) char *page = xcalloc(1, PAGE_SIZE);
	FIXTURE(f);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;

		while (b.size < 3 * PAGE_SIZE)
			buf_add_str(&b, texts[i]);
		assert_false(config_text_page(b.data));
		assert_false(config_text_page(b.data + PAGE_SIZE));
		add_file(&f, "Kconfig", buf_str(&b), 3000 + 100 * i, 1);
	}
	memset(page, 'A', PAGE_SIZE);
	assert_false(config_text_page(page));
	memcpy(page, "CONFIG_X=y\nCONFIG_Y=y\nCONFIG_", 29);
	assert_false(config_text_page(page)); /* the last line has no end */
	memset(page, 0, PAGE_SIZE);
	assert_false(config_text_page(page));
	memcpy(page, "=y\nCONFIG_X=y\nCONFIG_Y=y\n", 25);
	assert_true(config_text_page(page));
	page[4000] = 'A';
	assert_false(config_text_page(page));
	add_running(&f);
	offer(&f, 0);
	offer(&f, UINT64_MAX >> PAGE_SHIFT);
	f.at[f.count++] = PADDR(0x12345);
	assert_ok(recover(&f, true));
	assert_whole(&f);
}

static void free_and_anonymous_pages(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf other = BUF_INIT;
	struct config_image_file file;

	(void)state;
	make_config(&other, "6.1.192", 8, 1500);
	file = add_file(&f, NAME, buf_str(&other), 2000, 1);
	for (size_t i = 0; i < file.count; i++)
		config_image_put(&f.image, config_image_struct(2000 + i) + 24,
				 i % 2 ? 0 : file.mapping | 1);
	add_running(&f);
	assert_ok(recover(&f, true));
	assert_whole(&f);
}

static void names_are_escaped(void **state)
{
	FIXTURE(f);

	(void)state;
	add_file(&f, "\x1b[2J\n.config", buf_str(&f.config), 1000, 1);
	assert_ok(recover(&f, true));
	assert_null(strchr(buf_str(&f.report), '\x1b'));
	assert_non_null(strstr(buf_str(&f.report), "\\x1b[2J\\x0a.config"));
}

static void without_struct_pages(void **state)
{
	FIXTURE(f);
	struct config_image_file file = add_running(&f);
	bool missing[IMAGE_FILE_PAGES] = { false };

	(void)state;
	for (size_t i = 1; i < file.count; i++)
		missing[i] = true;
	assert_ok(recover(&f, false));
	assert_without(&f, missing, 1);
	f.hints.reference = buf_str(&f.config);
	assert_ok(recover(&f, false));
	assert_whole(&f);
	f.hints.release = NULL;
	assert_err(recover(&f, false), ERR_ABSENT, "none of");
}

/* The page behind the first in memory is not the next one, but joins. */
static void a_neighbour_that_joins_by_chance(void **state)
{
	FIXTURE(f);
	struct config_image_file file = config_image_file(&f.image, NAME, buf_str(&f.config), 1000, 1);
	bool missing[IMAGE_FILE_PAGES] = { [1] = true };

	(void)state;
	for (size_t i = 1; i + 1 < file.count; i++) /* page 1 is gone, all others moved up */
		memcpy(config_image_page(&f.image, 1000 + i),
		       config_image_page(&f.image, 1001 + i), PAGE_SIZE);
	for (size_t i = 0; i + 1 < file.count; i++)
		offer(&f, 1000 + i);
	f.hints.reference = buf_str(&f.config);
	assert_ok(recover(&f, false));
	assert_without(&f, missing, 1);
}

static void another_config_without_struct_pages(void **state)
{
	FIXTURE(f);
	CLEANUP(buf_deinit) struct buf other = BUF_INIT;
	struct config_image_file file;

	(void)state;
	/* Behind the header lie the pages of the same config with other values: taken as its own,
	 * for they follow it; far away they are not. */
	make_config(&other, "6.1.192", 8, 1500);
	file = add_file(&f, NAME, buf_str(&f.config), 1000, 1);
	f.hints.reference = buf_str(&other);
	assert_ok(recover(&f, false));
	assert_whole(&f);
	memcpy(config_image_page(&f.image, 4000), config_image_page(&f.image, 1003), PAGE_SIZE);
	memset(config_image_page(&f.image, 1003), 0, PAGE_SIZE);
	offer(&f, 4000);
	assert_ok(recover(&f, false));
	for (size_t i = 0; i < file.count; i++)
		assert_true(i < 3 || !strstr(buf_str(&f.text), "CONFIG_LIMIT_1499="));
}

/* A page far away whose options are the reference's but for one that is left out. */
static void a_page_with_an_option_less(void **state)
{
	FIXTURE(f);
	bool missing[IMAGE_FILE_PAGES] = { [3] = true };
	uint8_t *page;
	char *line;
	size_t size;

	(void)state;
	add_running(&f);
	page = config_image_page(&f.image, 1000 - 9);
	line = strstr((char *)page + 1000, "\nCONFIG_") + 1;
	size = (size_t)(strchr(line, '\n') + 1 - line);
	memset(line, '#', size - 1); /* its line stays, as an odd comment */
	line[1] = ' ';
	f.hints.reference = buf_str(&f.config);
	assert_ok(recover(&f, false));
	assert_without(&f, missing, 1);
}

/* Every line is one of the config's, in its order. */
static void assert_nothing_wrong(struct fixture *f)
{
	const char *line = strchr(buf_str(&f->text), '\n') + 1, *at = buf_str(&f->config);

	for (; *line; line = strchr(line, '\n') + 1) {
		size_t size = (size_t)(strchr(line, '\n') + 1 - line);

		if (!strncmp(line, "# gap: ", 7))
			continue;
		while (*at && strncmp(at, line, size) != 0)
			at = strchr(at, '\n') + 1;
		if (!*at)
			fail_msg("not a line of it, or not here: %.*s", (int)size, line);
		at += size;
	}
}

static void reads_that_fail(void **state)
{
	static const enum memory_status how[] = { MEMORY_IO, FAILING_GONE };

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		FIXTURE(f);
		struct config_pages pages = { f.at, 0 };
		bool failed = true;

		add_running(&f);
		pages.count = f.count;
		f.hints.reference = buf_str(&f.config);
		for (unsigned int n = 1; failed; n++) {
			CLEANUP(memory_closep) struct memory *m = failing_memory(
				config_image_memory(&f.image), n, how[k % 2]);
			struct xlat kernel = { m, f.image.kernel.root, 4, 0 };
			struct err *e;

			buf_clear(&f.text);
			e = config_text_recover(m, k < 2 ? &kernel : NULL, &f.hints, &pages,
						&f.text, &f.report);
			failed = failing_has_failed(m);
			if (failed && how[k % 2] == FAILING_GONE)
				assert_int_equal(e ? err_code(e) : 0, ERR_SYSTEM);
			assert_true(!e == (f.text.size > 0));
			if (!e)
				assert_nothing_wrong(&f);
			err_discard(e);
			assert_true(n < 100000);
		}
		assert_whole(&f);
	}
}

static void no_pages(void **state)
{
	FIXTURE(f);

	(void)state;
	assert_err(recover(&f, true), ERR_ABSENT, "none of 0 pages");
	assert_err(recover(&f, false), ERR_ABSENT, "none of 0 pages");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_in_any_order),
		cmocka_unit_test(pages_that_the_scan_missed),
		cmocka_unit_test(missing_pages),
		cmocka_unit_test(missing_end),
		cmocka_unit_test(zeroed_page),
		cmocka_unit_test(page_of_another_config_in_its_place),
		cmocka_unit_test(other_kernels),
		cmocka_unit_test(header_alone),
		cmocka_unit_test(two_that_fit),
		cmocka_unit_test(one_outside_boot),
		cmocka_unit_test(banner_against_it),
		cmocka_unit_test(auto_conf),
		cmocka_unit_test(large_folios),
		cmocka_unit_test(older_layout),
		cmocka_unit_test(two_pages_for_one_index),
		cmocka_unit_test(hostile_structures),
		cmocka_unit_test(pages_of_another_kind),
		cmocka_unit_test(free_and_anonymous_pages),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(without_struct_pages),
		cmocka_unit_test(a_neighbour_that_joins_by_chance),
		cmocka_unit_test(another_config_without_struct_pages),
		cmocka_unit_test(a_page_with_an_option_less),
		cmocka_unit_test(reads_that_fail),
		cmocka_unit_test(no_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
