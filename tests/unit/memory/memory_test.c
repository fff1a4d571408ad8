#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "memory/source.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"
#include "tests/lib/scratch.h"

/* A file of `pages` pages, each filled with its number. */
static char *numbered_pages(const struct scratch *dir, const char *name, size_t pages, size_t cut)
{
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(pages, PAGE_SIZE);

	for (size_t i = 0; i < pages * PAGE_SIZE; i++)
		bytes[i] = (uint8_t)(i / PAGE_SIZE);
	return scratch_bytes(dir, name, bytes, pages * PAGE_SIZE - cut);
}

static void a_raw_file_is_memory(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = numbered_pages(&dir, "raw", 4, 0);
	CLEANUP(free_ptr) char *uri = xasprintf("file:%s", path);
	CLEANUP(memory_closep) struct memory *m = NULL, *bare = NULL;
	uint8_t bytes[4] = { 0 };

	(void)state;
	assert_ok(memory_open(uri, &m));
	assert_string_equal(memory_uri(m), uri);
	assert_true(ram_map_size(memory_ram_map(m)) == 4 * PAGE_SIZE);
	assert_true(memory_limits(m)->threads_may_read);
	assert_false(memory_limits(m)->live);
	assert_ok(memory_read(m, PADDR(0x1ffe), bytes, 4)); /* across a page's end */
	assert_memory_equal(bytes, "\1\1\2\2", 4);
	assert_true(memory_counters(m)->bytes == 4);

	assert_ok(memory_open(path, &bare));
	assert_ok(memory_read(bare, PADDR(0x3fff), bytes, 1));
	assert_int_equal(bytes[0], 3);
}

static void elements_fail_by_themselves(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		text_memory("ram 0x0-0x1000\nram 0x2000-0x3000\n0x10: u32 7\n0x2ffc: u32 9\n");
	uint32_t a = 0, b = 0, c = 0, d = 0;
	struct memory_read reads[] = {
		{ PADDR(0x10), 4, &a, MEMORY_IO },
		{ PADDR(0xffe), 4, &b, MEMORY_IO },
		{ PADDR(0x2ffc), 4, &c, MEMORY_IO },
		{ PADDR(0x3000), 4, &d, MEMORY_IO },
	};

	(void)state;
	assert_ok(memory_read_vector(m, reads, 4));
	assert_int_equal(reads[0].status, MEMORY_OK);
	assert_int_equal(reads[1].status, MEMORY_HOLE);
	assert_int_equal(reads[2].status, MEMORY_OK);
	assert_int_equal(reads[3].status, MEMORY_HOLE);
	assert_int_equal(a, 7);
	assert_int_equal(c, 9);
	assert_true(memory_counters(m)->failed[MEMORY_HOLE] == 2);
	assert_err(memory_read(m, PADDR(0xffe), &b, 4), ERR_DATA, "4 bytes at 0xffe: hole");
}

static void nothing_outside_the_ram_map_is_asked_for(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		failing_memory(text_memory("ram 0x0-0x4000\n"), 1, MEMORY_UR);
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	uint64_t word;

	(void)state;
	ram_map_add(&map, PADDR(0x1000), PADDR(0x2000));
	memory_set_ram_map(m, &map);
	assert_err(memory_read(m, PADDR(0), &word, 8), ERR_DATA, "hole");
	assert_err(memory_read(m, PADDR(0x2000), &word, 8), ERR_DATA, "hole");
	assert_err(memory_read(m, PADDR(UINT64_MAX), &word, 8), ERR_DATA, "hole");
	assert_false(failing_has_failed(m));
	assert_err(memory_read(m, PADDR(0x1000), &word, 8), ERR_DATA, "unsupported request");
	assert_ok(memory_read(m, PADDR(0x1000), &word, 8));
}

static void a_source_that_is_gone_is_an_error(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		failing_memory(text_memory("ram 0x0-0x1000\n"), 1, FAILING_GONE);
	uint64_t word;

	(void)state;
	assert_err(memory_read(m, PADDR(0), &word, 8), ERR_SYSTEM, "failing:: the source is gone");
}

