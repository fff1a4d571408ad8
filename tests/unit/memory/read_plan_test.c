#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "memory/read_plan.h"
#include "tests/lib/random.h"

#define MEMORY_SIZE (1u << 16)

static uint8_t memory[MEMORY_SIZE], to[MEMORY_SIZE * 4];

static struct ram_map ram_of(uint64_t start, uint64_t end, uint64_t start2, uint64_t end2)
{
	struct ram_map map = RAM_MAP_INIT;

	ram_map_add(&map, PADDR(start), PADDR(end));
	ram_map_add(&map, PADDR(start2), PADDR(end2));
	return map;
}

/* The spans of these reads, as "start-end" in hexadecimal. */
static void assert_spans(struct memory_read *reads, size_t n, const struct ram_map *ram, const char *expected)
{
	CLEANUP(read_plan_deinit) struct read_plan p;
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;
	struct read_span s;

	read_plan_init(&p, reads, n, ram, 512);
	while (read_plan_next(&p, &s))
		buf_addf(&text, "%s%lx-%lx", text.size ? " " : "", (unsigned long)s.start, (unsigned long)s.end);
	assert_string_equal(buf_str(&text), expected);
}

#define READ(at, size) { PADDR(at), size, to, MEMORY_OK }

static void spans_are_as_few_as_can_be(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = ram_of(0, 0x2100, 0x2200, MEMORY_SIZE);
	struct memory_read one[] = { READ(0x1000, 4096) };
	struct memory_read odd[] = { READ(0x1ffe, 4) };
	struct memory_read fields[] = { READ(0x1180, 8), READ(0x1000, 4), READ(0x1100, 16), READ(0x1200, 8) };
	struct memory_read over_hole[] = { READ(0x20f0, 16), READ(0x2200, 16) };
	struct memory_read same[] = { READ(0x1000, 64), READ(0x1010, 8), READ(0x1000, 64), READ(0x1030, 64) };
	struct memory_read nothing[] = { READ(0x1000, 0), READ(0x3000, 0) };
	struct memory_read unaligned[] = { READ(0x1003, 510) };

	(void)state;
	assert_spans(one, 1, &ram, "1000-1200 1200-1400 1400-1600 1600-1800 1800-1a00 1a00-1c00 1c00-1e00 1e00-2000");
	assert_spans(odd, 1, &ram, "1ffe-2000 2000-2002");
	assert_spans(fields, 4, &ram, "1000-1188 1200-1208");
	assert_spans(over_hole, 2, &ram, "20f0-2100 2200-2210");
	assert_spans(same, 4, &ram, "1000-1070");
	assert_spans(nothing, 2, &ram, "");
	assert_spans(unaligned, 1, &ram, "1003-1200 1200-1201");
	assert_spans(NULL, 0, &ram, "");
}

static struct memory_read choose(size_t i)
{
	uint32_t size = next_random() % (next_random() % 4 ? 40 : 6000);
	uint64_t at = next_random() % 3 ? next_random() % 4096 : next_random() % (MEMORY_SIZE - 6000);

	if (at < 0x3000 && at + size > 0x2800)
		at = 0x3000;
	return (struct memory_read){ PADDR(at), size, to + i * 6000, MEMORY_OK };
}

/* Every span is answered, fails, or is asked for again, at random; bad: spans that touch it always fail. */
static void run(struct read_plan *p, const struct ram_map *ram, uint64_t bad)
{
	struct read_span s;

	while (read_plan_next(p, &s)) {
		assert_true(s.start < s.end && s.end - s.start <= 512 && s.start / 4096 == (s.end - 1) / 4096);
		assert_true(ram_map_contains(ram, PADDR(s.start), s.end - s.start));
		if (next_random() % 8 == 0)
			read_plan_again(p, &s);
		else if (s.start <= bad && bad < s.end)
			read_plan_fail(p, &s, MEMORY_UR);
		else
			read_plan_done(p, &s, s.start & ~3u, memory + (s.start & ~3u));
	}
}

static void every_element_gets_its_bytes(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = ram_of(0, 0x2800, 0x3000, MEMORY_SIZE);
	struct memory_read reads[40];

	(void)state;
	for (size_t i = 0; i < MEMORY_SIZE; i++)
		memory[i] = (uint8_t)next_random();
	for (int round = 0; round < 3000; round++) {
		CLEANUP(read_plan_deinit) struct read_plan p;
		size_t n = next_random() % 40;
		uint64_t bad = next_random() % 4096;

		memset(to, 0xa5, sizeof(to));
		for (size_t i = 0; i < n; i++)
			reads[i] = choose(i);
		read_plan_init(&p, reads, n, &ram, 512);
		run(&p, &ram, bad);
		for (size_t i = 0; i < n; i++) {
			bool is_bad = reads[i].at.v <= bad && bad < reads[i].at.v + reads[i].size;

			/* an element that fails takes no other one with it */
			assert_int_equal(reads[i].status, is_bad ? MEMORY_UR : MEMORY_OK);
			if (!is_bad)
				assert_memory_equal(reads[i].to, memory + reads[i].at.v, reads[i].size);
		}
	}
}

static void what_is_given_up_has_that_status(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = ram_of(0, 0x2000, 0x3000, MEMORY_SIZE);
	struct memory_read reads[] = { READ(0x1000, 8), READ(0x1800, 1024), READ(0x4000, 4096), READ(0x5000, 0) };
	CLEANUP(read_plan_deinit) struct read_plan p;
	struct read_span s;

	(void)state;
	read_plan_init(&p, reads, 4, &ram, 512);
	assert_true(read_plan_next(&p, &s));
	read_plan_done(&p, &s, 0x1000, memory);
	assert_true(read_plan_next(&p, &s));
	read_plan_again(&p, &s);
	read_plan_abandon(&p, MEMORY_TIMEOUT);
	assert_false(read_plan_next(&p, &s));
	assert_int_equal(reads[0].status, MEMORY_OK);
	assert_int_equal(reads[1].status, MEMORY_TIMEOUT);
	assert_int_equal(reads[2].status, MEMORY_TIMEOUT);
	assert_int_equal(reads[3].status, MEMORY_OK);
}

/* A large element whose start cannot be read is not asked for to its end. */
static void a_failed_element_is_not_read_on(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map ram = ram_of(0, MEMORY_SIZE, 0, 0);
	struct memory_read reads[] = { READ(0, MEMORY_SIZE), READ(0x8000, 8) };
	CLEANUP(read_plan_deinit) struct read_plan p;
	struct read_span s;

	(void)state;
	read_plan_init(&p, reads, 2, &ram, 512);
	assert_true(read_plan_next(&p, &s));
	read_plan_fail(&p, &s, MEMORY_UR);
	assert_true(read_plan_next(&p, &s));
	assert_int_equal(s.start, 0x8000);
	assert_false(read_plan_next(&p, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_as_few_as_can_be),
		cmocka_unit_test(every_element_gets_its_bytes),
		cmocka_unit_test(what_is_given_up_has_that_status),
		cmocka_unit_test(a_failed_element_is_not_read_on),
	};

	return cmocka_run_group_tests_name("read_plan", tests, NULL, NULL);
}
