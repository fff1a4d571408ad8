/* The source over real sockets, against the adapter in software. */
#include "tests/lib/unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/progress.h"
#include "memory/memory.h"
#include "tests/lib/adapter.h"
#include "tests/lib/loopback.h"
#include "tests/lib/scratch.h"

#define IMAGE_SIZE (4u << 20)
#define LOWMEM (2u << 20)
#define FOUR_GIB (UINT64_C(1) << 32)

/* A machine: its memory, the adapter in it, the addresses of both ends. */
struct machine {
	struct scratch dir;
	char *image;
	struct loopback own;
	uint8_t *bytes;
	struct adapter_config config;
	struct adapter *adapter;
	pthread_t thread;
	int stop;
	bool running;
};

static void *serve(void *arg)
{
	struct machine *m = arg;

	return adapter_run(m->adapter, m->stop);
}

static void start(struct machine *m)
{
	m->config.address = m->own.adapter;
	m->config.client = m->own.client;
	m->stop = eventfd(0, EFD_CLOEXEC);
	assert_ok(adapter_open(&m->config, &m->adapter));
	assert_int_equal(pthread_create(&m->thread, NULL, serve, m), 0);
	m->running = true;
}

/* The adapter goes; its counters stay. */
static void halt(struct machine *m, uint64_t counters[ADAPTER_COUNTER_COUNT])
{
	uint64_t one = 1;
	void *e;

	if (!m->running)
		return;
	assert_int_equal(write(m->stop, &one, sizeof(one)), sizeof(one));
	pthread_join(m->thread, &e);
	assert_ok((struct err *)e);
	for (enum adapter_counter i = 0; counters && i < ADAPTER_COUNTER_COUNT; i++)
		counters[i] = adapter_count(m->adapter, i);
	adapter_close(m->adapter);
	close(m->stop);
	m->running = false;
}

static struct machine machine_init(void)
{
	struct machine m = { .dir = scratch_init(), .own = loopback_own(), .config = adapter_defaults() };

	m.bytes = xmalloc(IMAGE_SIZE);
	for (uint32_t i = 0; i < IMAGE_SIZE / 8; i++)
		((uint64_t *)(void *)m.bytes)[i] = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	m.image = scratch_bytes(&m.dir, "memory", m.bytes, IMAGE_SIZE);
	m.config.image = m.image;
	m.config.lowmem = LOWMEM;
	return m;
}

static void machine_deinit(struct machine *m)
{
	halt(m, NULL);
	ram_map_deinit(&m->config.ur);
	ram_map_deinit(&m->config.ca);
	ram_map_deinit(&m->config.ram);
	scratch_deinit(&m->dir);
	free(m->image);
	free(m->bytes);
}

static struct memory *open_machine(const struct machine *m, const char *options)
{
	CLEANUP(free_ptr) char *uri =
		xasprintf("nettlp:%s?local=%s&requester=1b:00.0%s", m->own.adapter, m->own.client, options);
	CLEANUP(ram_map_deinit) struct ram_map map = RAM_MAP_INIT;
	struct memory *ret = NULL;

	assert_ok(memory_open(uri, &ret));
	ram_map_add(&map, PADDR(0), PADDR(LOWMEM));
	ram_map_add(&map, PADDR(FOUR_GIB), PADDR(FOUR_GIB + IMAGE_SIZE - LOWMEM));
	memory_set_ram_map(ret, &map);
	return ret;
}

struct wanted {
	const char *name;
	uint64_t value;
};

static void find(const char *name, uint64_t value, void *arg)
{
	struct wanted *w = arg;

	if (!strcmp(name, w->name))
		w->value = value;
}

static uint64_t stat_of(const struct memory *m, const char *name)
{
	struct wanted w = { name, UINT64_MAX };

	memory_stats(m, find, &w);
	assert_true(w.value != UINT64_MAX);
	return w.value;
}

static const uint8_t *truth_of(const struct machine *m, uint64_t at)
{
	return m->bytes + (at >= FOUR_GIB ? at - FOUR_GIB + LOWMEM : at);
}

static enum memory_status read_one(const struct machine *m, struct memory *memory, uint64_t at, uint32_t size)
{
	CLEANUP(free_ptr) uint8_t *to = xcalloc(1, size + 1);
	struct memory_read r = { PADDR(at), size, to, MEMORY_IO };

