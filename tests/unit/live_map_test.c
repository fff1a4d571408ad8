#include "tests/lib/unit.h"

#include "memory/source.h"
#include "recover/live_map.h"
#include "tests/lib/machine.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"

/* As a source that knows of nothing but the first 640 KiB. */
static void forget_map(struct memory *m)
{
	CLEANUP(ram_map_deinit) struct ram_map low = RAM_MAP_INIT;

	ram_map_add(&low, PADDR(0), PADDR(0xa0000));
	memory_set_ram_map(m, &low);
	m->limits.live = true;
}

static void assert_map(const struct memory *m, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	ram_map_format(memory_ram_map(m), &b);
	assert_string_equal(b.data, text);
}

static void who_needs_it(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	assert_false(live_map_is_needed(m));
	m->limits.live = true;
	assert_false(live_map_is_needed(m));
	forget_map(m);
	assert_true(live_map_is_needed(m));
	m->limits.live = false;
	assert_false(live_map_is_needed(m));
}

static void the_kernel_tells_what_is_ram(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	forget_map(m);
	assert_ok(live_map_find(m));
	assert_map(m, "0x1000-0x9f000\n0x100000-0x3000000\n");
}

static void an_image_that_ends_with_small_pages(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	/* the last 2 MiB of it, up to its 100th page */
	text_memory_put(m, "0x1202000[211]: u64 0 0x950063\n");
	for (unsigned int i = 0; i < 100; i++)
		text_memory_putf(m, "0x950000[%u]: u64 0x%x\n", i, (0x1600000 + i * 0x1000) | 0x63);
	text_memory_put(m, "0x1202000[211]: u64 0x14001e3\n");
	forget_map(m);
	assert_ok(live_map_find(m));
	assert_map(m, "0x1000-0x9f000\n0x100000-0x3000000\n");
}

static void refuse(const char *change, enum err_code code, const char *words)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	text_memory_put(m, change);
	forget_map(m);
	assert_err(live_map_find(m), code, words);
	/* nothing is left of what was tried */
	assert_map(m, "0x0-0xa0000\n");
}

static void what_is_not_followed(void **state)
{
	static const char none[] = "no trampoline below 640 KiB leads to a kernel";

	(void)state;
	refuse("0x9c000[511]: u64 0\n", ERR_ABSENT, none);
	refuse("0x9c000[511]: u64 0x12010e7\n", ERR_ABSENT, none);	    /* a large page */
	refuse("0x9c000[511]: u64 0x8000000001201067\n", ERR_ABSENT, none); /* no execute */
	refuse("0x9c000[511]: u64 0xa0067\n", ERR_ABSENT, none);	    /* VGA */
	refuse("0x9c000[511]: u64 0x4000001201067\n", ERR_ABSENT, none);    /* no RAM there */
	refuse("0x9c000[5]: u64 0x20746f6e20736920\n", ERR_ABSENT, none);   /* text */
	refuse("0x9c000[300]: u64 0x1\n", ERR_ABSENT, none);
	refuse("0x1201000[7]: u64 0x1063\n", ERR_ABSENT, none);
	refuse("0x1202000[210]: u64 0 0\n", ERR_ABSENT, none);
	refuse("0x1202000[209]: u64 0xe3\n0x1202000[210]: u64 0x2000e3 0x4000e3\n", ERR_ABSENT, none);
	refuse("0x1203040: u64 0\n", ERR_DATA, "e820_table points to 0x0, which is neither");
	refuse("0x1203040: u64 0xffff8a00000b0000\n", ERR_DATA, "neither in the image nor in");
	refuse("0x902000: u32 0\n", ERR_DATA, "e820_table has 0 entries");
	refuse("0x902000: u32 100000\n", ERR_DATA, "e820_table has 100000 entries");
	refuse("0x120a000: fill 64 0\n", ERR_ABSENT, "no kernel found that two sources agree");
}

/* A page of low memory that only looks like the trampoline leads nowhere, and the search goes on. */
static void another_page_before_it(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	text_memory_put(m, "0x5000[511]: u64 0x700067\n0x6000[511]: u64 0x701067\n"
			   "0x701000[511]: u64 0x702063\n0x701000[510]: u64 0x702063\n");
	forget_map(m);
	assert_ok(live_map_find(m));
	assert_map(m, "0x1000-0x9f000\n0x100000-0x3000000\n");
}

static void every_read_may_fail(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned int n = 1; !done; n += n < 10 || (n > 155 && n < 170) ? 1 : 53) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(machine_memory(), n, n % 2 ? MEMORY_UR : FAILING_GONE);
		struct err *e;

		forget_map(m);
		e = live_map_find(m);
		done = !failing_has_failed(m);
		assert_false(done && e);
		if (e)
			assert_map(m, "0x0-0xa0000\n");
		else
			assert_map(m, "0x1000-0x9f000\n0x100000-0x3000000\n");
		err_discard(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_needs_it),
		cmocka_unit_test(the_kernel_tells_what_is_ram),
		cmocka_unit_test(an_image_that_ends_with_small_pages),
		cmocka_unit_test(what_is_not_followed),
		cmocka_unit_test(another_page_before_it),
		cmocka_unit_test(every_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
