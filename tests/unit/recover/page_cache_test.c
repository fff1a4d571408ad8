/* Which pages of RAM are pages of which file, by structures that may be forged. */
#include "base/alloc.h"
#include "tests/unit/recover/config_text.h"

static void large_folios(void **state)
{
	(void)state;
	for (int mask = 0; mask < 2; mask++) {
		FIXTURE(f);
		struct config_image_file file =
			add_file(&f, NAME, buf_str(&f.config), 1024, 1);

		/* Pages 4 to 7 are one folio. Only its first page has mapping and index. */
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
	/* one of the two is in the tree: it counts */
	memcpy(config_image_page(&f.image, 5000), config_image_page(&f.image, file.pfns[5]),
	       PAGE_SIZE);
	config_image_put(&f.image, config_image_struct(5000) + 24, file.mapping);
	config_image_put(&f.image, config_image_struct(5000) + 32, 3);
	offer(&f, 5000);
	assert_ok(recover(&f, true));
	assert_whole(&f);
	/* neither is in the tree: neither counts */
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
	assert_false(config_text_page(page)); /* the last line does not end */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_folios),
		cmocka_unit_test(older_layout),
		cmocka_unit_test(two_pages_for_one_index),
		cmocka_unit_test(hostile_structures),
		cmocka_unit_test(pages_of_another_kind),
		cmocka_unit_test(free_and_anonymous_pages),
		cmocka_unit_test(names_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