	assert_ok(memory_read_vector(memory, &r, 1));
	if (r.status == MEMORY_OK)
		assert_memory_equal(to, truth_of(m, at), size);
	return r.status;
}

/* Tries enough that a busy machine is not taken for an adapter that is away. */
#define PATIENT "&retries=25"

/* `vectors` of them at random; returns the elements that failed. */
static unsigned int read_many(const struct machine *m, struct memory *memory, unsigned int vectors)
{
	static uint64_t x = 88172645463325252u;
	static uint8_t to[32][2048];
	struct memory_read reads[32];
	unsigned int failed = 0;

	for (unsigned int v = 0; v < vectors; v++) {
		for (size_t i = 0; i < 32; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			reads[i] = (struct memory_read){
				PADDR((x >> 60 & 1 ? FOUR_GIB : 0x100000) + (x >> 8) % (LOWMEM / 2 - 2048)),
				1 + (uint32_t)(x >> 32) % (x & 1 ? 2047 : 24), to[i], MEMORY_IO
			};
			memset(to[i], 0xa5, reads[i].size);
		}
		assert_ok(memory_read_vector(memory, reads, 32));
		for (size_t i = 0; i < 32; i++) {
			if (reads[i].status == MEMORY_OK)
				assert_memory_equal(to[i], truth_of(m, reads[i].at.v), reads[i].size);
			failed += reads[i].status != MEMORY_OK;
		}
	}
	return failed;
}

static void memory_is_read_in_every_split(void **state)
{
	static const uint32_t splits[] = { 64, 128, 256, 512 };
	uint64_t counters[ADAPTER_COUNTER_COUNT];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		CLEANUP(machine_deinit) struct machine m = machine_init();
		CLEANUP(memory_closep) struct memory *memory = NULL;

		m.config.split = splits[i];
		m.config.delay_us = 100;
		ram_map_add(&m.config.ram, PADDR(0), PADDR(LOWMEM));
		ram_map_add(&m.config.ram, PADDR(FOUR_GIB), PADDR(FOUR_GIB + IMAGE_SIZE - LOWMEM));
		start(&m);
		memory = open_machine(&m, PATIENT);
		assert_true(memory_limits(memory)->live);
		assert_int_equal(read_one(&m, memory, 0x100000, LOWMEM - 0x100000), MEMORY_OK);
		assert_int_equal(read_one(&m, memory, FOUR_GIB - 4 + 4, 1), MEMORY_OK);
		assert_int_equal(read_many(&m, memory, 50), 0);
		halt(&m, counters);
		assert_int_equal(counters[ADAPTER_READS], stat_of(memory, "nettlp_reads"));
		assert_int_equal(counters[ADAPTER_MALFORMED] + counters[ADAPTER_TOO_LARGE] + counters[ADAPTER_MMIO], 0);
		/* what the reader gave up, on a busy machine, the adapter may still have */
		assert_true(counters[ADAPTER_MAX_INFLIGHT] < 16384 + 512 * stat_of(memory, "nettlp_timeouts"));
		assert_int_equal(stat_of(memory, "nettlp_sequence_gaps"), 0);
	}
}

static void what_is_no_ram_is_never_asked_for(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;
	CLEANUP(free_ptr) char *uri = NULL;
	CLEANUP(ram_map_deinit) struct ram_map all = RAM_MAP_INIT;
	uint64_t counters[ADAPTER_COUNTER_COUNT];

	(void)state;
	start(&m);
	uri = xasprintf("nettlp:%s?local=%s&requester=1b:00.0" PATIENT, m.own.adapter, m.own.client);
	assert_ok(memory_open(uri, &memory));
	assert_int_equal(read_one(&m, memory, 0x9fff0, 16), MEMORY_OK);
	assert_int_equal(read_one(&m, memory, 0x9fff0, 17), MEMORY_HOLE);
	assert_int_equal(read_one(&m, memory, 0x100000, 1), MEMORY_HOLE);
	ram_map_add(&all, PADDR(0), PADDR(UINT64_MAX));
	memory_set_ram_map(memory, &all);
	assert_int_equal(read_one(&m, memory, 0x9fff0, 17), MEMORY_HOLE);
	assert_int_equal(read_one(&m, memory, 0xa0000, 4), MEMORY_HOLE);
	assert_int_equal(read_one(&m, memory, 0xfffff, 1), MEMORY_HOLE);
	assert_int_equal(read_one(&m, memory, 0x100000, 4), MEMORY_OK);
	assert_int_equal(read_one(&m, memory, UINT64_MAX - 16, 8), MEMORY_HOLE);
	assert_int_equal(read_one(&m, memory, UINT64_C(1) << 52, 8), MEMORY_HOLE);
	/* RAM that ends within a word is read to its last byte and not further */
	ram_map_deinit(&all);
	ram_map_add(&all, PADDR(0x1001), PADDR(0x1003));
	memory_set_ram_map(memory, &all);
	ram_map_copy(&m.config.ram, &all);
	assert_int_equal(read_one(&m, memory, 0x1001, 2), MEMORY_OK);
	assert_int_equal(read_one(&m, memory, 0x1002, 1), MEMORY_OK);
	halt(&m, counters);
	assert_int_equal(counters[ADAPTER_MMIO], 0);
	assert_int_equal(counters[ADAPTER_READS], 4);
}

