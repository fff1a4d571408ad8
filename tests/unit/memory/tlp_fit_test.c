#include "tests/lib/unit.h"

#include "memory/tlp_fit.h"
#include "tests/lib/random.h"

static struct ram_map ram_of(uint64_t start, uint64_t end)
{
	struct ram_map map = RAM_MAP_INIT;

	ram_map_add(&map, PADDR(start), PADDR(end));
	return map;
}

static struct read_span span_of(uint64_t start, uint64_t end)
{
	return (struct read_span){ .start = start, .end = end, .count = 1 };
}

/* Makes the tag one that is owed the answer to a read of [at, at + size). */
static void owe(struct tlp_tag *tag, uint64_t at, uint32_t size)
{
	assert_true(tlp_tag_ready(tag, 0));
	tlp_tag_begin(tag, at, size, 0);
	tlp_tag_give_up(tag, 0, 0, 1000);
}

static void assert_move(const struct tlp_tag *tag, const struct ram_map *ram, uint64_t start, uint64_t end,
			uint64_t expected_start, uint64_t expected_end)
{
	struct read_span span = span_of(start, end);
	struct tlp_fit fit = tlp_fit_whole(&span, ram);

	assert_true(tlp_fit_move(&span, ram, 512, tag, &fit));
	assert_int_equal(fit.start, expected_start);
	assert_int_equal(fit.end, expected_end);
}

static void words_are_read_where_they_are_ram(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = ram_of(0x1001, 0x2003);
	struct read_span span = span_of(0x1802, 0x1807);
	struct read_span first = span_of(0x1001, 0x1008), last = span_of(0x2000, 0x2003);
	struct tlp_fit fit = tlp_fit_whole(&span, &ram);

	(void)state;
	assert_int_equal(fit.start, 0x1800);
	assert_int_equal(fit.end, 0x1808);
	fit = tlp_fit_whole(&first, &ram);
	assert_int_equal(fit.start, 0x1001);
	assert_int_equal(fit.end, 0x1008);
	fit = tlp_fit_whole(&last, &ram);
	assert_int_equal(fit.start, 0x2000);
	assert_int_equal(fit.end, 0x2003);
}

static void a_read_moves_where_it_costs_least(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = ram_of(0, 0x2000);
	struct tlp_tag tag = { 0 };
	struct read_span span = span_of(0x1ff8, 0x2000);
	struct tlp_fit fit;

	(void)state;
	owe(&tag, 0x5000, 64);
	assert_move(&tag, &ram, 0x1000, 0x1040, 0x1000, 0x1044); /* on */
	owe(&tag, 0x5000, 128);
	assert_move(&tag, &ram, 0x1e00, 0x2000, 0x1e00, 0x1ffc); /* back: the page ends */
	owe(&tag, 0x5ff8, 8);
	assert_move(&tag, &ram, 0x1ff8, 0x2000, 0x1ff8, 0x1ffc);
	owe(&tag, 0x5ff8, 4);
	assert_move(&tag, &ram, 0x1ff8, 0x2000, 0x1ff4, 0x2000); /* earlier in the line */
	for (uint32_t size = 4; size < 64; size += 4)
		if (tlp_tag_allows(&tag, 0x6000 - size, size))
			owe(&tag, 0x6000 - size, size);
	fit = tlp_fit_whole(&span, &ram);
	assert_false(tlp_fit_move(&span, &ram, 512, &tag, &fit));
}

static void what_is_found_is_always_a_read_the_tag_allows(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		CLEANUP(ram_map_deinit) struct ram_map ram =
			ram_of(0x1000 + next_random() % 300, 0x3000 - next_random() % 300);
		uint64_t start = ram.ranges[0].start.v + next_random() % 0x1c00;
		uint64_t page = (start & PAGE_MASK) + PAGE_SIZE, end = start + 1 + next_random() % 512;
		struct tlp_tag tag = { 0 };
		struct read_span span;
		struct tlp_fit fit;

		end = end < (start & ~3u) + 512 ? end : (start & ~3u) + 512;
		end = end < page ? end : page;
		span = span_of(start, end < ram.ranges[0].end.v ? end : ram.ranges[0].end.v);
		for (unsigned int i = next_random() % 20; i; i--) {
			uint64_t at = next_random() % 64 * 4;
			uint32_t size = 4 + next_random() % 32 * 4;

			if (tlp_tag_allows(&tag, at, size))
				owe(&tag, at, size);
		}
		fit = tlp_fit_whole(&span, &ram);
		if (tlp_tag_allows(&tag, fit.start, (uint32_t)(fit.end - fit.start)))
			continue;
		if (!tlp_fit_move(&span, &ram, 512, &tag, &fit))
			continue;
		assert_true(tlp_tag_allows(&tag, fit.start, (uint32_t)(fit.end - fit.start)));
		assert_true(ram_map_contains(&ram, PADDR(fit.start), fit.end - fit.start));
		assert_true(fit.start <= span.start && fit.end > span.start && fit.end - fit.start <= 512);
		assert_int_equal(fit.start / PAGE_SIZE, (fit.end - 1) / PAGE_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read_where_they_are_ram),
		cmocka_unit_test(a_read_moves_where_it_costs_least),
		cmocka_unit_test(what_is_found_is_always_a_read_the_tag_allows),
	};

	return cmocka_run_group_tests_name("tlp_fit", tests, NULL, NULL);
}
