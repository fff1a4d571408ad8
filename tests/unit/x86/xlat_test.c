#include "tests/lib/unit.h"

#include "x86/xlat.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"

#define KVA UINT64_C(0xffffffff81000000) /* indices 511, 510, 8, 0 */
#define UVA UINT64_C(0x7f0000201000)	 /* indices 254, 0, 1, 1 */

/* Four levels: 0x1000 -> 0x2000 -> 0x3000 -> 0x4000 for kernel and user addresses. */
static const char four[] =
	"ram 0x0-0x800000\n"
	"0x1000[511]: u64 0x2063\n"
	"0x2000[510]: u64 0x3063\n"
	"0x3000[8]: u64 0x4063\n"
	"0x4000[0]: u64 0x5063 0x8000000000006061\n" /* second page: read-only, no execute */
	"0x4000[4]: u64 0x5063 0x7063\n"
	"0x3000[9]: u64 0x4010e3\n" /* 2 MiB, PAT bit set: at 0x400000 */
	"0x2000[511]: u64 0x400000e3\n" /* 1 GiB, outside the RAM */
	"0x5000: string \"the first page\"\n"
	"0x5ffc: u32 0x11111111\n"
	"0x6000: u32 0x22222222\n"
	"0x400000: string \"a large page\"\n"
	/* user */
	"0x1000[254]: u64 0x8067\n"
	"0x8000[0]: u64 0x9067\n"
	"0x9000[1]: u64 0xa067\n"
	"0xa000[1]: u64 0xfffffffff4120\n" /* PROT_NONE, frame inverted: 0xb000 */
	"0xa000[2]: u64 0xb120\n"	  /* PROT_NONE of a kernel before 4.19: 0xb000 */
	"0xa000[3]: u64 0x7fffffffffc00\n" /* swapped out */
	"0xb000: string \"not touched\"\n";

static struct xlat xlat_of(struct memory *m, unsigned int levels)
{
	return (struct xlat){ m, PADDR(0x1fff), levels, 0 };
}

static void assert_at(const struct xlat *x, uint64_t va, enum xlat_kind kind, uint64_t at)
{
	struct xlat_result r;

	assert_ok(xlat_walk(x, va, &r));
	assert_string_equal(xlat_kind_name(r.kind), xlat_kind_name(kind));
	assert_true(r.at.v == at);
}

static void pages_of_each_size(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	struct xlat_result r;

	(void)state;
	assert_at(&x, KVA + 0x123, XLAT_MAPPED, 0x5123);
	assert_at(&x, KVA + 0x200123, XLAT_MAPPED, 0x400123);
	assert_ok(xlat_walk(&x, KVA + 0x3ff123, &r));
	assert_true(r.at.v == 0x5ff123 && r.page_size == 2 << 20 && r.step_count == 3);
	assert_ok(xlat_walk(&x, UINT64_C(0xffffffffc0abcdef), &r));
	assert_true(r.at.v == 0x40abcdef && r.page_size == 1 << 30 && r.step_count == 2);
}

static void what_the_steps_say(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	struct xlat_result r;

	(void)state;
	assert_ok(xlat_walk(&x, KVA + 0x1000, &r));
	assert_int_equal(r.step_count, 4);
	assert_int_equal(r.steps[0].level, 4);
	assert_true(r.steps[0].at.v == 0x1ff8 && r.steps[0].entry == 0x2063);
	assert_int_equal(r.steps[3].level, 1);
	assert_true(r.steps[3].at.v == 0x4008);
	assert_false(r.writable);
	assert_true(r.no_execute);
	assert_false(r.user);
	assert_ok(xlat_walk(&x, KVA, &r));
	assert_true(r.writable);
	assert_false(r.no_execute);
}

static void what_is_not_mapped(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	struct xlat_result r;

	(void)state;
	assert_at(&x, KVA + 0x2000, XLAT_UNMAPPED, 0);
	assert_at(&x, UVA + 0x2000, XLAT_SWAPPED, 0);
	assert_at(&x, UINT64_C(0x800000000000), XLAT_NOT_CANONICAL, 0);
	assert_at(&x, UINT64_C(0xff11000000000000), XLAT_NOT_CANONICAL, 0);
	assert_ok(xlat_walk(&x, 0, &r));
	assert_int_equal(r.kind, XLAT_UNMAPPED);
	assert_true(r.page_size == UINT64_C(1) << 39 && r.step_count == 1);
}