static void failures_are_told_apart(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;
	uint8_t to[3][8];
	struct memory_read near[] = {
		{ PADDR(0x110ff0), 8, to[0], MEMORY_IO },
		{ PADDR(0x110ff8), 8, to[1], MEMORY_IO },
		{ PADDR(0x110fe8), 8, to[2], MEMORY_IO },
	};

	(void)state;
	ram_map_add(&m.config.ur, PADDR(0x110ff8), PADDR(0x112000));
	ram_map_add(&m.config.ca, PADDR(0x120000), PADDR(0x121000));
	start(&m);
	memory = open_machine(&m, PATIENT);
	assert_int_equal(read_one(&m, memory, 0x111000, 64), MEMORY_UR);
	assert_int_equal(read_one(&m, memory, 0x11ff00, 512), MEMORY_CA);
	/* one in a request that several share does not take the others with it */
	assert_ok(memory_read_vector(memory, near, 3));
	assert_int_equal(near[0].status, MEMORY_OK);
	assert_int_equal(near[1].status, MEMORY_UR);
	assert_int_equal(near[2].status, MEMORY_OK);
	assert_int_equal(stat_of(memory, "failed_unsupported_request"), 2);
	assert_int_equal(stat_of(memory, "failed_completer_abort"), 1);
	assert_int_equal(stat_of(memory, "nettlp_retries"), 0);
}

static void a_wrong_requester_times_out(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;
	uint64_t counters[ADAPTER_COUNTER_COUNT];

	(void)state;
	m.config.requester = 0x1c00;
	start(&m);
	memory = open_machine(&m, "&timeout_ms=2&retries=1");
	assert_int_equal(read_one(&m, memory, 0x100000, 64), MEMORY_TIMEOUT);
	assert_int_equal(stat_of(memory, "nettlp_timeouts"), 2);
	assert_int_equal(stat_of(memory, "nettlp_retries"), 1);
	halt(&m, counters);
	assert_int_equal(counters[ADAPTER_WRONG_REQUESTER], 2);
}

/* The figure that stands for a fault of the wire, at both ends. */
static void assert_fault(struct machine *m, enum adapter_counter there, const char *here, bool all)
{
	CLEANUP(memory_closep) struct memory *memory = NULL;
	uint64_t counters[ADAPTER_COUNTER_COUNT];
	unsigned int failed;

	start(m);
	memory = open_machine(m, PATIENT);
	failed = read_many(m, memory, 60);
	if (there == ADAPTER_POISONED)
		assert_true(failed > 0 && failed == stat_of(memory, "failed_poisoned"));
	else
		assert_int_equal(failed, 0);
	halt(m, counters);
	assert_true(counters[there] > 0);
	assert_true(stat_of(memory, here) > 0);
	/* what was under way at the end is not counted here */
	if (all)
		assert_int_in_range(stat_of(memory, here), counters[there] * 9 / 10, counters[there] * 11 / 10 + 2);
}