static void what_may_pass_is_asked_for_again(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		failing_memory(text_memory("ram 0x0-0x4000\n0x10: u64 7\n"), 1, MEMORY_POISONED);
	CLEANUP(memory_closep) struct memory *ur =
		failing_memory(text_memory("ram 0x0-0x4000\n"), 2, MEMORY_UR);
	static uint8_t pages[2][PAGE_SIZE];
	struct memory_read reads[] = {
		{ PADDR(0), PAGE_SIZE, pages[0], MEMORY_IO },
		{ PADDR(0x2000), PAGE_SIZE, pages[1], MEMORY_IO },
	};

	(void)state;
	assert_ok(memory_read_again(m, reads, 2));
	assert_int_equal(reads[0].status, MEMORY_OK);
	assert_int_equal(reads[1].status, MEMORY_OK);
	assert_int_equal(pages[0][0x10], 7);
	assert_int_equal(memory_counters(m)->failed[MEMORY_POISONED], 1);
	/* and what will not pass is not */
	assert_ok(memory_read_again(ur, reads, 2));
	assert_int_equal(reads[0].status, MEMORY_OK);
	assert_int_equal(reads[1].status, MEMORY_UR);
	assert_int_equal(memory_counters(ur)->elements, 2);
}

/* Loses every answer of more than 512 bytes, and every one with this address in it. */
static struct err *lossy_read(struct memory *m, struct memory_read *reads, size_t n)
{
	const uint64_t *lost = m->source;

	for (size_t i = 0; i < n; i++) {
		if (reads[i].size > 512 || *lost - reads[i].at.v < reads[i].size)
			reads[i].status = MEMORY_TIMEOUT;
		else
			memset(reads[i].to, 0x5a, reads[i].size);
	}
	return NULL;
}

static void lossy_close(struct memory *m)
{
	(void)m;
}

static const struct memory_ops lossy_ops = {
	.scheme = "lossy", .close = lossy_close, .read = lossy_read,
};

static void what_is_left_has_its_elements_status(void **state)
{
	uint64_t lost = 0x1204;
	CLEANUP(memory_closep) struct memory *m = memory_new(&lossy_ops, "lossy:", &lost);
	static uint8_t bytes[3][PAGE_SIZE], expected[PAGE_SIZE];
	struct memory_read reads[] = {
		{ PADDR(0), 0x601, bytes[0], MEMORY_IO },
		{ PADDR(0x1000), PAGE_SIZE, bytes[1], MEMORY_IO },
		{ PADDR(0x9000), 8, bytes[2], MEMORY_IO }, /* outside the RAM */
		{ PADDR(0x2000), PAGE_SIZE, bytes[2], MEMORY_IO },
	};

	(void)state;
	m->silence_unchecked = true;
	ram_map_add(&m->ram_map, PADDR(0), PADDR(0x4000));
	memset(expected, 0x5a, sizeof(expected));
	assert_ok(memory_read_again(m, reads, 4));
	assert_int_equal(reads[0].status, MEMORY_OK);
	assert_memory_equal(bytes[0], expected, 0x601);
	assert_int_equal(bytes[0][0x601], 0);
	assert_int_equal(reads[1].status, MEMORY_TIMEOUT);
	assert_int_equal(reads[2].status, MEMORY_HOLE);
	assert_int_equal(reads[3].status, MEMORY_OK);
	assert_memory_equal(bytes[2], expected, PAGE_SIZE);
	/* all, then 4 and 8 and 8 pieces, then the one that is lost three times more */
	assert_int_equal(memory_counters(m)->elements, 4 + 20 + 3);
	assert_err(memory_read(m, PADDR(0x1000), bytes[1], PAGE_SIZE), ERR_DATA, "0x1000: timeout");
}

/* From the n-th vector on it does not answer; then, perhaps, at one address only. */
struct silent {
	unsigned int vectors, from;
	uint64_t answers; /* at this address all the same */
};

