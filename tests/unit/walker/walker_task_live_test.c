/* All tasks of a live machine, by a table of pids that a test builds. */
#include "tests/unit/walker/image.h"

#include "walker/read/kread.c"
#include "walker/read/notes.c"
#include "walker/task/pid_table.c"
#include "walker/read/rehearse.c"
#include "walker/task/task.c"
#include "walker/task/collect.c"
#include "walker/task/explore.c"
#include "walker/task/lead.c"
#include "walker/task/lists.c"
#include "walker/task/live.c"
#include "walker/task/neighbour.c"
#include "walker/task/parent.c"
#include "walker/task/raw.c"
#include "walker/task/set.c"
#include "walker/read/xarray.c"

#define TASKS_MAX 300
#define SLOT(node, i) ((node) + OFF_radix_tree_node_slots + 8 * (i))

struct kernel {
	struct image im;
	uint64_t task[TASKS_MAX], pid[TASKS_MAX]; /* by pid */
	uint64_t cred, top;
};

static void list_init(struct image *im, uint64_t head)
{
	image_put64(im, head, head);
	image_put64(im, head + 8, head);
}

static void list_add_tail(struct image *im, uint64_t entry, uint64_t head)
{
	uint64_t last;

	memcpy(&last, image_at(im, head + 8), 8);
	image_put64(im, entry, head);
	image_put64(im, entry + 8, last);
	image_put64(im, last, entry);
	image_put64(im, head + 8, entry);
}

static void list_del(struct image *im, uint64_t entry)
{
	uint64_t next, prev;

	memcpy(&next, image_at(im, entry), 8);
	memcpy(&prev, image_at(im, entry + 8), 8);
	image_put64(im, prev, next);
	image_put64(im, next + 8, prev);
}

static void fill_task(struct kernel *k, uint64_t task, uint32_t pid, uint32_t tgid, uint64_t parent)
{
	struct image *im = &k->im;
	char comm[16];

	snprintf(comm, sizeof(comm), pid % 3 ? "t%u" : "task-number-%u", pid);
	image_put32(im, task + OFF_task_struct_state, 1);
	image_put32(im, task + OFF_task_struct_pid, pid);
	image_put32(im, task + OFF_task_struct_tgid, tgid);
	image_put_text(im, task + OFF_task_struct_comm, comm);
	image_put64(im, task + OFF_task_struct_real_parent, parent);
	image_put64(im, task + OFF_task_struct_group_leader, task);
	image_put64(im, task + OFF_task_struct_real_cred, k->cred);
	list_init(im, task + OFF_task_struct_children);
	list_init(im, task + OFF_task_struct_sibling);
	list_init(im, task + OFF_task_struct_tasks);
	list_init(im, task + OFF_task_struct_thread_node);
}

/* The slot of a pid, with the nodes that lead to it. */
static uint64_t slot_of_pid(struct kernel *k, uint32_t pid)
{
	uint64_t leaf;

	memcpy(&leaf, image_at(&k->im, SLOT(k->top, pid >> 6)), 8);
	if (!leaf) {
		leaf = image_alloc(&k->im, SIZE_radix_tree_node) + 2;
		image_put64(&k->im, SLOT(k->top, pid >> 6), leaf);
	}
	return SLOT(leaf - 2, pid & 63);
}

static void add_pid(struct kernel *k, uint32_t pid, bool leader)
{
	uint64_t object = image_alloc(&k->im, SIZE_pid);
	uint64_t link = k->task[pid] + OFF_task_struct_pid_links;

	k->pid[pid] = object;
	image_put32(&k->im, object + OFF_pid_numbers, pid);
	image_put64(&k->im, object + OFF_pid_tasks, link);
	if (leader)
		image_put64(&k->im, object + OFF_pid_tasks + 8, link + 16);
	image_put64(&k->im, k->task[pid] + OFF_task_struct_thread_pid, object);
	image_put64(&k->im, slot_of_pid(k, pid), object);
}

static uint64_t add_process(struct kernel *k, uint32_t pid, uint32_t parent)
{
	uint64_t task = k->task[pid] = image_alloc(&k->im, SIZE_task_struct);
	uint64_t signal = image_alloc(&k->im, SIZE_signal_struct);

	fill_task(k, task, pid, pid, k->task[parent]);
	image_put64(&k->im, task + OFF_task_struct_signal, signal);
	image_put64(&k->im, task + OFF_task_struct_sighand, signal);
	image_put32(&k->im, signal + OFF_signal_struct_nr_threads, 1);
	list_init(&k->im, signal + OFF_signal_struct_thread_head);
	list_add_tail(&k->im, task + OFF_task_struct_thread_node,
		      signal + OFF_signal_struct_thread_head);
	list_add_tail(&k->im, task + OFF_task_struct_tasks, k->task[0] + OFF_task_struct_tasks);
	list_add_tail(&k->im, task + OFF_task_struct_sibling,
		      k->task[parent] + OFF_task_struct_children);
	add_pid(k, pid, true);
	return task;
}