static void every_fault_is_survived_and_counted(void **state)
{
	static const struct {
		size_t knob;
		double often;
		enum adapter_counter there;
		const char *here;
		bool all;
	} faults[] = {
#define KNOB(name) offsetof(struct adapter_config, name)
		{ KNOB(loss), 0.01, ADAPTER_LOST_REQUESTS, "nettlp_timeouts", false },
		{ KNOB(loss), 0.01, ADAPTER_LOST_COMPLETIONS, "nettlp_sequence_gaps", true },
		{ KNOB(duplicate), 0.2, ADAPTER_DUPLICATED, "nettlp_duplicate", false },
		{ KNOB(reorder), 0.3, ADAPTER_REORDERED, "nettlp_reads", false },
		{ KNOB(late), 0.01, ADAPTER_DELAYED, "nettlp_late", false },
		{ KNOB(poison), 0.01, ADAPTER_POISONED, "nettlp_poisoned", false },
		{ KNOB(truncate), 0.01, ADAPTER_TRUNCATED, "nettlp_malformed", true },
		{ KNOB(wrong_tag), 0.01, ADAPTER_WRONG_TAGS, "nettlp_malformed", true },
		{ KNOB(seq_gap), 0.05, ADAPTER_SEQUENCE_GAPS, "nettlp_sequence_gaps", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		CLEANUP(machine_deinit) struct machine m = machine_init();

		*(double *)(void *)((char *)&m.config + faults[i].knob) = faults[i].often;
		m.config.late_ms = 45;
		m.config.seed = i + 1;
		assert_fault(&m, faults[i].there, faults[i].here, faults[i].all);
	}
}

/* 512 bytes of each of `count` pages from `at` on; returns how many were read, and right. */
static unsigned int read_pages(const struct machine *m, struct memory *memory, uint64_t at, unsigned int count)
{
	CLEANUP(free_ptr) uint8_t *to = xcalloc(count, 512);
	CLEANUP(free_ptr) struct memory_read *reads = xcalloc(count, sizeof(*reads));
	unsigned int good = 0;

	for (size_t i = 0; i < count; i++)
		reads[i] = (struct memory_read){ PADDR(at + i * 4096), 512, to + i * 512, MEMORY_IO };
	assert_ok(memory_read_vector(memory, reads, count));
	for (size_t i = 0; i < count; i++) {
		if (reads[i].status == MEMORY_OK)
			assert_memory_equal(reads[i].to, truth_of(m, reads[i].at.v), 512);
		good += reads[i].status == MEMORY_OK;
	}
	return good;
}

/* Every answer comes later than 25 timeouts, to a tag that has another read of the same shape by then. */
static void an_answer_far_too_late_is_that_of_no_other_read(void **state)
{
	static const struct {
		const char *options;
		unsigned int late_ms;
	} cases[] = {
		{ "&timeout_ms=1&retries=20&tags=4", 60 },
		{ "&timeout_ms=3&retries=20", 150 },
		{ "&timeout_ms=5&retries=20&tags=1", 200 },
		{ "&timeout_ms=3&retries=3&tags=1", 150 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(machine_deinit) struct machine m = machine_init();
		CLEANUP(memory_closep) struct memory *memory = NULL;
		double started;

		m.config.late = 1;
		m.config.late_ms = cases[i].late_ms;
		start(&m);
		memory = open_machine(&m, cases[i].options);
		for (unsigned int k = 0; k < 2; k++) {
			started = monotonic_seconds();
			read_pages(&m, memory, 0x100000 + k * 0x25000, 37);
			assert_true(monotonic_seconds() - started < 5);
		}
		assert_true(stat_of(memory, "nettlp_late") > 0);
		/* whatever the tags are owed, they read again once the answers come in time */
		halt(&m, NULL);
		m.config.late = 0;
		start(&m);
		assert_int_equal(read_pages(&m, memory, 0x180000, 16), 16);
	}
}

/* The answers wait in this machine's own queues until what they are is forgotten. */
static void an_answer_nobody_looked_at_is_still_owed(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;

	(void)state;
	m.config.late = 1;
	m.config.late_ms = 400;
	m.config.split = 64;
	start(&m);
	memory = open_machine(&m, "&timeout_ms=5&retries=0&tags=256&inflight=200000");
	assert_int_equal(read_pages(&m, memory, 0x100000, 250), 0);
	usleep(800000);
	halt(&m, NULL);
	m.config.late = 0;
	start(&m);
	read_pages(&m, memory, FOUR_GIB, 250);
	read_pages(&m, memory, FOUR_GIB + 0x100000, 250);
	assert_true(stat_of(memory, "nettlp_late") >= 1000);
}

/* Nobody there, first so that the port is refused, then so that nothing comes back; then it is there again. */
static void an_adapter_may_go_and_come_back(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;
	CLEANUP(free_ptr) uint8_t *to = xmalloc(1 << 20);
	struct memory_read reads[256];
	double started;

	(void)state;
	start(&m);
	memory = open_machine(&m, "&timeout_ms=5&retries=20");
	assert_int_equal(read_one(&m, memory, 0x100000, 4096), MEMORY_OK);
	for (int silent = 0; silent < 2; silent++) {
		halt(&m, NULL);
		m.config.loss = silent;
		if (silent)
			start(&m);
		for (uint32_t i = 0; i < 256; i++)
			reads[i] = (struct memory_read){ PADDR(0x100000 + i * 4096), 4096, to + i * 4096, MEMORY_IO };
		started = monotonic_seconds();
		assert_ok(memory_read_vector(memory, reads, 256));
		assert_true(monotonic_seconds() - started < 3);
		for (uint32_t i = 0; i < 256; i++)
			assert_int_equal(reads[i].status, MEMORY_TIMEOUT);
		halt(&m, NULL);
		m.config.loss = 0;
		start(&m);
		assert_int_equal(read_one(&m, memory, 0x100000, 4096), MEMORY_OK);
		assert_int_equal(read_many(&m, memory, 5), 0);
	}
	assert_true(stat_of(memory, "nettlp_refused") > 0);
	assert_int_equal(stat_of(memory, "nettlp_silent_vectors"), 2);
}

static void the_requester_is_asked_for(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;
	CLEANUP(free_ptr) char *uri = NULL;
	uint64_t counters[ADAPTER_COUNTER_COUNT];

	(void)state;
	uri = xasprintf("nettlp:%s?local=%s&message=%s" PATIENT, m.own.adapter, m.own.client, m.own.adapter);
	assert_err(memory_open(uri, &memory), ERR_SYSTEM, "does not answer");
	m.config.message = m.own.adapter;
	m.config.requester = 0xa512;
	start(&m);
	assert_ok(memory_open(uri, &memory));
	assert_int_equal(read_one(&m, memory, 0x1000, 64), MEMORY_OK);
	halt(&m, counters);
	assert_int_equal(counters[ADAPTER_MESSAGES], 1);
	assert_int_equal(counters[ADAPTER_UNKNOWN_MESSAGES], 0);
}

static void ports_and_tags_of_both_generations_work(void **state)
{
	static const char *const options[] = { PATIENT "&ports=old", PATIENT "&ports=old&tags=1",
					       PATIENT "&tags=256&inflight=100000", PATIENT "&tags=256",
					       PATIENT "&tags=3&inflight=4096&mrrs=128" };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		CLEANUP(machine_deinit) struct machine m = machine_init();
		CLEANUP(memory_closep) struct memory *memory = NULL;

		m.config.old_ports = i < 2;
		m.config.mrrs = i < 4 ? 512 : 128;
		start(&m);
		memory = open_machine(&m, options[i]);
		assert_int_equal(read_many(&m, memory, 20), 0);
	}
}

static void two_readers_are_one_too_many(void **state)
{
	CLEANUP(machine_deinit) struct machine m = machine_init();
	CLEANUP(memory_closep) struct memory *memory = NULL;
	struct memory *second;

	(void)state;
	memory = open_machine(&m, PATIENT);
	assert_err(memory_open(memory_uri(memory), &second), ERR_SYSTEM, "does another program read");
	assert_err(memory_open("nettlp:127.0.0.2?local=192.0.2.1&requester=1b:00.0", &second), ERR_SYSTEM,
		   "192.0.2.1 port 0x3000: Cannot assign");
	assert_err(memory_open("nettlp:127.0.0.2?ram_map=/nowhere&requester=1b:00.0", &second), ERR_SYSTEM, "/nowhere");
	assert_err(memory_open("nettlp:127.0.0.2?speed=9&requester=1b:00.0", &second), ERR_USAGE,
		   "\"?speed\": expected local");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_read_in_every_split),
		cmocka_unit_test(what_is_no_ram_is_never_asked_for),
		cmocka_unit_test(failures_are_told_apart),
		cmocka_unit_test(a_wrong_requester_times_out),
		cmocka_unit_test(every_fault_is_survived_and_counted),
		cmocka_unit_test(an_answer_far_too_late_is_that_of_no_other_read),
		cmocka_unit_test(an_answer_nobody_looked_at_is_still_owed),
		cmocka_unit_test(an_adapter_may_go_and_come_back),
		cmocka_unit_test(the_requester_is_asked_for),
		cmocka_unit_test(ports_and_tags_of_both_generations_work),
		cmocka_unit_test(two_readers_are_one_too_many),
	};

	return cmocka_run_group_tests_name("nettlp", tests, NULL, NULL);
}
