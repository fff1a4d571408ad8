#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "memory/nettlp_stamps.h"

static void a_packet_counts_once(void **state)
{
	CLEANUP(free_ptr) struct nettlp_stamps *s = xcalloc(1, sizeof(*s));

	(void)state;
	assert_true(nettlp_stamps_take(s, 0, 5));
	assert_false(nettlp_stamps_take(s, 0, 5));
	/* from 1 to 3: 2 is missing until it comes */
	assert_true(nettlp_stamps_take(s, 1, 6));
	assert_true(nettlp_stamps_take(s, 3, 8));
	assert_int_equal(nettlp_stamps_missing(s), 1);
	assert_true(nettlp_stamps_take(s, 2, 7));
	assert_int_equal(nettlp_stamps_missing(s), 0);
	assert_false(nettlp_stamps_take(s, 3, 8));
	assert_int_equal(nettlp_stamps_missing(s), 0);
}

static void numbers_come_round(void **state)
{
	CLEANUP(free_ptr) struct nettlp_stamps *s = xcalloc(1, sizeof(*s));

	(void)state;
	for (uint32_t i = 60000; i < 300000; i++)
		if (i % 1000)
			assert_true(nettlp_stamps_take(s, (uint16_t)i, i));
	assert_int_equal(nettlp_stamps_missing(s), 239);
}

static void an_adapter_started_anew_is_no_gap(void **state)
{
	CLEANUP(free_ptr) struct nettlp_stamps *s = xcalloc(1, sizeof(*s));

	(void)state;
	for (uint16_t i = 30000; i < 30100; i++)
		assert_true(nettlp_stamps_take(s, i, i));
	for (uint16_t i = 0; i < 100; i++)
		assert_true(nettlp_stamps_take(s, i, i));
	assert_int_equal(nettlp_stamps_missing(s), 0);
}

static void packets_without_stamps_are_new(void **state)
{
	CLEANUP(free_ptr) struct nettlp_stamps *s = xcalloc(1, sizeof(*s));

	(void)state;
	assert_true(nettlp_stamps_take(s, 0, 0));
	assert_true(nettlp_stamps_take(s, 0, 0));
	assert_int_equal(nettlp_stamps_missing(s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_counts_once),
		cmocka_unit_test(numbers_come_round),
		cmocka_unit_test(an_adapter_started_anew_is_no_gap),
		cmocka_unit_test(packets_without_stamps_are_new),
	};

	return cmocka_run_group_tests_name("nettlp_stamps", tests, NULL, NULL);
}
