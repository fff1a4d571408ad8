/* cmdline_cases: /proc/PID/cmdline, for kernels with arg_lock in mm_struct and
 * before.
 */
#include "tests/unit/walker/image.h"

#include "walker/process/cmdline.c"
#include "walker/read/kread.c"
#include "walker/process/mm.c"
#include "walker/read/notes.c"

#define STACK UINT64_C(0x7ffff000)

struct process_image {
	struct image im;
	struct mm mm;
	uint64_t root, page; /* direct-map addresses */
};

/* One page of arguments and environment, which begin with the text. */
static void setup(struct process_image *p, const char *bytes, size_t args, size_t env)
{
	image_init(&p->im);
	p->root = image_alloc_page(&p->im);
	p->page = image_map(&p->im, p->root, STACK);
	memcpy(image_at(&p->im, p->page), bytes, args + env);
	p->mm = (struct mm){ .arg_start = STACK, .arg_end = STACK + args,
			     .env_start = STACK + args, .env_end = STACK + args + env,
			     .tables = { p->im.t.memory, PADDR(p->root - DIRECT_MAP), 4, 0 } };
}

static void check(struct process_image *p, const char *expected, size_t size, bool cut)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	bool is_cut = !cut;

	assert_ok(cmdline_read(&p->mm, &b, &is_cut));
	assert_int_equal(is_cut, cut);
	assert_int_equal(b.size, size);
	if (size)
		assert_memory_equal(b.data, expected, size);
	image_deinit(&p->im);
}

static void arguments_end_at_arg_end(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "ls\0-l\0\0HOME=/", 7, 6);
	check(&p, "ls\0-l\0\0", 7, false);
}

static void there_is_none_before_env_end_is_set(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "ls\0", 3, 0);
	p.mm.env_end = 0;
	check(&p, "", 0, false);
	setup(&p, "ls\0HOME=/", 3, 6);
	p.mm.arg_end = p.mm.arg_start;
	check(&p, "", 0, false);
	setup(&p, "ls\0HOME=/", 3, 6);
	p.mm.arg_start = p.mm.arg_end + 1;
	check(&p, "", 0, false);
}

static void a_title_runs_into_the_environment(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "nginx: worker process\0=/root", 10, 18);
	check(&p, "nginx: worker process\0", 22, false);
}

static void a_title_may_end_in_the_arguments(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "sshd\0rest!HOME=/", 10, 6);
	check(&p, "sshd\0", 5, false);
}

static void a_title_without_end_stops_with_the_environment(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "abcdefghij", 4, 6);
	check(&p, "abcdefghij", 10, false);
}

static void an_environment_elsewhere(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "title0123456789ENV\0", 5, 14);
	p.mm.env_start = STACK + 15;
#ifdef TEST_OLD_KERNEL
	check(&p, "titleENV\0", 9, false);
#else
	check(&p, "title", 5, false);
#endif
}

static void what_is_not_in_memory_cuts_them(void **state)
{
	struct process_image p;

	(void)state;
	setup(&p, "", 0, 0);
	memset(image_at(&p.im, p.page), 'a', 4096);
	p.mm.arg_end = STACK + 5000;
	p.mm.env_start = p.mm.env_end = p.mm.arg_end;
	{
		CLEANUP(buf_deinit) struct buf b = BUF_INIT;
		bool cut;

		assert_ok(cmdline_read(&p.mm, &b, &cut));
		assert_true(cut);
		assert_int_equal(b.size, 4096);
	}
	image_deinit(&p.im);
}

static void absurd_lengths_are_limited(void **state)
{
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	struct process_image p;
	bool cut;

	(void)state;
	setup(&p, "x", 1, 0);
	p.mm.arg_end = UINT64_MAX;
	p.mm.env_end = UINT64_MAX;
	assert_ok(cmdline_read(&p.mm, &b, &cut));
	assert_true(cut);
	assert_true(b.size <= 4096);
	image_deinit(&p.im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_end_at_arg_end),
		cmocka_unit_test(there_is_none_before_env_end_is_set),
		cmocka_unit_test(a_title_runs_into_the_environment),
		cmocka_unit_test(a_title_may_end_in_the_arguments),
		cmocka_unit_test(a_title_without_end_stops_with_the_environment),
		cmocka_unit_test(an_environment_elsewhere),
		cmocka_unit_test(what_is_not_in_memory_cuts_them),
		cmocka_unit_test(absurd_lengths_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
