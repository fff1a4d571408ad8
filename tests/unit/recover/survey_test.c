#include "tests/lib/unit.h"

#include "memory/source.h"
#include "recover/kernel/data_landmarks.h"
#include "recover/survey/survey.h"
#include "tests/lib/failing.h"
#include "tests/lib/machine.h"
#include "tests/lib/text_memory.h"

#define WHOLE_MAP "0x1000-0x9f000\n0x100000-0x3000000\n"

/* What a survey finds, as recovery.c puts it together. */
struct found {
	struct survey survey;
	struct candidates candidates;
	struct kernel kernel;
	struct candidate *chosen;
};

static void found_deinit(struct found *f)
{
	kernel_deinit(&f->kernel);
	candidates_deinit(&f->candidates);
	survey_deinit(&f->survey);
}

/* Makes m a live source that knows only of the first 640 KiB. */
static void forget_map(struct memory *m)
{
	CLEANUP(ram_map_deinit) struct ram_map low = RAM_MAP_INIT;

	ram_map_add(&low, PADDR(0), PADDR(0xa0000));
	memory_set_ram_map(m, &low);
	m->limits.live = true;
}

static struct err *find(struct memory *m, struct found *f)
{
	struct err *e;

	*f = (struct found){ .chosen = NULL };
	survey_init(m, &f->survey);
	e = survey_candidates(&f->survey, &f->candidates);
	if (!e)
		e = candidates_choose(&f->candidates, &f->chosen);
	if (!e)
		e = kernel_init(m, f->chosen, &f->kernel);
	if (!e)
		e = kernel_find_landmarks(&f->kernel);
	if (!e)
		e = survey_ram(&f->survey, &f->kernel);
	if (!e)
		e = survey_witnesses(&f->survey, &f->kernel, &f->candidates, f->chosen);
	return e ? e : survey_confirm(&f->survey, &f->kernel);
}

static void assert_map(const struct memory *m, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	ram_map_format(memory_ram_map(m), &b);
	assert_string_equal(b.data, text);
}

static void the_kernel_tells_what_is_ram(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	forget_map(m);
	assert_ok(find(m, &f));
	assert_map(m, WHOLE_MAP);
	assert_int_equal(f.chosen->map.start.v, machine_running.va);
	assert_int_equal(candidate_weight(f.chosen), 5);
	assert_string_equal(f.chosen->banner.release, MACHINE_RELEASE);
	assert_int_equal(f.candidates.note_count, 2);
}

/* A source that came with a RAM map keeps it. */
static void a_map_that_was_given(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	m->limits.live = true;
	assert_ok(find(m, &f));
	assert_true(f.survey.known.given);
	assert_map(m, "0x0-0x3000000\n");
}

/* e820 has more RAM than the direct map. We do not read what is not mapped. */
static void ram_that_only_one_has(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	text_memory_put(m, "0x902018: u32 0x100000 0 0x7f00000 0 1\n0x902000: u32 2\n");
	forget_map(m);
	assert_ok(find(m, &f));
	assert_map(m, WHOLE_MAP);
}

static void an_image_that_ends_with_small_pages(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	/* the last 2 MiB of it, up to its 100th page */
	for (unsigned int i = 0; i < 100; i++)
		text_memory_putf(m, "0x950000[%u]: u64 0x%x\n", i, (0x1400000 + i * 0x1000) | 0x63);
	text_memory_put(m, "0x1202000[211]: u64 0x950063\n");
	forget_map(m);
	assert_ok(find(m, &f));
	assert_map(m, WHOLE_MAP);
	assert_int_equal(f.chosen->map.end.v - f.chosen->map.start.v, 0x464000);
}

/* To find the symbols we read only pages that are mapped neither writable nor executable. */
static void what_is_read_of_the_image(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;
	uint64_t whole;

	(void)state;
	text_memory_put(m, "0x1202000[209]: u64 0x10001e3\n");
	forget_map(m);
	assert_ok(find(m, &f));
	whole = memory_counters(m)->bytes;
	found_deinit(&f);
	text_memory_put(m, "0x1202000[209]: u64 0x80000000010001e1\n");
	forget_map(m);
	assert_ok(find(m, &f));
	assert_map(m, WHOLE_MAP);
	assert_true(memory_counters(m)->bytes - whole + 0x300000 < whole);
}

static void refuse(const char *change, enum err_code code, const char *words)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	text_memory_put(m, change);
	forget_map(m);
	assert_err(find(m, &f), code, words);
	survey_restart(&f.survey);
	assert_map(m, "0x0-0xa0000\n");
}

