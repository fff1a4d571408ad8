#include "tests/lib/unit.h"

#include "base/view.h"

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 'h', 'i', 0, 'x' };

static void numbers_have_their_byte_order(void **state)
{
	struct view v = view_of(bytes, sizeof(bytes), 0x1000);
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	(void)state;
	assert_ok(view_u8(&v, &u8));
	assert_int_equal(u8, 1);
	assert_ok(view_u16(&v, &u16));
	assert_int_equal(u16, 0x0302);
	assert_ok(view_u32be(&v, &u32));
	assert_int_equal(u32, 0x04050607);
	assert_ok(view_seek(&v, 0));
	assert_ok(view_u64(&v, &u64));
	assert_true(u64 == 0x0807060504030201);
	assert_ok(view_seek(&v, 0));
	assert_ok(view_u64be(&v, &u64));
	assert_true(u64 == 0x0102030405060708);
}

static void the_end_is_an_error_that_says_where(void **state)
{
	struct view v = view_of(bytes, sizeof(bytes), 0x1000), part;
	uint32_t u32 = 77;
	const uint8_t *p;

	(void)state;
	assert_ok(view_seek(&v, 10));
	assert_err(view_u32(&v, &u32), ERR_DATA, "at 0x100a: need 4 bytes, have 2");
	assert_int_equal(u32, 77);
	assert_int_equal(v.pos, 10);
	assert_err(view_skip(&v, SIZE_MAX), ERR_DATA, "have 2");
	assert_err(view_bytes(&v, 3, &p), ERR_DATA, "need 3 bytes");
	assert_err(view_seek(&v, 13), ERR_DATA, "past the end at 0x100c");
	assert_err(view_sub(&v, 8, SIZE_MAX, &part), ERR_DATA, "0x1008");
	assert_err(view_sub(&v, SIZE_MAX, 2, &part), ERR_DATA, "need 2 bytes");
}

static void a_string_ends_inside(void **state)
{
	struct view v = view_of(bytes, sizeof(bytes), 0);
	const char *text;

	(void)state;
	assert_ok(view_seek(&v, 8));
	assert_err(view_cstr(&v, 1, &text), ERR_DATA, "no end of string within 2 bytes");
	assert_ok(view_cstr(&v, 2, &text));
	assert_string_equal(text, "hi");
	assert_int_equal(v.pos, 11);
	assert_err(view_cstr(&v, 100, &text), ERR_DATA, "at 0xb");
	assert_ok(view_skip(&v, 1));
	assert_err(view_cstr(&v, 100, &text), ERR_DATA, "within 0 bytes");
}

static void one_byte_tells_zeros_from_others(void **state)
{
	uint8_t page[4096] = { 0 };

	(void)state;
	assert_true(bytes_are_zero(page, sizeof(page)));
	assert_true(bytes_are_zero(NULL, 0));
	for (size_t i = 0; i < sizeof(page); i++) {
		page[i] = 0x80;
		assert_false(bytes_are_zero(page, sizeof(page)));
		assert_false(bytes_are_zero(page + i, 1));
		assert_true(bytes_are_zero(page, i));
		assert_true(bytes_are_zero(page + i + 1, sizeof(page) - i - 1));
		page[i] = 0;
	}
	/* all bytes equal, and not zero */
	memset(page, 1, sizeof(page));
	assert_false(bytes_are_zero(page, sizeof(page)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_their_byte_order),
		cmocka_unit_test(the_end_is_an_error_that_says_where),
		cmocka_unit_test(a_string_ends_inside),
		cmocka_unit_test(one_byte_tells_zeros_from_others),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
