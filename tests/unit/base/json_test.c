#include "tests/lib/unit.h"

#include "base/json.h"

static struct json parsed(const char *text)
{
	struct json v = { NULL, 0 };

	assert_ok(json_parse(text, strlen(text), &v));
	return v;
}

static void values_are_found(void **state)
{
	struct json v = parsed(" {\"return\": [{\"id\": \"ram\", \"size\": 4294967296, \"share\":true}, {}, "
			       "[[1]], null ],\"a\":{\"b\":-1.5e+3}, \"a\": 2} \r\n");
	struct json list = json_member(v, "return"), item = { NULL, 0 };
	uint64_t number = 0;
	size_t at = 0, n = 0;

	(void)state;
	assert_true(json_next(list, &at, &item));
	assert_true(json_equals(json_member(item, "id"), "ram"));
	assert_false(json_equals(json_member(item, "id"), "ra"));
	assert_true(json_u64(json_member(item, "size"), &number));
	assert_true(number == UINT64_C(4294967296));
	assert_true(json_true(json_member(item, "share")));
	while (json_next(list, &at, &item))
		n++;
	assert_int_equal(n, 3);
	assert_false(json_true(item));
	assert_null(json_member(v, "none").text);
	assert_null(json_member(list, "id").text);
	assert_null(json_member(json_member(v, "none"), "x").text);
	assert_false(json_u64(json_member(json_member(v, "a"), "b"), &number));
	at = 0;
	assert_false(json_next(v, &at, &item));
	assert_false(json_next(json_member(v, "none"), &at, &item));
	assert_false(json_next(parsed("[]"), &at, &item));
}

static void strings_are_decoded(void **state)
{
	static const struct {
		const char *json, *text;
	} good[] = {
		{ "\"\"", "" },
		{ "\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"", "a\n\t\"\\/\b\f\r" },
		{ "\"\\u0041\\u00e4\\u20ac\"", "A\xc3\xa4\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
		{ "\"\\ud83d\"", "\xef\xbf\xbd" },
		{ "\"\\ud83dx\\udE00\"", "\xef\xbf\xbdx\xef\xbf\xbd" },
		{ "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
		{ "\"\xc3\xa4\xff\"", "\xc3\xa4\xef\xbf\xbd" },
	};
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		buf_clear(&b);
		assert_true(json_string(parsed(good[i].json), &b));
		assert_string_equal(buf_str(&b), good[i].text);
	}
	assert_false(json_string(parsed("12"), &b));
	assert_false(json_is_string(parsed("[\"a\"]")));
}

static void whole_numbers(void **state)
{
	static const char *const bad[] = { "18446744073709551616", "99999999999999999999999", "-1", "1.0",
					   "1e3", "\"1\"", "true" };
	uint64_t number = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(json_u64(parsed(bad[i]), &number));
	assert_int_equal(number, 7);
	assert_true(json_u64(parsed("18446744073709551615"), &number));
	assert_true(number == UINT64_MAX);
}

static void malformed_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "", "byte 0: expected a value" },
		{ "  ", "expected a value" },
		{ "{", "expected a name" },
		{ "{\"a\"", "expected a colon" },
		{ "{\"a\":", "expected a value" },
		{ "{\"a\":1", "expected a comma or }" },
		{ "{\"a\":1,}", "expected a name" },
		{ "{a:1}", "expected a name" },
		{ "[1,]", "expected a value" },
		{ "[1 2]", "byte 3: expected a comma or ]" },
		{ "[1]]", "expected the end" },
		{ "\"abc", "expected the end of a string" },
		{ "\"a\\", "expected an escape" },
		{ "\"\\x\"", "expected an escape" },
		{ "\"\\u12g4\"", "4 hexadecimal digits" },
		{ "\"\\u12", "4 hexadecimal digits" },
		{ "\"a\nb\"", "control character" },
		{ "tru", "expected a value" },
		{ "-", "expected a value" },
		{ "1.", "expected a digit" },
		{ "1e", "expected a digit" },
		{ "nul", "expected a value" },
	};
	char deep[2 * JSON_DEPTH_MAX];
	struct json v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_err(json_parse(bad[i].text, strlen(bad[i].text), &v), ERR_DATA, bad[i].words);
	memset(deep, '[', sizeof(deep));
	assert_err(json_parse(deep, sizeof(deep), &v), ERR_DATA, "less nesting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(strings_are_decoded),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(malformed_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