static void prot_none_still_has_its_page(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	char text[12] = "";

	(void)state;
	assert_at(&x, UVA, XLAT_PROT_NONE, 0xb000);
	assert_at(&x, UVA + 0x1000, XLAT_PROT_NONE, 0xb000);
	assert_ok(xlat_read(&x, UVA, text, 11));
	assert_string_equal(text, "not touched");
	/* 2 MiB, PROT_NONE, and while it is split; not so with a migration entry */
	text_memory_put(m, "0x9000[2]: u64 0xfffffffbff1a0 0xfffffffbff0e2 0xfffffffbff022\n");
	assert_at(&x, UVA + 0x1ff000, XLAT_PROT_NONE, 0x400000);
	assert_at(&x, UVA + 0x3ff000, XLAT_PROT_NONE, 0x400000);
	assert_at(&x, UVA + 0x5ff000, XLAT_SWAPPED, 0);
}

static void five_levels(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = { m, PADDR(0x10000), 5, 0 };

	(void)state;
	text_memory_put(m, "0x10000[511]: u64 0x1063\n"
		     "0x10000[273]: u64 0x11063\n"
		     "0x11000[0]: u64 0x12063\n"
		     "0x12000[0]: u64 0xe3\n"); /* the first GiB, at 0xff11000000000000 */
	assert_at(&x, KVA + 0x123, XLAT_MAPPED, 0x5123);
	assert_at(&x, UINT64_C(0xff11000000123456), XLAT_MAPPED, 0x123456);
	assert_at(&x, UINT64_C(0x0100000000000000), XLAT_NOT_CANONICAL, 0);
	assert_at(&x, UINT64_C(0x00ff000000000000), XLAT_UNMAPPED, 0);
}

static void the_encryption_bit_is_no_address(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory("ram 0x0-0x8000\n"
							       "0x1000[511]: u64 0x800000002063\n"
							       "0x2000[510]: u64 0x800000003063\n"
							       "0x3000[8]: u64 0x800000004063\n"
							       "0x4000[0]: u64 0x800000005063\n");
	struct xlat x = { m, PADDR(UINT64_C(0x800000001000)), 4, UINT64_C(1) << 47 };

	(void)state;
	assert_at(&x, KVA, XLAT_MAPPED, 0x5000);
	x.encrypt_mask = 0;
	assert_err(xlat_walk(&x, KVA, &(struct xlat_result){ 0 }), ERR_DATA, "level 4");
}

static void tables_that_are_none(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	struct xlat_result r;

	(void)state;
	text_memory_put(m, "0x1000[0]: u64 0x900000063\n" /* a table outside the RAM */
		     "0x1000[1]: u64 0x20e3\n");    /* a page of 512 GiB */
	assert_err(xlat_walk(&x, 0x1000, &r), ERR_DATA,
		   "page table of level 3 for 0x1000: text:: 8 bytes at 0x900000000: hole");
	assert_int_equal(r.step_count, 1);
	assert_err(xlat_walk(&x, UINT64_C(0x8000000000), &r), ERR_DATA,
		   "level 4: entry 0x00000000000020e3 at 0x1008 is a large page");
	x.root = PADDR(0x900000);
	assert_err(xlat_walk(&x, KVA, &r), ERR_DATA, "level 4");
	x.levels = 3;
	assert_err(xlat_walk(&x, KVA, &r), ERR_USAGE, "3 levels");
	x.levels = 0;
	assert_err(xlat_each(&x, 0, 0, 1, NULL, NULL), ERR_USAGE, "0 levels");
}

static void reads_go_across_pages(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	uint32_t words[3] = { 0 };
	size_t done;

	(void)state;
	assert_ok(xlat_read(&x, KVA + 0xffc, words, 8));
	assert_int_equal(words[0], 0x11111111);
	assert_int_equal(words[1], 0x22222222);
	assert_err(xlat_read(&x, KVA + 0x1ffc, words, 8), ERR_ABSENT,
		   "0xffffffff81002000: not mapped");
	assert_ok(xlat_read_some(&x, KVA + 0x1ffc, words, 8, &done));
	assert_int_equal(done, 4);
	assert_ok(xlat_read_some(&x, UINT64_C(0xffffffffc0000000), words, 8, &done));
	assert_int_equal(done, 0); /* mapped to what is no RAM */
	assert_err(xlat_read(&x, UINT64_C(0xffffffffc0000000), words, 8), ERR_DATA, "hole");
	assert_err(xlat_read(&x, UINT64_MAX - 3, words, 8), ERR_DATA, "hole");
	assert_ok(xlat_read(&x, 0, words, 0));
}

struct runs {
	uint64_t va[16], at[16], size[16];
	size_t count, stop_after;
};

