#include "tests/lib/unit.h"

#include "x86/kernel_map.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"

#define START UINT64_C(0xffffffff9a200000) /* entries 511, 510, 209 */
#define PA UINT64_C(0x1000000)
#define PHYS_BASE (PA - (START - KERNEL_MAP_BASE))

/* An image of 8 MiB at 16 MiB, its tables in it: 0x1401000 -> 0x1402000, the top one 0x1400000. */
static const char image[] = "ram 0x0-0x2000000\n"
			    "0x1400000[511]: u64 0x1401063\n"
			    "0x1401000[510]: u64 0x1402063\n"
			    "0x1402000[209]: u64 0x10001e3 0x12001e3 0x14001e3 0x16001e3\n"
			    "0x1180000: string \"Linux version 6.1 (a@b) (gcc) #1 SMP\\n\"\n";
static const char trampoline[] = "0x9c000[511]: u64 0x1401067\n";
/* The same under 5 levels; entry 510 of the second level is there too, as it is in Linux. */
static const char trampoline5[] = "0x9c000[511]: u64 0x1403067\n"
				  "0x1403000[511]: u64 0x1401063\n"
				  "0x1403000[510]: u64 0x1404063\n"
				  "0x1404000[209]: u64 0x16001e3 0x10001e3\n";

static struct memory *memory_of(const char *more, const char *still_more)
{
	struct memory *m = text_memory(image);

	text_memory_put(m, more);
	text_memory_put(m, still_more);
	return m;
}

static void assert_map(const struct kernel_map *map, unsigned int levels, uint64_t root)
{
	assert_true(map->start.v == START);
	assert_true(map->end.v == START + (8 << 20));
	assert_true(map->phys_base == PHYS_BASE);
	assert_int_equal(map->levels, levels);
	assert_true(map->root.v == root);
	assert_true(kernel_map_pa(map, KADDR(START + 5)).v == PA + 5);
}

static void a_trampoline_with_four_levels(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline, "");
	struct kernel_maps maps;

	(void)state;
	assert_ok(kernel_map_from_trampoline(m, &maps));
	assert_int_equal(maps.count, 1);
	assert_map(&maps.list[0], 4, 0x9c000);
	assert_true(maps.list[0].agree == 8 << 20 && !maps.list[0].disagree);
}

static void a_trampoline_with_five_levels(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline5, "");
	struct kernel_maps maps;

	(void)state;
	assert_ok(kernel_map_from_trampoline(m, &maps));
	assert_int_equal(maps.count, 1);
	assert_map(&maps.list[0], 5, 0x9c000);
}

static void both_shapes_to_different_places(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(
		trampoline5, "0x1404000[209]: u64 0x8001e3 0xa001e3 0xc001e3 0xe001e3\n");
	struct kernel_map map;

	(void)state;
	assert_err(kernel_map_of_table(m, PADDR(0x9c000), &map), ERR_DATA,
		   "page 0x9c000: maps an image with 4 levels (phys_base 0xffffffffe6600000) and "
		   "with 5 (0xffffffffe6e00000)");
}

static void pages_that_are_no_tables(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(
		"0x1000[511]: u64 0x5063\n"	     /* a table of zeros */
		"0x2000[511]: u64 0x2063\n"	     /* itself */
		"0x3000[511]: u64 0x10000e3\n"	     /* a large page */
		"0x4000[511]: u64 0x1401062\n"	     /* not present */
		"0x6000[511]: u64 0x7777777777777\n" /* text */
		"0x7000[511]: u64 0x80001063\n",     /* outside the RAM */
		"0x9f000: string \"x\"\n");
	struct kernel_maps maps;
	struct kernel_map map;

	(void)state;
	assert_ok(kernel_map_from_trampoline(m, &maps));
	assert_int_equal(maps.count, 0);
	assert_int_equal(maps.rejected, 2);
	assert_int_equal(maps.outside, 1);
	assert_true(maps.outside_at.v == 0x80001000);
	assert_err(kernel_map_of_table(m, PADDR(0x1000), &map), ERR_ABSENT,
		   "page 0x1000: 4 levels: less than 4 MiB of an image are mapped; 5 levels: less");
	assert_err(kernel_map_of_table(m, PADDR(0x3000), &map), ERR_ABSENT,
		   "page 0x3000: entry 511 leads to no table");
	assert_err(kernel_map_of_table(m, PADDR(0x9000000), &map), ERR_ABSENT, "leads to no table");
}

