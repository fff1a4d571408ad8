#include "tests/unit/recover/config_text.h"

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
		cmocka_unit_test(reads_that_fail),
		cmocka_unit_test(no_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
