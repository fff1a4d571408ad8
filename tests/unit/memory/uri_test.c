#include "tests/lib/unit.h"

#include "memory/uri.h"

static void options_are_taken(void **state)
{
	struct uri uri;
	uint64_t number = 7;
	bool flag = false;

	(void)state;
	assert_ok(uri_parse("/dumps/a?b.raw?lowmem=0x80000000&live&map=/x=y", &uri));
	assert_string_equal(uri.rest, "/dumps/a?b.raw");
	assert_ok(uri_take_hex(&uri, "top", &number));
	assert_int_equal(number, 7);
	assert_ok(uri_take_hex(&uri, "lowmem", &number));
	assert_int_equal(number, 0x80000000);
	assert_ok(uri_take_flag(&uri, "live", &flag));
	assert_true(flag);
	assert_err(uri_all_taken(&uri, "?lowmem"), ERR_USAGE, "\"?map\": expected ?lowmem");
	assert_string_equal(uri_take(&uri, "map"), "/x=y");
	assert_null(uri_take(&uri, "nothing"));
	assert_ok(uri_all_taken(&uri, ""));
	uri_deinit(&uri);
	assert_ok(uri_parse("/x?live=0", &uri));
	assert_ok(uri_take_flag(&uri, "live", &flag));
	assert_false(flag);
	uri_deinit(&uri);
	assert_ok(uri_parse("", &uri));
	assert_string_equal(uri.rest, "");
	uri_deinit(&uri);
}

static void malformed_options_are_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "/x?", "has no name" },
		{ "/x?=1", "has no name" },
		{ "/x?a=1&", "has no name" },
		{ "/x?a=1&a=2", "option a is there twice" },
		{ "/x?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q", "more than 16" },
	};
	struct uri uri;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_err(uri_parse(bad[i].text, &uri), ERR_USAGE, bad[i].words);
		uri_deinit(&uri);
	}
}

static void numbers_are_hexadecimal(void **state)
{
	static const char *const bad[] = { "/x?n=", "/x?n", "/x?n=12", "/x?n=0x", "/x?n=0x-1",
					   "/x?n=0x12g", "/x?n=0x11112222333344445", "/x?n= 0x1" };
	struct uri uri;
	uint64_t number = 7;
	bool flag;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_ok(uri_parse(bad[i], &uri));
		assert_err(uri_take_hex(&uri, "n", &number), ERR_USAGE, "hexadecimal number");
		assert_int_equal(number, 7);
		uri_deinit(&uri);
	}
	assert_ok(uri_parse("/x?live=yes", &uri));
	assert_err(uri_take_flag(&uri, "live", &flag), ERR_USAGE, "expected ?live");
	uri_deinit(&uri);
	assert_ok(uri_parse("/x?n=0xffffffffffffffff", &uri));
	assert_ok(uri_take_hex(&uri, "n", &number));
	assert_true(number == UINT64_MAX);
	uri_deinit(&uri);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_taken),
		cmocka_unit_test(malformed_options_are_refused),
		cmocka_unit_test(numbers_are_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