static void nothing_from_640_kib_on_is_a_trampoline(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		memory_of("0xa0000[511]: u64 0x1401067\n", "0xff000[511]: u64 0x1401067\n");
	struct kernel_maps maps;

	(void)state;
	assert_ok(kernel_map_from_trampoline(m, &maps));
	assert_int_equal(maps.count + maps.rejected, 0);
	assert_true(memory_counters(m)->elements == 0xa0000 / PAGE_SIZE);
}

static void an_older_trampoline_is_one_more(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline,
		"0x90000[511]: u64 0x1801067\n"
		"0x98000[511]: u64 0x1401067\n" /* the same place again */
		"0x1801000[510]: u64 0x1802063\n"
		"0x1802000[8]: u64 0x6001e3 0x8001e3 0xa001e3\n");
	struct kernel_maps maps;

	(void)state;
	assert_ok(kernel_map_from_trampoline(m, &maps));
	assert_int_equal(maps.count, 2);
	assert_true(maps.list[0].start.v == UINT64_C(0xffffffff81000000));
	assert_true((int64_t)maps.list[0].phys_base == -0xa00000);
	assert_map(&maps.list[1], 4, 0x98000);
}

static void leaves_that_disagree(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline, "");
	struct kernel_map map;

	(void)state;
	/* modules above the image do not count, wherever they are */
	text_memory_put(m, "0x1402000[300]: u64 0x1e3 0x4001e3 0x2001e3 0x1e3\n");
	assert_ok(kernel_map_of_table(m, PADDR(0x9c000), &map));
	assert_true(map.agree == 8 << 20 && map.disagree == 0);
	/* one page of the image is elsewhere */
	text_memory_put(m, "0x1402000[210]: u64 0x1700063\n0x1700000[0]: u64 0x5063 0x1201063\n");
	assert_ok(kernel_map_of_table(m, PADDR(0x9c000), &map));
	assert_true(map.agree == (6 << 20) + 0x1000 && map.disagree == 0x1000);
	/* a quarter of it is */
	text_memory_put(m, "0x1402000[210]: u64 0x6001e3\n");
	assert_err(kernel_map_of_table(m, PADDR(0x9c000), &map), ERR_ABSENT,
		   "0x600000 bytes are mapped to one place, 0x200000 to others");
}

static void an_image_must_be_one(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline, "");
	struct kernel_map map;

	(void)state;
	text_memory_put(m, "0x1402000[209]: u64 0x1e001e3 0x20001e3 0x22001e3 0x24001e3\n");
	assert_err(kernel_map_of_table(m, PADDR(0x9c000), &map), ERR_ABSENT,
		   "0xffffffff9a200000-0xffffffff9aa00000 at 0x1e00000 is no image in RAM");
	text_memory_put(m, "0x1402000[209]: u64 0x10001e3 0 0 0\n");
	assert_err(kernel_map_of_table(m, PADDR(0x9c000), &map), ERR_ABSENT, "less than 4 MiB");
	text_memory_put(m, "0x1402000[207]: u64 0xc001e3 0 0x10001e3 0 0x14001e3 0x16001e3\n");
	assert_ok(kernel_map_of_table(m, PADDR(0x9c000), &map)); /* init is gone */
	assert_true(map.start.v == START - (4 << 20) && map.agree == 8 << 20);
}

static void memory_encryption_is_seen_through(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		text_memory("ram 0x0-0x2000000\n"
			    "0x9c000[511]: u64 0x800001401067\n"
			    "0x1401000[510]: u64 0x800001402063\n"
			    "0x1402000[209]: u64 0x8000010001e3 0x8000012001e3 0x8000014001e3 "
			    "0x8000016001e3\n");
	struct kernel_maps maps;

	(void)state;
	assert_ok(kernel_map_from_trampoline(m, &maps));
	assert_int_equal(maps.count, 1);
	assert_map(&maps.list[0], 4, 0x9c000);
	assert_true(maps.list[0].encrypt_mask == UINT64_C(1) << 47);
}

