#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "memory/memory.h"
#include "tests/lib/dma_proxy.h"
#include "tests/lib/dump.h"

static struct ram_map map_of(const char *text)
{
	struct ram_map map = RAM_MAP_INIT;

	assert_ok(ram_map_parse("map", text, strlen(text), &map));
	return map;
}

/* Ends the server when the memory is closed, and says what it was asked wrongly. */
static void assert_asked_well(struct dma_proxy *p)
{
	CLEANUP(free_ptr) char *wrong = dma_proxy_stop(p);

	if (wrong)
		fail_msg("%s", wrong);
}

static void any_part_of_ram_can_be_read(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map =
		map_of("0x1000-0x9fc00\n0x100000-0x3ff008\n0x100000000-0x100003000\n");
	struct dma_proxy *p = dma_proxy_start(&map, DMA_PROXY_FINE, 0);
	struct memory *m = NULL;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(dma_proxy_uri(p), &m));
	assert_true(memory_limits(m)->live);
	memory_set_ram_map(m, &map);
	assert_pattern(m, &map);
	assert_err(memory_read(m, PADDR(0x9fc00), &byte, 1), ERR_DATA, "hole");
	assert_err(memory_read(m, PADDR(0xfff), &byte, 1), ERR_DATA, "hole");
	memory_close(m);
	assert_asked_well(p);
}

static void a_large_read_is_few_requests(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map = map_of("0x100000-0x500000\n");
	CLEANUP(free_ptr) uint8_t *bytes = malloc(0x400000), *expected = malloc(0x400000);
	struct dma_proxy *p = dma_proxy_start(&map, DMA_PROXY_FINE, 0);
	struct memory *m = NULL;

	(void)state;
	assert_ok(memory_open(dma_proxy_uri(p), &m));
	memory_set_ram_map(m, &map);
	assert_ok(memory_read(m, PADDR(0x100000), bytes, 0x400000));
	dump_pattern(NULL, PADDR(0x100000), expected, 0x400000);
	assert_memory_equal(bytes, expected, 0x400000);
	assert_true(dma_proxy_reads(p) <= 5);
	memory_close(m);
	assert_asked_well(p);
}

static void without_a_map_little_is_ram(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "map", "0x1000-0x3000\n");
	CLEANUP(ram_map_deinit) struct ram_map all = map_of("0x0-0x200000\n");
	struct dma_proxy *p = dma_proxy_start(&all, DMA_PROXY_FINE, 0);
	CLEANUP(free_ptr) char *uri = NULL;
	struct memory *m = NULL;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(dma_proxy_uri(p), &m));
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0xa0000);
	assert_err(memory_read(m, PADDR(0xa0000), &byte, 1), ERR_DATA, "hole");
	memory_close(m);
	assert_asked_well(p);
	p = dma_proxy_start(&all, DMA_PROXY_FINE, 0);
	uri = xasprintf("%s?ram_map=%s", dma_proxy_uri(p), path);
	assert_ok(memory_open(uri, &m));
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x2000);
	assert_pattern(m, memory_ram_map(m));
	/* devices between 640 KiB and 1 MiB are no RAM whatever a map says */
	memory_set_ram_map(m, &all);
	assert_err(memory_read(m, PADDR(0xf0000), &byte, 1), ERR_DATA, "hole");
	memory_close(m);
	assert_asked_well(p);
}

/* A RAM range that begins within a page: the protocol reads from the page's start only. */
static void a_page_that_begins_outside(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map = map_of("0x1800-0x4000\n");
	struct dma_proxy *p = dma_proxy_start(&map, DMA_PROXY_FINE, 0);
	struct memory *m = NULL;
	uint8_t bytes[16];

	(void)state;
	assert_ok(memory_open(dma_proxy_uri(p), &m));
	memory_set_ram_map(m, &map);
	assert_err(memory_read(m, PADDR(0x1800), bytes, 16), ERR_DATA, "hole");
	assert_ok(memory_read(m, PADDR(0x2000), bytes, 16));
	memory_close(m);
	assert_asked_well(p);
}

