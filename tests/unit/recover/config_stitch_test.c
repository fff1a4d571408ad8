/* Pages of text without the structures that tell where they belong. */
#include "tests/unit/recover/config_text.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_struct_pages),
		cmocka_unit_test(a_neighbour_that_joins_by_chance),
		cmocka_unit_test(another_config_without_struct_pages),
		cmocka_unit_test(a_page_with_an_option_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