static void the_table_beside_the_first_task(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of("", "");
	struct kernel_maps maps;

	(void)state;
	assert_ok(kernel_map_from_tables_near(m, PADDR(0x1410abc), &maps));
	assert_int_equal(maps.count, 1);
	assert_map(&maps.list[0], 4, 0x1400000);
	/* the second level of a 5-level table is none of 4 levels */
	text_memory_put(m, "0x1400000[511]: u64 0x1403067\n0x1403000[511]: u64 0x1401063\n");
	assert_ok(kernel_map_from_tables_near(m, PADDR(0x1410abc), &maps));
	assert_int_equal(maps.count, 1);
	assert_map(&maps.list[0], 5, 0x1400000);
	assert_ok(kernel_map_from_tables_near(m, PADDR(UINT64_MAX), &maps));
	assert_int_equal(maps.count, 0);
}

static void put_empty_list(struct memory *m, uint64_t at, uint64_t constant)
{
	text_memory_putf(m, "0x%lx: u64 0x%lx 0x%lx\n", at, at + constant, at + constant);
}

static void lists_that_point_to_themselves(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of("", "");
	uint64_t phys_base, shift = START - PA;
	unsigned int votes;

	(void)state;
	assert_err(kernel_map_self_pointers(m, PADDR(0x1410b00), &phys_base, &votes), ERR_ABSENT,
		   "0x1410b00: 0 list heads");
	put_empty_list(m, 0x1410008, shift);
	assert_err(kernel_map_self_pointers(m, PADDR(0x1410b00), &phys_base, &votes), ERR_ABSENT,
		   "0x1410b00: 1 list heads");
	put_empty_list(m, 0x1410100, shift);
	put_empty_list(m, 0x1411200, shift - 0x1000); /* no multiple of 2 MiB */
	put_empty_list(m, 0x1411300, 0xffff888000000000); /* not in an image */
	put_empty_list(m, 0x1411400, shift + (2 << 20));
	put_empty_list(m, 0x1430000, shift + (2 << 20)); /* far away */
	put_empty_list(m, 0x1430100, shift + (2 << 20));
	assert_ok(kernel_map_self_pointers(m, PADDR(0x1410b00), &phys_base, &votes));
	assert_true(phys_base == PHYS_BASE);
	assert_int_equal(votes, 2);
	put_empty_list(m, 0x1411500, shift + (2 << 20)); /* as many disagree */
	assert_err(kernel_map_self_pointers(m, PADDR(0x1410b00), &phys_base, &votes), ERR_ABSENT,
		   "0x1410b00: 2 list heads");
}

static void the_direct_map(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(
		"0x1400000[276]: u64 0x1500063\n" /* 0xffff8a0000000000 */
		"0x1500000[8]: u64 0x1501063\n",  /* + 8 GiB */
		"");
	struct xlat x = { m, PADDR(0x1400000), 4, 0 };
	unsigned int agree, disagree;

	(void)state;
	for (unsigned int i = 0; i < 16; i++)
		text_memory_putf(m, "0x1501000[%u]: u64 0x%x\n", i, i << 21 | 0x1e3);
	assert_ok(kernel_map_check_direct_map(&x, KADDR(0xffff8a0200000000), &agree, &disagree));
	assert_int_equal(agree, 8);
	assert_int_equal(disagree, 0);
	assert_ok(kernel_map_check_direct_map(&x, KADDR(0xffff8a0200200000), &agree, &disagree));
	assert_int_equal(agree, 0);
	assert_true(disagree > 0);
	assert_ok(kernel_map_check_direct_map(&x, KADDR(0xffff888000000000), &agree, &disagree));
	assert_int_equal(agree + disagree, 0);
}

static void pointers_that_come_back(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of("", "");
	struct kernel_map map = { .start = KADDR(START), .phys_base = PHYS_BASE };
	struct kaddr task = KADDR(START + 0x410000);
	unsigned int n;

	(void)state;
	text_memory_put(m, "0x1410100: u64 0xffff8a0000500010 0xffff8a0000700020\n" /* a list */
			   "0x500010: u64 0xffff8a0000700020 0xffffffff9a610100\n"
			   "0x700020: u64 0xffffffff9a610100 0xffff8a0000500010\n"
			   "0x1410200: u64 0xffff8a0000600000\n" /* not back */
			   "0x1410300: u64 0xffff8a0009999990\n" /* nowhere */
			   "0x1410400: u64 0xffff8a0000500011\n");
	assert_ok(kernel_map_count_returns(m, &map, task, 4096, KADDR(0xffff8a0000000000), &n));
	assert_int_equal(n, 2);
	assert_ok(kernel_map_count_returns(m, &map, task, 4096, KADDR(0xffff8a0000200000), &n));
	assert_int_equal(n, 0);
	assert_err(kernel_map_count_returns(m, &map, KADDR(START + (64 << 20)), 4096,
					    KADDR(0xffff8a0000000000), &n), ERR_DATA, "hole");
}