static void add_thread(struct kernel *k, uint32_t pid, uint32_t leader)
{
	uint64_t task = k->task[pid] = image_alloc(&k->im, SIZE_task_struct), signal, parent;

	memcpy(&signal, image_at(&k->im, k->task[leader] + OFF_task_struct_signal), 8);
	memcpy(&parent, image_at(&k->im, k->task[leader] + OFF_task_struct_real_parent), 8);
	fill_task(k, task, pid, leader, parent);
	image_put64(&k->im, task + OFF_task_struct_signal, signal);
	image_put64(&k->im, task + OFF_task_struct_sighand, signal);
	image_put32(&k->im, signal + OFF_signal_struct_nr_threads, 2);
	list_add_tail(&k->im, task + OFF_task_struct_thread_node,
		      signal + OFF_signal_struct_thread_head);
	add_pid(k, pid, false);
}

/* 1, 2, and 10 to 19; 11 to 19 are children of 10, 20 is a thread of 12, 21 its child. */
static void setup(struct kernel *k)
{
	struct target *t = &k->im.t;

	*k = (struct kernel){ .cred = 0 };
	image_init(&k->im);
	k->cred = image_alloc(&k->im, SIZE_cred);
	image_put32(&k->im, k->cred + OFF_cred_euid, 1000);
	k->top = image_alloc(&k->im, SIZE_radix_tree_node);
	*image_at(&k->im, k->top + OFF_radix_tree_node_shift) = 6;
	image_put64(&k->im, SYM_init_pid_ns + OFF_pid_namespace_idr + OFF_radix_tree_root_head,
		    k->top + 2);
	k->task[0] = SYM_init_task;
	fill_task(k, SYM_init_task, 0, 0, SYM_init_task);
	add_process(k, 1, 0);
	add_process(k, 2, 0);
	for (uint32_t pid = 10; pid < 20; pid++)
		add_process(k, pid, pid == 10 ? 1 : 10);
	add_thread(k, 20, 12);
	add_process(k, 21, 20);
	t->memory->limits.batch = 64;
	t->wave = wave_new(t->memory);
	t->kernel.memory = t->kernel.tables.memory = t->wave;
}

static void collect_into(struct kernel *k, bool threads, enum task_want want, struct task_set *set)
{
	assert_ok(task_set_collect(&k->im.t, threads, want, set));
}

static const struct task *task_with(const struct task_set *set, uint32_t pid)
{
	return find_pid(set, pid);
}

static void the_table_leads_to_all(void **state)
{
	for (int threads = 0; threads < 2; threads++) {
		CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
		struct kernel k;

		(void)state;
		setup(&k);
		collect_into(&k, threads, TASK_WANT_IDS | TASK_WANT_THREADS, &set);
		assert_int_equal(k.im.t.notes.kept, 0);
		assert_int_equal(set.count, threads ? 14 : 13);
		assert_int_equal(!!task_with(&set, 20), threads);
		assert_int_equal(task_with(&set, 1)->ppid, 0);
		assert_int_equal(task_with(&set, 19)->ppid, 10);
		assert_int_equal(task_with(&set, 21)->ppid, 12); /* its parent is a thread */
		assert_int_equal(task_with(&set, 19)->uid, 1000);
		assert_int_equal(task_with(&set, 19)->threads, 1);
		assert_int_equal(task_with(&set, 12)->threads, 2);
		assert_int_equal(task_with(&set, 12)->state, 'S');
		assert_string_equal(task_with(&set, 12)->comm, "task-number-12");
		assert_string_equal(task_with(&set, 13)->comm, "t13");
		if (threads) {
			assert_int_equal(task_with(&set, 20)->tgid, 12);
			assert_int_equal(task_with(&set, 20)->ppid, 10);
		}
		image_deinit(&k.im);
	}
}

static void round_trips_do_not_grow_with_tasks(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (uint32_t last = 22; last < TASKS_MAX; last += 250) {
		CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
		struct kernel k;
		uint64_t vectors;

		setup(&k);
		for (uint32_t pid = 22; pid < last; pid++)
			add_process(&k, pid, 2);
		collect_into(&k, false, 0, &set);
		assert_int_equal(set.count, last - 9);
		vectors = memory_counters(k.im.t.memory)->vectors;
		assert_int_in_range(vectors, 1, 12);
		assert_true(!before || vectors == before);
		before = vectors;
		image_deinit(&k.im);
	}
}

static void one_task_is_found_without_the_others(void **state)
{
	struct kernel k;
	struct task task;

	(void)state;
	setup(&k);
	assert_ok(task_of_pid(&k.im.t, 20, &task));
	assert_int_equal(task.tgid, 12);
	assert_int_equal(task.ppid, 10);
	assert_int_in_range(memory_counters(k.im.t.memory)->elements, 1, 12);
	assert_err(task_of_pid(&k.im.t, 99, &task), ERR_ABSENT, "no process 99");
	image_deinit(&k.im);
}