static void what_is_not_followed(void **state)
{
	static const char none[] = "trampoline: no page below 640 KiB is one";

	(void)state;
	refuse("0x9c000[511]: u64 0\n", ERR_ABSENT, none);
	refuse("0x9c000[511]: u64 0x12010e7\n", ERR_ABSENT, none);	    /* a large page */
	refuse("0x9c000[511]: u64 0x8000000001201067\n", ERR_ABSENT, none); /* no execute */
	refuse("0x9c000[511]: u64 0xa0067\n", ERR_ABSENT, none);	    /* VGA */
	refuse("0x9c000[511]: u64 0x4000001201067\n", ERR_ABSENT, none);    /* above all RAM */
	refuse("0x9c000[5]: u64 0x20746f6e20736920\n", ERR_ABSENT, none);   /* text */
	refuse("0x9c000[300]: u64 0x1\n", ERR_ABSENT, none);
	refuse("0x99014: u32 0x9d000\n", ERR_ABSENT, "look like one, but no real-mode header");
	refuse("0x99000: u32 0\n", ERR_ABSENT, "look like one, but no real-mode header");
	refuse("0x1202000[210]: u64 0 0\n", ERR_ABSENT, "map no image that they lie in");
	refuse("0x1202000[209]: u64 0xe3\n0x1202000[210]: u64 0x2000e3 0x4000e3\n", ERR_ABSENT,
	       "0x0-0x600000 (the kernel's image) cannot be RAM");
	refuse("0x1201000[510]: u64 0xfee00063\n", ERR_ABSENT, "map no image that they lie in");
	refuse("0x11f0000: fill 64 0\n", ERR_ABSENT, "no kernel found that two sources agree");
	refuse("0x1203040: u64 0\n", ERR_DATA, "e820_table: 0x0 is not in the direct map");
	refuse("0x1203040: u64 0xffff8a00100b0000\n", ERR_DATA, "is not in the direct map");
	refuse("0x902000: u32 0\n", ERR_DATA, "e820_table: e820 table: has 0 entries");
	refuse("0x902000: u32 100000\n", ERR_DATA, "e820_table: has 100000 entries");
	refuse("0x902000: u32 1 0x2000000 0 0x1000000 0 1\n", ERR_DATA,
	       "belongs to the kernel, but is not in its own map of RAM");
	refuse("0x1203000: u64 0xffff8a0000200000\n", ERR_DATA,
	       "page_offset_base: 0xffff8a0000200000 is not where");
	refuse("0x1203000: u64 0xffff8b0000000000\n", ERR_DATA, "nothing is mapped");
}

/* A page that looks like a trampoline and leads nowhere does not end the survey. */
static void another_page_before_it(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	text_memory_put(m, "0x9b000: u32 0x9b100 0x9b200 0x9e000\n0x9e000[0]: u64 0x700067\n"
			   "0x9e000[511]: u64 0x700067\n0x700000[511]: u64 0x701063\n");
	forget_map(m);
	assert_ok(find(m, &f));
	assert_map(m, WHOLE_MAP);
}

static void a_variable_that_changes(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	forget_map(m);
	assert_ok(find(m, &f));
	text_memory_put(m, "0x1203010: u64 0xffffea0040000000\n");
	assert_err(survey_confirm(&f.survey, &f.kernel), ERR_DATA,
		   "the machine changed while it was read: vmemmap_base was 0xffffea0000000000");
	assert_true(f.survey.changed);
}

static void every_read_may_fail(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned int n = 1; !done; n += n < 10 || (n > 320 && n < 370) ? 1 : 53) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(machine_memory(), n, n % 2 ? MEMORY_UR : FAILING_GONE);
		CLEANUP(found_deinit) struct found f;
		struct err *e;

		forget_map(m);
		e = find(m, &f);
		done = !failing_has_failed(m);
		assert_false(done && e);
		if (e)
			survey_restart(&f.survey);
		assert_map(m, e ? "0x0-0xa0000\n" : WHOLE_MAP);
		err_discard(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_tells_what_is_ram),
		cmocka_unit_test(a_map_that_was_given),
		cmocka_unit_test(ram_that_only_one_has),
		cmocka_unit_test(an_image_that_ends_with_small_pages),
		cmocka_unit_test(what_is_read_of_the_image),
		cmocka_unit_test(what_is_not_followed),
		cmocka_unit_test(another_page_before_it),
		cmocka_unit_test(a_variable_that_changes),
		cmocka_unit_test(every_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