static const struct kernel_identity kernel = {
	.link_base = { KERNEL_LINK_BASE },
	.link_banner = { KERNEL_LINK_BASE + 0x180000 },
	.banner = "Linux version 6.1 (a@b) (gcc) #1 SMP",
};

static void a_known_kernel_is_found_again(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline, "");
	struct kernel_identity other = kernel;
	struct kernel_map map;

	(void)state;
	assert_ok(kernel_map_find(m, &kernel, &map));
	assert_map(&map, 4, 0x9c000);
	other.banner = "Linux version 6.1 (a@b) (gcc) #2 SMP";
	assert_err(kernel_map_find(m, &other, &map), ERR_ABSENT, "the kernel does not run here: "
		   "its banner is not where it was in any of the 1 images");
	other = kernel;
	other.link_banner.v += 1 << 30;
	assert_err(kernel_map_find(m, &other, &map), ERR_ABSENT, "does not run here");
	other.link_banner.v = 0;
	assert_err(kernel_map_find(m, &other, &map), ERR_ABSENT, "does not run here");
	other = kernel;
	other.banner = "";
	assert_err(kernel_map_find(m, &other, &map), ERR_ABSENT, "does not run here");
	text_memory_put(m, "0x9c000[511]: u64 0\n");
	assert_err(kernel_map_find(m, &kernel, &map), ERR_ABSENT, "any of the 0 images");
}

static void one_that_is_there_twice(void **state)
{
	CLEANUP(memory_closep) struct memory *m = memory_of(trampoline,
		"0x90000[511]: u64 0x1801067\n"
		"0x1801000[510]: u64 0x1802063\n"
		"0x1802000[8]: u64 0x6001e3 0x8001e3 0xa001e3\n"
		"0x780000: string \"Linux version 6.1 (a@b) (gcc) #1 SMP\\n\"\n");
	struct kernel_map map;

	(void)state;
	assert_err(kernel_map_find(m, &kernel, &map), ERR_DATA,
		   "this kernel's banner is at phys_base 0xffffffffff600000 and at "
		   "0xffffffffe6e00000");
}

static void every_read_may_fail(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; n < 1000; n++) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(memory_of(trampoline5, ""), n, MEMORY_IO);
		struct kernel_map map;
		struct err *e = kernel_map_find(m, &kernel, &map);

		if (!failing_has_failed(m)) {
			assert_null(e);
			break;
		}
		/* another page of the 160 was none of a kernel anyway, and the wrong shape's do
		 * not matter either; no other place is found */
		if (e)
			assert_err(e, ERR_ABSENT, "does not run here");
		else
			assert_map(&map, 5, 0x9c000);
	}
	assert_int_in_range(n, 160, 180);
	for (unsigned int i = 1; i < n; i++) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(memory_of(trampoline5, ""), i, FAILING_GONE);
		struct kernel_map map;

		assert_err(kernel_map_find(m, &kernel, &map), ERR_SYSTEM, "the source is gone");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trampoline_with_four_levels),
		cmocka_unit_test(a_trampoline_with_five_levels),
		cmocka_unit_test(both_shapes_to_different_places),
		cmocka_unit_test(pages_that_are_no_tables),
		cmocka_unit_test(nothing_from_640_kib_on_is_a_trampoline),
		cmocka_unit_test(an_older_trampoline_is_one_more),
		cmocka_unit_test(leaves_that_disagree),
		cmocka_unit_test(an_image_must_be_one),
		cmocka_unit_test(memory_encryption_is_seen_through),
		cmocka_unit_test(the_table_beside_the_first_task),
		cmocka_unit_test(lists_that_point_to_themselves),
		cmocka_unit_test(the_direct_map),
		cmocka_unit_test(pointers_that_come_back),
		cmocka_unit_test(a_known_kernel_is_found_again),
		cmocka_unit_test(one_that_is_there_twice),
		cmocka_unit_test(every_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