static bool add_run(uint64_t va, struct paddr at, uint64_t size, void *arg)
{
	struct runs *runs = arg;

	assert_true(runs->count < 16);
	runs->va[runs->count] = va;
	runs->at[runs->count] = at.v;
	runs->size[runs->count++] = size;
	return runs->count != runs->stop_after;
}

static void assert_run(const struct runs *runs, size_t i, uint64_t va, uint64_t at, uint64_t size)
{
	assert_true(i < runs->count);
	assert_true(runs->va[i] == va && runs->at[i] == at && runs->size[i] == size);
}

static void all_that_is_mapped(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(four);
	struct xlat x = xlat_of(m, 4);
	struct runs runs = { 0 };

	(void)state;
	assert_ok(xlat_each(&x, 0, 0, 100, add_run, &runs));
	assert_int_equal(runs.count, 7);
	assert_run(&runs, 0, UVA, 0xb000, 0x1000);
	assert_run(&runs, 1, UVA + 0x1000, 0xb000, 0x1000); /* the same page again */
	assert_run(&runs, 2, KVA, 0x5000, 0x2000);	    /* two pages, one run */
	assert_run(&runs, 3, KVA + 0x4000, 0x5000, 0x1000);
	assert_run(&runs, 4, KVA + 0x5000, 0x7000, 0x1000);
	assert_run(&runs, 5, KVA + 0x200000, 0x400000, 2 << 20);
	assert_run(&runs, 6, UINT64_C(0xffffffffc0000000), 0x40000000, 1 << 30);

	runs = (struct runs){ 0 };
	assert_ok(xlat_each(&x, KVA + 0x1800, KVA + 0x201000, 100, add_run, &runs));
	assert_int_equal(runs.count, 4);
	assert_run(&runs, 0, KVA + 0x1800, 0x6800, 0x800); /* clipped on both sides */
	assert_run(&runs, 3, KVA + 0x200000, 0x400000, 0x1000);

	runs = (struct runs){ .stop_after = 2 };
	assert_ok(xlat_each(&x, 0, 0, 100, add_run, &runs));
	assert_int_equal(runs.count, 2);
}

static void tables_that_lead_back_are_bounded(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory("ram 0x0-0x8000\n");
	struct xlat x = xlat_of(m, 4);
	struct runs runs = { .stop_after = 1 };

	(void)state;
	for (int i = 0; i < 512; i++)
		text_memory_putf(m, "0x1000[%d]: u64 0x1163\n", i); /* each leads back to the top */
	assert_ok(xlat_each(&x, 0, 0, 1000, add_run, &runs)); /* until the caller stops it */
	assert_int_equal(runs.count, 1);
	text_memory_put(m, "0x1000: fill 4096 0\n");
	for (int i = 0; i < 512; i++)
		text_memory_putf(m, "0x1000[%d]: u64 0x2063\n0x2000[%d]: u64 0x3063\n"
			      "0x3000[%d]: u64 0x4063\n", i, i, i);
	assert_err(xlat_each(&x, 0, 0, 5000, add_run, &runs), ERR_DATA, "too many page tables");
	assert_int_equal(runs.count, 1);
}

static void every_read_may_fail(void **state)
{
	static const enum memory_status how[] = { MEMORY_IO, FAILING_GONE };
	unsigned int n;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (n = 1; n < 100; n++) {
			CLEANUP(memory_closep) struct memory *m =
				failing_memory(text_memory(four), n, how[i]);
			struct xlat x = xlat_of(m, 4);
			struct runs runs = { 0 };
			uint64_t words[2];
			struct err *e = xlat_read(&x, KVA + 0xff8, words, sizeof(words));

			if (!e)
				e = xlat_each(&x, 0, 0, 100, add_run, &runs);
			assert_true(!e == !failing_has_failed(m));
			assert_true(!e || err_code(e) == (i ? ERR_SYSTEM : ERR_DATA));
			if (!e)
				break;
			err_discard(e);
		}
		assert_int_equal(n, 10 + 7 + 1); /* two walks and reads; seven tables */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_each_size),
		cmocka_unit_test(what_the_steps_say),
		cmocka_unit_test(what_is_not_mapped),
		cmocka_unit_test(prot_none_still_has_its_page),
		cmocka_unit_test(five_levels),
		cmocka_unit_test(the_encryption_bit_is_no_address),
		cmocka_unit_test(tables_that_are_none),
		cmocka_unit_test(reads_go_across_pages),
		cmocka_unit_test(all_that_is_mapped),
		cmocka_unit_test(tables_that_lead_back_are_bounded),
		cmocka_unit_test(every_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