/* Nothing wrong passes for memory, and after it nothing is believed. */
static void faults_of_the_server(void **state)
{
	static const struct {
		enum dma_proxy_fault fault;
		enum err_code code;
		const char *words;
		bool goes_on;
	} bad[] = {
		{ DMA_PROXY_CLOSES, ERR_SYSTEM, "closed the connection", false },
		{ DMA_PROXY_STOPS, ERR_SYSTEM, "closed the connection", false },
		{ DMA_PROXY_LONG, ERR_SYSTEM, "not the protocol", false },
		{ DMA_PROXY_OTHER_ADDRESS, ERR_SYSTEM, "not the protocol", false },
		{ DMA_PROXY_OTHER_COMMAND, ERR_SYSTEM, "not the protocol", false },
		{ DMA_PROXY_SHORT, ERR_DATA, "protocol error", true },
		{ DMA_PROXY_NOTHING, ERR_DATA, "protocol error", true },
	};
	CLEANUP(ram_map_deinit) struct ram_map map = map_of("0x0-0x9f000\n");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct dma_proxy *p = dma_proxy_start(&map, bad[i].fault, 2);
		uint8_t bytes[64], expected[64];
		struct memory *m = NULL;

		assert_ok(memory_open(dma_proxy_uri(p), &m));
		assert_ok(memory_read(m, PADDR(0x1010), bytes, 64));
		dump_pattern(NULL, PADDR(0x1010), expected, 64);
		assert_memory_equal(bytes, expected, 64);
		assert_err(memory_read(m, PADDR(0x2000), bytes, 64), bad[i].code, bad[i].words);
		if (!bad[i].goes_on)
			assert_err(memory_read(m, PADDR(0x1000), bytes, 64), ERR_SYSTEM,
				   "failed before");
		memory_close(m);
		assert_asked_well(p);
	}
}

static void servers_that_are_not_ready(void **state)
{
	CLEANUP(ram_map_deinit) struct ram_map map = map_of("0x0-0x9f000\n");
	struct dma_proxy *p = dma_proxy_start(&map, DMA_PROXY_NOT_READY, 0);
	struct memory *m = NULL;

	(void)state;
	assert_err(memory_open(dma_proxy_uri(p), &m), ERR_SYSTEM, "not ready");
	assert_asked_well(p);
	assert_err(memory_open("tcp:127.0.0.1:1", &m), ERR_SYSTEM, "Connection refused");
}

static void malformed_addresses(void **state)
{
	static const char *const bad[] = { "tcp:", "tcp:127.0.0.1", "tcp:127.0.0.1:", "tcp:127.0.0.1:0",
					   "tcp:127.0.0.1:65536", "tcp:127.0.0.1:12x", "tcp::12",
					   "tcp:127.0.0.1: 12", "tcp:127.0.0.1:-12", "tcp:fe80::1:12",
					   "tcp:[fe80::1]", "tcp:[127.0.0:1", "tcp:[]:1",
					   "tcp:localhost:12", "tcp:127.0.0.1:12?fast" };
	struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_err(memory_open(bad[i], &m), ERR_USAGE, "expected");
	assert_err(memory_open("tcp:[::1]:1", &m), ERR_SYSTEM, "[::1]:1: ");
	assert_err(memory_open("tcp:127.0.0.1:1?ram_map=/none", &m), ERR_SYSTEM, "/none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_part_of_ram_can_be_read),
		cmocka_unit_test(a_large_read_is_few_requests),
		cmocka_unit_test(without_a_map_little_is_ram),
		cmocka_unit_test(a_page_that_begins_outside),
		cmocka_unit_test(faults_of_the_server),
		cmocka_unit_test(servers_that_are_not_ready),
		cmocka_unit_test(malformed_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
