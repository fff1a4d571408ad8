#include "tests/lib/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "memory/source.h"
#include "recover/scan/scan.h"
#include "tests/lib/failing.h"
#include "tests/lib/scratch.h"
#include "tests/lib/text_memory.h"

#define MIB (UINT64_C(1) << 20)

static void assert_hits(const struct scan *s, enum scan_kind kind, size_t count, ...)
{
	va_list args;

	if (s->hits[kind].count != count)
		fail_msg("%s: %zu hits, expected %zu", scan_kind_name(kind), s->hits[kind].count,
			 count);
	va_start(args, count);
	for (size_t i = 0; i < count; i++) {
		uint64_t at = va_arg(args, uint64_t);

		if (s->hits[kind].at[i].v != at)
			fail_msg("%s: hit %zu is at 0x%lx, expected 0x%lx", scan_kind_name(kind), i,
				 s->hits[kind].at[i].v, at);
	}
	va_end(args);
}

static struct scan scan_of(const char *text, unsigned int threads)
{
	CLEANUP(memory_closep) struct memory *m = text_memory(text);
	struct scan s;

	assert_ok(scan_memory(m, threads, NULL, &s));
	assert_true(s.scanned == ram_map_size(memory_ram_map(m)));
	assert_true(s.unreadable == 0);
	return s;
}

static void every_kind(void **state)
{
	CLEANUP(scan_deinit) struct scan s =
		scan_of("ram 0x0-0x20000\n"
			"0x1001: string \"Linux version 6.1\"\n"
			"0x2004: string \"OSRELEASE=6.1\"\n"
			"0x3004: u32 0x0001eb9f 24 0\n"
			"0x4003: string \"IKCFG_ST\"\n"
			"0x5008: string \"swapper/0\"\n"
			"0x6000: string \"# CONFIG_A is not set\\nCONFIG_B=y\\nCONFIG_C=m\\n\"\n", 1);

	(void)state;
	assert_hits(&s, SCAN_BANNER, 1, 0x1001ul);
	assert_hits(&s, SCAN_VMCOREINFO, 1, 0x2004ul);
	assert_hits(&s, SCAN_BTF, 1, 0x3004ul);
	assert_hits(&s, SCAN_IKCONFIG, 1, 0x4003ul);
	assert_hits(&s, SCAN_SWAPPER, 1, 0x5008ul);
	assert_hits(&s, SCAN_CONFIG_TEXT, 1, 0x6000ul);
}

static void what_only_looks_alike(void **state)
{
	CLEANUP(scan_deinit) struct scan s =
		scan_of("ram 0x0-0x20000\n"
			"0x1000: string \"Linux Version 6.1 Linux version\"\n"
			"0x2001: string \"OSRELEASE=6.1\"\n" /* not at 4 bytes */
			"0x2100: string \"OSRELEASEX\"\n"
			"0x3002: u32 0x0001eb9f 24\n"
			"0x3010: u32 0x0101eb9f 24\n" /* flags */
			"0x3020: u32 0x0002eb9f 24\n" /* version 2 */
			"0x3030: u32 0x0001eb9f 23\n" /* header too short */
			"0x4000: string \"IKCFG_ED\"\n"
			"0x5004: string \"swapper/0\"\n" /* not at 8 bytes */
			"0x5100: string \"swapper/1\"\n"
			"0x5200: string \"swapper/0 x\"\n"
			"0x5300: string \"swapper\"\n"
			"0x6001: string \"CONFIG_A=y\\nCONFIG_B=y\\n\"\n" /* not at a page's start */
			"0x7000: string \"#define CONFIG_A 1\\n#define CONFIG_B 1\\n\"\n", 1);

	(void)state;
	for (enum scan_kind kind = 0; kind < SCAN_KIND_COUNT; kind++)
		assert_hits(&s, kind, 0);
}

/* Hits across the ends of blocks, buffers, chunks and ranges, at every offset. */
static void across_every_boundary(void **state)
{
	static const uint64_t boundaries[] = { 64, 4096, 256 << 10, 8 * MIB };

	(void)state;
	for (size_t i = 0; i < sizeof(boundaries) / sizeof(*boundaries); i++) {
		CLEANUP(buf_deinit) struct buf text = BUF_INIT;
		CLEANUP(scan_deinit) struct scan s = { .scanned = 0 };
		uint64_t at = boundaries[i];

		for (uint64_t back = 0; back <= 16; back++) {
			buf_clear(&text);
			buf_addf(&text, "ram 0x0-0x%lx\n0x%lx: string \"Linux version \"\n",
				 16 * MIB, at - back);
			scan_deinit(&s);
			s = scan_of(text.data, 1 + back % 2);
			assert_hits(&s, SCAN_BANNER, 1, at - back);
		}
		buf_clear(&text);
		buf_addf(&text, "ram 0x0-0x%lx\n0x%lx: string \"swapper/0\"\n", 16 * MIB, at - 8);
		scan_deinit(&s);
		s = scan_of(text.data, 1);
		assert_hits(&s, SCAN_SWAPPER, 1, at - 8);
	}
}

static void the_ends_of_ram(void **state)
{
	/* the second range begins in the middle of a page, and the text of the third one is cut off */
	CLEANUP(scan_deinit) struct scan s =
		scan_of("ram 0x0-0x1000\n"
			"ram 0x2800-0x3800\n"
			"ram 0x10000-0x10006\n"
			"0xff2: string \"Linux version \"\n"
			"0x2800: string \"Linux version \"\n"
			"0x37f0: string \"swapper/0\"\n"
			"0x10000: string \"Linux \"\n", 2);

	(void)state;
	assert_hits(&s, SCAN_BANNER, 2, 0xff2ul, 0x2800ul);
	assert_hits(&s, SCAN_SWAPPER, 1, 0x37f0ul);
}

