#include "tests/lib/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "memory/memory.h"
#include "tests/lib/dump.h"
#include "tests/lib/fake_qemu.h"

#define LOW "  0000000000000000-000000000000ffff (prio 0, ram): ram\\r\\n"
#define HIGH "  0000000100000000-000000010000ffff (prio 0, ram): ram @0000000000010000\\r\\n"
#define TREE(lines) "\"return\": \"FlatView #1\\r\\n AS \\\"memory\\\", root: system\\r\\n" lines "\"}"
#define MEMDEV "\"return\": [{\"id\": \"ram\", \"size\": 131072, \"share\": true}]}"
#define RUNNING { "query-status", "\"return\": {\"running\": true}}" }

struct server {
	struct scratch dir;
	char *uri, *socket;
	struct fake_qemu *qemu;
};

static void server_deinit(struct server *s)
{
	fake_qemu_stop(s->qemu);
	free(s->uri);
	free(s->socket);
	scratch_deinit(&s->dir);
}

static struct server serve(const char *greeting, const struct fake_qemu_answer *script)
{
	struct server s = { .dir = scratch_init() };

	setenv("TMPDIR", s.dir.path, 1);
	s.socket = scratch_path(&s.dir, "monitor");
	s.uri = xasprintf("qemu:%s", s.socket);
	s.qemu = fake_qemu_start(s.socket, greeting, script);
	return s;
}

static unsigned int files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static const struct fake_qemu_answer without_file[] = {
	RUNNING,
	{ "query-memdev", MEMDEV },
	{ "human-monitor-command", TREE(LOW HIGH) },
	{ NULL, NULL },
};

static void memory_is_saved_by_qemu(void **state)
{
	CLEANUP(server_deinit) struct server s = serve(NULL, without_file);
	struct memory *m = NULL;

	(void)state;
	assert_ok(memory_open(s.uri, &m));
	assert_true(memory_limits(m)->live);
	assert_non_null(strstr(memory_notes(m), "read by pmemsave, slowly: its backend's file cannot"));
	assert_int_equal(memory_ram_map(m)->count, 2);
	assert_int_equal(ram_map_size(memory_ram_map(m)), 0x20000);
	assert_pattern(m, memory_ram_map(m));
	memory_close(m);
	assert_int_equal(files_in(s.dir.path), 1); /* the socket */
}

/* The backend's file, which this process, as QEMU would, has mapped. */
static void memory_is_read_from_the_file(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *ram = dump_file(&dir, "ram", "0x0-0x10000\n0x100000000-0x100010000",
						dump_concatenated);
	CLEANUP(free_ptr) char *path_answer = xasprintf("\"return\": \"%s\"}", ram);
	const struct fake_qemu_answer script[] = {
		{ "query-status", "\"return\": {\"running\": false}}" },
		{ "query-memdev", MEMDEV },
		{ "qom-get", path_answer },
		{ "human-monitor-command", TREE(LOW HIGH) },
		{ "pmemsave", "" },
		{ NULL, NULL },
	};
	CLEANUP(server_deinit) struct server s = serve(NULL, script);
	CLEANUP(memory_closep) struct memory *m = NULL, *none = NULL;
	CLEANUP(close_fd) int fd = open(ram, O_RDONLY | O_CLOEXEC);
	void *mapping = mmap(NULL, 0x20000, PROT_READ, MAP_SHARED, fd, 0);

	(void)state;
	assert_ok(memory_open(s.uri, &m));
	assert_false(memory_limits(m)->live);
	assert_string_equal(memory_notes(m), "the guest is paused\n");
	assert_pattern(m, memory_ram_map(m));
	assert_int_equal(memory_next_data(m, PADDR(0x100008000)).v, 0x100008000);
	memory_close(m);
	m = NULL;
	/* without its mapping it is some other file of that name: then QEMU is asked */
	munmap(mapping, 0x20000);
	assert_err(memory_open(s.uri, &none), ERR_SYSTEM, "QEMU has closed the monitor");
}

static void qemu_that_goes_away_is_noticed(void **state)
{
	static const struct fake_qemu_answer script[] = {
		RUNNING,
		{ "query-memdev", MEMDEV },
		{ "human-monitor-command", TREE(LOW HIGH) },
		{ NULL, NULL },
	};
	struct server s = serve(NULL, script);
	CLEANUP(memory_closep) struct memory *m = NULL;
	uint8_t byte;

	(void)state;
	assert_ok(memory_open(s.uri, &m));
	assert_ok(memory_read(m, PADDR(0), &byte, 1));
	server_deinit(&s);
	assert_err(memory_read(m, PADDR(0), &byte, 1), ERR_SYSTEM, "QEMU has closed the monitor");
}

