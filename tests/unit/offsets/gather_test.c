#include "tests/lib/unit.h"

#include "memory/source.h"
#include "offsets/fit/gather.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"

static uint64_t read_u64(struct memory *m, uint64_t at, bool *ok)
{
	uint64_t value = 0;
	struct memory_read r = { PADDR(at), 8, &value, MEMORY_OK };

	assert_ok(memory_read_vector(m, &r, 1));
	*ok = r.status == MEMORY_OK;
	return value;
}

static void each_line_is_read_once(void **state)
{
	struct memory *below = text_memory("ram 0x0-0x4000\n0x1000: u64 7 8\n0x1ff8: u64 9\n0x2000: u64 10\n");
	CLEANUP(memory_closep) struct memory *m = gather_new(below);
	uint64_t two[2];
	bool ok;

	(void)state;
	assert_true(read_u64(m, 0x1000, &ok) == 7 && ok);
	assert_true(read_u64(m, 0x1008, &ok) == 8 && ok);
	assert_int_equal(gather_counters(m)->elements, 1);
	assert_int_equal(gather_counters(m)->bytes, GATHER_LINE);
	text_memory_put(below, "0x1000: u64 77\n"); /* a line keeps the bytes of its first read */
	assert_true(read_u64(m, 0x1000, &ok) == 7 && ok);
	assert_ok(memory_read(m, PADDR(0x1ff8), two, 16)); /* across a page's end */
	assert_true(two[0] == 9 && two[1] == 10);
	assert_int_equal(gather_counters(m)->elements, 3);
}

static void what_a_rehearsal_lacks_comes_in_one_vector(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		gather_new(text_memory("ram 0x0-0x4000\n0x100: u64 1\n0x180: u64 2\n0x3000: u64 3\n"));
	bool ok, any;

	(void)state;
	gather_set_rehearsal(m, true);
	read_u64(m, 0x100, &ok);
	assert_false(ok);
	read_u64(m, 0x180, &ok);
	read_u64(m, 0x180, &ok);
	assert_false(ok);
	read_u64(m, 0x3000, &ok);
	assert_false(ok);
	assert_int_equal(gather_counters(m)->vectors, 0);
	assert_ok(gather_fetch(m, &any));
	assert_true(any);
	assert_int_equal(gather_counters(m)->vectors, 1);
	assert_int_equal(gather_counters(m)->elements, 2); /* the line between two is read with them */
	assert_true(read_u64(m, 0x100, &ok) == 1 && ok);
	assert_true(read_u64(m, 0x180, &ok) == 2 && ok);
	assert_true(read_u64(m, 0x3000, &ok) == 3 && ok);
	assert_ok(gather_fetch(m, &any));
	assert_false(any);
}

/* A line that cannot be read does not take its neighbours with it, and is not asked for again. */
static void what_fails_fails_alone(void **state)
{
	CLEANUP(memory_closep) struct memory *m = gather_new(
		failing_memory(text_memory("ram 0x0-0x4000\n0x100: u64 1\n0x140: u64 2\n"), 1, MEMORY_UR));
	bool ok, any;

	(void)state;
	gather_set_rehearsal(m, true);
	read_u64(m, 0x100, &ok);
	read_u64(m, 0x140, &ok);
	read_u64(m, 0x4000, &ok); /* not RAM, so not asked for */
	assert_ok(gather_fetch(m, &any));
	assert_true(read_u64(m, 0x100, &ok) == 1 && ok); /* line by line they can be read */
	assert_true(read_u64(m, 0x140, &ok) == 2 && ok);
	read_u64(m, 0x4000, &ok);
	assert_false(ok);
	assert_int_equal(gather_counters(m)->elements, 3);
}

static void a_line_that_failed_stays_failed(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		gather_new(failing_memory(text_memory("ram 0x0-0x4000\n0x100: u64 1\n"), 1, MEMORY_UR));
	bool ok;

	(void)state;
	read_u64(m, 0x100, &ok);
	assert_false(ok);
	read_u64(m, 0x100, &ok);
	assert_false(ok);
	assert_int_equal(gather_counters(m)->elements, 1);
}

static void a_source_that_is_gone_is_an_error(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		gather_new(failing_memory(text_memory("ram 0x0-0x4000\n"), 1, FAILING_GONE));
	uint64_t value;
	bool any;

	(void)state;
	assert_err(memory_read(m, PADDR(0x100), &value, 8), ERR_SYSTEM, "gone");
	gather_set_rehearsal(m, true);
	err_discard(memory_read(m, PADDR(0x200), &value, 8));
	assert_err(gather_fetch(m, &any), ERR_SYSTEM, "gone");
}

/* No line of a further page can be read than of those that are kept, and none of these is lost. */
static void there_is_a_limit(void **state)
{
	CLEANUP(memory_closep) struct memory *m = gather_new(text_memory("ram 0x0-0x6000000\n0x10: u64 5\n"));
	bool ok;
	uint64_t n = 0;

	(void)state;
	for (uint64_t at = 0; at < 0x6000000; at += PAGE_SIZE) {
		read_u64(m, at, &ok);
		n += ok;
	}
	assert_int_equal(n, GATHER_PAGES_MAX);
	assert_true(read_u64(m, 0x10, &ok) == 5 && ok);
}

static void the_map_goes_down(void **state)
{
	struct memory *below = text_memory("ram 0x0-0x4000\n");
	CLEANUP(memory_closep) struct memory *m = gather_new(below);
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;

	(void)state;
	assert_true(ram_map_size(memory_ram_map(m)) == 0x4000);
	ram_map_add(&map, PADDR(0x1000), PADDR(0x2000));
	memory_set_ram_map(m, &map);
	assert_true(ram_map_size(memory_ram_map(below)) == 0x1000);
	assert_false(gather_is_worth(m));
	below->limits.batch = 8;
	assert_true(gather_is_worth(m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_read_once),
		cmocka_unit_test(what_a_rehearsal_lacks_comes_in_one_vector),
		cmocka_unit_test(what_fails_fails_alone),
		cmocka_unit_test(a_line_that_failed_stays_failed),
		cmocka_unit_test(a_source_that_is_gone_is_an_error),
		cmocka_unit_test(there_is_a_limit),
		cmocka_unit_test(the_map_goes_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