/* A struct pid that points to a task which has another: born and gone meanwhile. */
static void a_pid_whose_task_is_anothers_is_a_gap(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, k.pid[15] + OFF_pid_tasks, k.task[16] + OFF_task_struct_pid_links);
	collect_into(&k, false, 0, &set);
	assert_int_equal(set.count, 13); /* a list has it all the same */
	assert_int_equal(k.im.t.notes.gaps, 1);
	assert_non_null(strstr(buf_str(&k.im.t.notes.lines), "pid 15: "));
	image_deinit(&k.im);
}

static void a_pid_that_is_no_tasks_any_more_is_nothing(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, k.pid[15] + OFF_pid_tasks, 0);
	list_del(&k.im, k.task[15] + OFF_task_struct_sibling);
	list_del(&k.im, k.task[15] + OFF_task_struct_tasks);
	collect_into(&k, false, 0, &set);
	assert_int_equal(set.count, 12);
	assert_int_equal(k.im.t.notes.kept, 0);
	image_deinit(&k.im);
}

static void a_task_the_table_hides_is_found_by_its_brother(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, slot_of_pid(&k, 15), 0);
	collect_into(&k, false, 0, &set);
	assert_int_equal(set.count, 13);
	assert_int_equal(k.im.t.notes.gaps, 0);
	assert_non_null(strstr(buf_str(&k.im.t.notes.lines), "pid 15 is in a list of tasks"));
	image_deinit(&k.im);
}

static void a_task_the_list_hides_is_found_by_the_table(void **state)
{
	for (int live = 0; live < 2; live++) {
		CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
		struct kernel k;

		(void)state;
		setup(&k);
		list_del(&k.im, k.task[15] + OFF_task_struct_sibling);
		list_del(&k.im, k.task[15] + OFF_task_struct_tasks);
		list_init(&k.im, k.task[15] + OFF_task_struct_sibling);
		if (!live) {
			memory_close(k.im.t.wave);
			k.im.t.wave = NULL;
			k.im.t.kernel.memory = k.im.t.kernel.tables.memory = k.im.t.memory;
		}
		collect_into(&k, false, 0, &set);
		assert_int_equal(set.count, 13);
		assert_int_equal(task_with(&set, 15)->ppid, 10);
		assert_int_equal(k.im.t.notes.gaps, 0);
		image_deinit(&k.im);
	}
}

static void a_neighbour_that_is_no_task_is_a_gap(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, k.task[15] + OFF_task_struct_sibling + 8, k.cred);
	collect_into(&k, false, 0, &set);
	assert_int_equal(set.count, 13);
	assert_int_equal(k.im.t.notes.gaps, 1);
	assert_int_equal(task_with(&set, 15)->ppid, 10);
	image_deinit(&k.im);
}

static void a_table_that_leads_nowhere_leaves_the_lists(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, SYM_init_pid_ns + OFF_pid_namespace_idr + OFF_radix_tree_root_head,
		    DIRECT_MAP + (UINT64_C(1) << 40) + 2);
	collect_into(&k, false, 0, &set);
	assert_int_equal(set.count, 13);
	assert_int_equal(k.im.t.notes.gaps, 1);
	image_deinit(&k.im);
}

/* Whatever bytes are wrong, collecting ends. */
static void random_damage_does_no_harm(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
		struct kernel k;

		setup(&k);
		for (int i = 0; i < 1 + round % 20; i++) {
			uint64_t to, at;

			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			at = k.im.free - (k.im.free - OBJECTS_AT) / 8 * ((seed >> 40) % 8 + 1);
			at = DIRECT_MAP + ((at + (seed >> 20) % 4096) & ~UINT64_C(7));
			to = DIRECT_MAP + OBJECTS_AT + (seed >> 50) % 64 * 256 + (seed >> 57) * 8 + (seed & 3);
			if (at - DIRECT_MAP < IMAGE_SIZE - 8)
				image_put64(&k.im, at, to);
		}
		err_discard(task_set_collect(&k.im.t, round % 2, TASK_WANT_ALL, &set));
		assert_true(set.count < 1000);
		assert_int_in_range(memory_counters(k.im.t.memory)->vectors, 1, 400);
		image_deinit(&k.im);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_leads_to_all),
		cmocka_unit_test(round_trips_do_not_grow_with_tasks),
		cmocka_unit_test(one_task_is_found_without_the_others),
		cmocka_unit_test(a_pid_whose_task_is_anothers_is_a_gap),
		cmocka_unit_test(a_pid_that_is_no_tasks_any_more_is_nothing),
		cmocka_unit_test(a_task_the_table_hides_is_found_by_its_brother),
		cmocka_unit_test(a_task_the_list_hides_is_found_by_the_table),
		cmocka_unit_test(a_neighbour_that_is_no_task_is_a_gap),
		cmocka_unit_test(a_table_that_leads_nowhere_leaves_the_lists),
		cmocka_unit_test(random_damage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