static struct err *silent_read(struct memory *m, struct memory_read *reads, size_t n)
{
	struct silent *s = m->source;

	s->vectors++;
	for (size_t i = 0; i < n; i++)
		if (s->vectors >= s->from && reads[i].at.v != s->answers)
			reads[i].status = MEMORY_TIMEOUT;
	return NULL;
}

static void silent_close(struct memory *m)
{
	(void)m;
}

static const struct memory_ops silent_ops = {
	.scheme = "silent", .close = silent_close, .read = silent_read,
};

static struct memory *silent_memory(struct silent *s)
{
	struct memory *m = memory_new(&silent_ops, "silent:", s);
	struct ram_map map = RAM_MAP_INIT;

	m->limits.live = true;
	ram_map_add(&map, PADDR(0), PADDR(0x10000));
	memory_set_ram_map(m, &map);
	ram_map_deinit(&map);
	return m;
}

static unsigned int vectors_until_gone(struct memory *m)
{
	uint64_t word;
	struct memory_read r = { PADDR(0x3000), 8, &word, MEMORY_OK };

	for (unsigned int i = 1; i < 100; i++) {
		struct err *e = memory_read_vector(m, &r, 1);

		if (!e)
			continue;
		assert_err(e, ERR_SYSTEM, "silent:: does not answer");
		return i;
	}
	return 0;
}

static void a_source_that_falls_silent_is_gone(void **state)
{
	struct silent never = { 0, 1, UINT64_MAX }, later = { 0, 2, UINT64_MAX }, once = { 0, 2, 0x2000 };
	CLEANUP(memory_closep) struct memory *a = silent_memory(&never), *b = silent_memory(&later);
	CLEANUP(memory_closep) struct memory *c = silent_memory(&once);
	uint64_t word;

	(void)state;
	assert_int_equal(vectors_until_gone(a), 8);
	assert_ok(memory_read(b, PADDR(0x2000), &word, 8));
	assert_int_equal(vectors_until_gone(b), 8);
	/* it still answers where it did, so it is only that place */
	assert_ok(memory_read(c, PADDR(0x2000), &word, 8));
	assert_int_equal(vectors_until_gone(c), 0);
}

static void a_source_that_others_watch_may_be_silent(void **state)
{
	struct silent above = { 0, 1, UINT64_MAX }, shared = { 0, 1, UINT64_MAX };
	CLEANUP(memory_closep) struct memory *a = silent_memory(&above), *b = silent_memory(&shared);

	(void)state;
	a->silence_unchecked = true;
	b->limits.threads_may_read = true;
	assert_int_equal(vectors_until_gone(a), 0);
	assert_int_equal(vectors_until_gone(b), 0);
}

static void refuse(const char *fmt, const char *path, enum err_code code, const char *words)
{
	CLEANUP(free_ptr) char *uri = xasprintf("%s%s", path, fmt);
	struct memory *m = NULL;

	assert_err(memory_open(uri, &m), code, words);
	assert_null(m);
}

static void what_is_no_uri_is_named(void **state)
{
	(void)state;
	refuse("", "gopher:there", ERR_USAGE, "no kind of memory source is called \"gopher:\"; "
					      "there are: file:");
	refuse("", "file:", ERR_USAGE, "file: expected a path");
	refuse("", "", ERR_USAGE, "file: expected a path");
	refuse("?lowmem=0x1000", "", ERR_USAGE, "file: expected a path");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_raw_file_is_memory),
		cmocka_unit_test(elements_fail_by_themselves),
		cmocka_unit_test(nothing_outside_the_ram_map_is_asked_for),
		cmocka_unit_test(a_source_that_is_gone_is_an_error),
		cmocka_unit_test(what_may_pass_is_asked_for_again),
		cmocka_unit_test(what_is_left_has_its_elements_status),
		cmocka_unit_test(a_source_that_falls_silent_is_gone),
		cmocka_unit_test(a_source_that_others_watch_may_be_silent),
		cmocka_unit_test(what_is_no_uri_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