static void what_qemu_says_is_checked(void **state)
{
	static const struct {
		const char *memdev, *tree, *words;
		enum err_code code;
	} bad[] = {
		{ "\"return\": []}", TREE(LOW), "names no memory backend", ERR_DATA },
		{ "\"return\": [{\"id\": \"\", \"size\": 1}, {\"size\": 2}, 3]}", TREE(LOW),
		  "names no memory backend", ERR_DATA },
		{ "\"return\": [{\"id\": \"rom\", \"size\": 131072}]}", TREE(LOW),
		  "no RAM of the guest lies in a memory backend", ERR_DATA },
		{ "\"return\": [{\"id\": \"ram\", \"size\": 65535}]}", TREE(LOW),
		  "is more than its backend has", ERR_DATA },
		{ MEMDEV, TREE("  0000000000000000-000000000000ffff (prio 0, ram): ram "
			       "@fffffffffffff000\\r\\n"), "is more than its backend has", ERR_DATA },
		{ MEMDEV, TREE("  000\\r\\n"), "expected a region", ERR_DATA },
		{ MEMDEV, "\"return\": {}}", "the answer is no text", ERR_DATA },
		{ MEMDEV, "\"nothing\": {}}", "an answer without \"return\"", ERR_DATA },
		{ MEMDEV, "!{\"id\":", "JSON: byte 7", ERR_DATA },
		{ MEMDEV, "", "QEMU has closed the monitor", ERR_SYSTEM },
		{ "\"error\": {\"desc\": \"no \\u001b[2J\"}}", TREE(LOW),
		  "query-memdev: QEMU says: no \\x1b[2J", ERR_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct fake_qemu_answer script[] = {
			RUNNING,
			{ "query-memdev", bad[i].memdev },
			{ "human-monitor-command", bad[i].tree },
			{ NULL, NULL },
		};
		CLEANUP(server_deinit) struct server s = serve(NULL, script);
		struct memory *m = NULL;

		assert_err(memory_open(s.uri, &m), bad[i].code, bad[i].words);
	}
}

/* QEMU says that it has saved memory, and has not, or not all. */
static void memory_that_was_not_saved(void **state)
{
	static const struct fake_qemu_answer script[] = {
		RUNNING,
		{ "query-memdev", MEMDEV },
		{ "human-monitor-command", TREE(LOW HIGH) },
		{ "pmemsave", "\"return\": {}}" },
		{ NULL, NULL },
	};
	static const struct fake_qemu_answer refused[] = {
		RUNNING,
		{ "query-memdev", MEMDEV },
		{ "human-monitor-command", TREE(LOW HIGH) },
		{ "pmemsave", "\"error\": {\"desc\": \"Permission denied\"}}" },
		{ NULL, NULL },
	};
	CLEANUP(server_deinit) struct server s = serve(NULL, script), t = serve(NULL, refused);
	struct memory *m = NULL;

	(void)state;
	assert_err(memory_open(s.uri, &m), ERR_SYSTEM, "did not leave 4096 bytes in");
	assert_err(memory_open(t.uri, &m), ERR_ABSENT, "QEMU cannot save it either");
	assert_int_equal(files_in(s.dir.path), 1);
}

static void who_answers_may_be_no_qemu(void **state)
{
	static const char *const greetings[] = { "QEMU 7.2.0 monitor - type 'help'\r\n",
						 "{\"hello\": 1}\r\n", "{}\n", "\n" };
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *no_socket = scratch_file(&dir, "file", "x");
	CLEANUP(free_ptr) char *uri = xasprintf("qemu:%s", no_socket);
	struct memory *m = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++) {
		CLEANUP(server_deinit) struct server s = serve(greetings[i], without_file);

		assert_err(memory_open(s.uri, &m), ERR_DATA, "is no QEMU monitor");
	}
	assert_err(memory_open(uri, &m), ERR_SYSTEM, "Connection refused");
	assert_err(memory_open("qemu:/none", &m), ERR_SYSTEM, "No such file");
	assert_err(memory_open("qemu:", &m), ERR_USAGE, "expected the path");
	assert_err(memory_open("qemu:/x?fast", &m), ERR_USAGE, "\"?fast\": expected ?pmemsave");
	assert_err(memory_open("qemu:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &m),
		   ERR_USAGE, "at most 107 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_saved_by_qemu),
		cmocka_unit_test(memory_is_read_from_the_file),
		cmocka_unit_test(qemu_that_goes_away_is_noticed),
		cmocka_unit_test(what_qemu_says_is_checked),
		cmocka_unit_test(memory_that_was_not_saved),
		cmocka_unit_test(who_answers_may_be_no_qemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
