#include "tests/lib/unit.h"

#include "base/escape.h"

#define CHECK(function, bytes, expected) \
	do { \
		CLEANUP(buf_deinit) struct buf check_b = BUF_INIT; \
		function(&check_b, bytes, sizeof(bytes) - 1); \
		assert_string_equal(buf_str(&check_b), expected); \
	} while (0)

static void json_keeps_text_and_marks_the_rest(void **state)
{
	(void)state;
	CHECK(escape_json, "", "\"\"");
	CHECK(escape_json, "plain", "\"plain\"");
	CHECK(escape_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
	CHECK(escape_json, "\n\t\033[2J\x7f\0z", "\"\\u000a\\u0009\\u001b[2J\\u007f\\u0000z\"");
	CHECK(escape_json, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
	CHECK(escape_json, "\xff\xfe", "\"\\udcff\\udcfe\"");
}

/* Overlong forms, surrogates, beyond U+10FFFF, cut sequences: none is UTF-8. */
static void json_takes_no_malformed_utf8(void **state)
{
	(void)state;
	CHECK(escape_json, "\xc0\xaf", "\"\\udcc0\\udcaf\"");
	CHECK(escape_json, "\xe0\x80\xaf", "\"\\udce0\\udc80\\udcaf\"");
	CHECK(escape_json, "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"");
	CHECK(escape_json, "\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\"");
	CHECK(escape_json, "\xf5", "\"\\udcf5\"");
	CHECK(escape_json, "x\xe2\x82", "\"x\\udce2\\udc82\"");
	CHECK(escape_json, "\xc3(", "\"\\udcc3(\"");
}

static void text_for_people_has_no_control_character(void **state)
{
	(void)state;
	CHECK(escape_text, "\033[31mred", "\\x1b[31mred");
	CHECK(escape_text, "a\nb\\", "a\\x0ab\\\\");
	CHECK(escape_text, "\xc2\x9b" "31m", "\\xc2\\x9b31m");
	CHECK(escape_text, "\xff\xc3\xa4", "\\xff\xc3\xa4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_keeps_text_and_marks_the_rest),
		cmocka_unit_test(json_takes_no_malformed_utf8),
		cmocka_unit_test(text_for_people_has_no_control_character),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