static void no_more_than_the_lowest(void **state)
{
	CLEANUP(memory_closep) struct memory *m = text_memory("ram 0x0-0x1000000\n");
	CLEANUP(scan_deinit) struct scan one = { .scanned = 0 }, four = { .scanned = 0 };

	(void)state;
	for (uint64_t at = 0; at < 16 * MIB; at += 1024)
		text_memory_putf(m, "0x%lx: string \"swapper/0\"\n", at);
	assert_ok(scan_memory(m, 1, NULL, &one));
	assert_ok(scan_memory(m, 4, NULL, &four));
	assert_int_equal(one.hits[SCAN_SWAPPER].count, SCAN_HITS_MAX);
	assert_true(one.hits[SCAN_SWAPPER].total == 16 * 1024);
	assert_true(one.hits[SCAN_SWAPPER].at[SCAN_HITS_MAX - 1].v == (SCAN_HITS_MAX - 1) * 1024);
	assert_true(four.hits[SCAN_SWAPPER].total == one.hits[SCAN_SWAPPER].total);
	assert_memory_equal(one.hits[SCAN_SWAPPER].at, four.hits[SCAN_SWAPPER].at,
			    SCAN_HITS_MAX * sizeof(struct paddr));
}

static void holes_of_a_file_are_not_read(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_path(&dir, "sparse");
	CLEANUP(memory_closep) struct memory *m = NULL;
	CLEANUP(scan_deinit) struct scan s = { .scanned = 0 };
	CLEANUP(close_fd) int fd = open(path, O_RDWR | O_CREAT, 0600);

	(void)state;
	assert_return_code(ftruncate(fd, (off_t)(64 * MIB)), 0);
	assert_int_equal(pwrite(fd, "Linux version ", 14, (off_t)(40 * MIB - 5)), 14);
	assert_ok(memory_open(path, &m));
	assert_ok(scan_memory(m, 2, NULL, &s));
	assert_hits(&s, SCAN_BANNER, 1, 40 * MIB - 5);
	assert_true(s.scanned + s.skipped == 64 * MIB);
	assert_true(s.skipped > 32 * MIB);
	assert_true(memory_counters(m)->bytes < 2 * s.scanned + 4096);
}

static const char some[] = "ram 0x0-0x300000\n"
			   "0x1ff8: string \"Linux version \"\n"
			   "0x250000: string \"Linux version \"\n";

static void pages_that_cannot_be_read_are_counted(void **state)
{
	(void)state;
	for (unsigned int n = 1; n < 40; n++) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(text_memory(some), n, MEMORY_UR);
		CLEANUP(scan_deinit) struct scan s = { .scanned = 0 };

		assert_ok(scan_memory(m, 0, NULL, &s));
		/* a buffer that failed is read again page by page */
		assert_true(s.unreadable == 0);
		assert_hits(&s, SCAN_BANNER, 2, 0x1ff8ul, 0x250000ul);
		if (!failing_has_failed(m))
			break;
	}
}

/* A source for which vectors are worth it gets vectors, and a page that fails is missing alone. */
static void in_vectors(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		failing_memory(text_memory(some), 3, MEMORY_TIMEOUT);
	CLEANUP(scan_deinit) struct scan s = { .scanned = 0 };

	(void)state;
	m->limits.batch = 100;
	assert_ok(scan_memory(m, 0, NULL, &s));
	assert_true(s.unreadable == 4096 && s.scanned == 0x300000 - 4096);
	assert_hits(&s, SCAN_BANNER, 1, 0x250000ul); /* the other banner runs into the third page */
	assert_true(memory_counters(m)->vectors == 8);
}

static void a_source_that_is_gone(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 1; n < 40; n++) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(text_memory(some), n, FAILING_GONE);
		CLEANUP(scan_deinit) struct scan s = { .scanned = 0 };
		struct err *e = scan_memory(m, 0, NULL, &s);

		if (!failing_has_failed(m)) {
			assert_null(e);
			break;
		}
		assert_err(e, ERR_SYSTEM, "the source is gone");
	}
	assert_int_equal(n, 3 * 4 + 1);
}

/* All filters pass the same blocks. */
static void all_filters_agree(void **state)
{
	static const char alphabet[] = "xvGSLIOSREswap \0\x9f\xeb\x01";
	enum { SIZE = 1 << 16 };
	CLEANUP(free_ptr) uint8_t *bytes = xcalloc(SIZE + SCAN_AHEAD, 1);

	(void)state;
	srandom(1);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = random() % 3 ? 0 : (uint8_t)alphabet[(size_t)random() % sizeof(alphabet)];
	for (unsigned int way = 1; scan_filter_at(way); way++) {
		const uint8_t *p = bytes, *q = bytes, *end = bytes + SIZE;
		size_t passed = 0;

		while (p < end) {
			p = scan_filter_at(0)(p, end);
			q = scan_filter_at(way)(q, end);
			assert_ptr_equal(p, q);
			passed += p < end;
			p += 64;
			q += 64;
		}
		assert_true(passed > 10 && passed < SIZE / 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(what_only_looks_alike),
		cmocka_unit_test(across_every_boundary),
		cmocka_unit_test(the_ends_of_ram),
		cmocka_unit_test(no_more_than_the_lowest),
		cmocka_unit_test(holes_of_a_file_are_not_read),
		cmocka_unit_test(pages_that_cannot_be_read_are_counted),
		cmocka_unit_test(in_vectors),
		cmocka_unit_test(a_source_that_is_gone),
		cmocka_unit_test(all_filters_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
