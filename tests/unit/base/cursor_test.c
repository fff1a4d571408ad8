#include "tests/lib/unit.h"

#include "base/cursor.h"

static void it_takes_what_is_there(void **state)
{
	static const char text[] = "  if (a";
	struct cursor c = { text, text + sizeof(text) - 1 };

	(void)state;
	assert_false(cursor_take(&c, "while"));
	assert_ptr_equal(c.at, text + 2);
	assert_true(cursor_take(&c, "if"));
	assert_true(cursor_take(&c, "("));
	assert_ptr_equal(c.at, text + 6);
	assert_true(cursor_take(&c, "a"));
	assert_ptr_equal(c.at, c.end);
	assert_false(cursor_take(&c, "a"));
	assert_true(cursor_take(&c, ""));
}

static void it_ends_where_the_text_ends(void **state)
{
	static const char text[] = "ab   )";
	struct cursor c = { text, text + 1 }, blank = { text + 2, text + 5 };

	(void)state;
	assert_false(cursor_take(&c, "ab"));
	assert_true(cursor_take(&c, "a"));
	cursor_skip_blanks(&blank);
	assert_ptr_equal(blank.at, text + 5);
	assert_false(cursor_take(&blank, ")"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_takes_what_is_there),
		cmocka_unit_test(it_ends_where_the_text_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
