/* All tasks of a kernel by its lists, whole and torn. It has no table of pids to help. */
#define TEST_NO_PID_TABLE

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

#define TASKS_MAX 16

/* A kernel with init_task and some tasks; task[0] is init_task. */
struct kernel {
	struct image im;
	uint64_t task[TASKS_MAX];
	size_t count;
	uint64_t cred;
};

static void link_after(struct image *im, uint64_t entry, uint64_t before)
{
	uint64_t next;

	memcpy(&next, image_at(im, before), 8);
	image_put64(im, entry, next);
	image_put64(im, entry + 8, before);
	image_put64(im, before, entry);
	image_put64(im, next + 8, entry);
}

static void list_init(struct image *im, uint64_t head)
{
	image_put64(im, head, head);
	image_put64(im, head + 8, head);
}

static uint64_t list_last(struct image *im, uint64_t head)
{
	uint64_t prev;

	memcpy(&prev, image_at(im, head + 8), 8);
	return prev;
}

static void list_del(struct image *im, uint64_t entry)
{
	uint64_t next, prev;

	memcpy(&next, image_at(im, entry), 8);
	memcpy(&prev, image_at(im, entry + 8), 8);
	image_put64(im, prev, next);
	image_put64(im, next + 8, prev);
}

static void fill_task(struct kernel *k, uint64_t task, uint32_t pid, uint32_t tgid,
		      const char *comm, uint64_t parent, uint64_t leader, uint64_t signal)
{
	struct image *im = &k->im;

	image_put32(im, task + OFF_task_struct_pid, pid);
	image_put32(im, task + OFF_task_struct_tgid, tgid);
	image_put_text(im, task + OFF_task_struct_comm, comm);
	image_put64(im, task + OFF_task_struct_real_parent, parent);
	image_put64(im, task + OFF_task_struct_group_leader, leader);
	image_put64(im, task + OFF_task_struct_real_cred, k->cred);
	image_put64(im, task + OFF_task_struct_signal, signal);
	image_put64(im, task + OFF_task_struct_sighand, signal);
	list_init(im, task + OFF_task_struct_children);
	list_init(im, task + OFF_task_struct_sibling);
	list_init(im, task + OFF_task_struct_tasks);
}

static uint64_t make_signal(struct kernel *k, uint64_t leader, uint32_t threads)
{
	uint64_t signal = image_alloc(&k->im, SIZE_signal_struct);

	image_put32(&k->im, signal + OFF_signal_struct_nr_threads, threads);
	list_init(&k->im, signal + OFF_signal_struct_thread_head);
	link_after(&k->im, leader + OFF_task_struct_thread_node,
		   signal + OFF_signal_struct_thread_head);
	return signal;
}

/* A process whose parent is task[parent]. */
static uint64_t add_process(struct kernel *k, uint32_t pid, size_t parent)
{
	uint64_t task = image_alloc(&k->im, SIZE_task_struct);
	char comm[16];

	snprintf(comm, sizeof(comm), "task-%u", pid);
	fill_task(k, task, pid, pid, comm, k->task[parent], task, make_signal(k, task, 1));
	link_after(&k->im, task + OFF_task_struct_tasks,
		   list_last(&k->im, k->task[0] + OFF_task_struct_tasks));
	link_after(&k->im, task + OFF_task_struct_sibling,
		   list_last(&k->im, k->task[parent] + OFF_task_struct_children));
	k->task[k->count++] = task;
	return task;
}

/* pids 1, 2, 10, 11, 12: 10 and 12 are children of 1, 11 of 10. */
static void setup(struct kernel *k)
{
	*k = (struct kernel){ .count = 0 };
	image_init(&k->im);
	k->cred = image_alloc(&k->im, SIZE_cred);
	image_put32(&k->im, k->cred + OFF_cred_euid, 1000);
	image_put32(&k->im, k->cred + OFF_cred_egid, 100);
	k->task[k->count++] = SYM_init_task;
	fill_task(k, SYM_init_task, 0, 0, "swapper/0", SYM_init_task, SYM_init_task,
		  make_signal(k, SYM_init_task, 1));
	add_process(k, 1, 0);
	add_process(k, 2, 0);
	add_process(k, 10, 1);
	add_process(k, 11, 3);
	add_process(k, 12, 1);
}

/* Reads it as a live machine is read. */
static void through_a_wave(struct kernel *k)
{
	struct target *t = &k->im.t;

	t->wave = wave_new(t->memory);
	t->kernel.memory = t->kernel.tables.memory = t->wave;
}

/* Collects and compares the pids, 0 ends them. */
static void check(struct kernel *k, bool threads, const uint32_t *pids, size_t gaps)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	size_t i = 0;

	assert_ok(task_set_collect(&k->im.t, threads, TASK_WANT_ALL, &set));
	for (; pids[i]; i++) {
		assert_true(i < set.count);
		assert_int_equal(set.tasks[i].pid, pids[i]);
		assert_ptr_equal(task_set_find(&set, set.tasks[i].at), &set.tasks[i]);
	}
	assert_int_equal(set.count, i);
	assert_int_equal(k->im.t.notes.gaps, gaps);
	image_deinit(&k->im);
}

static const uint32_t all[] = { 1, 2, 10, 11, 12, 0 };

static void all_tasks_are_found_in_order(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	assert_ok(task_set_collect(&k.im.t, false, TASK_WANT_ALL, &set));
	assert_int_equal(set.count, 5);
	assert_int_equal(set.tasks[3].pid, 11);
	assert_int_equal(set.tasks[3].ppid, 10);
	assert_int_equal(set.tasks[3].uid, 1000);
	assert_int_equal(set.tasks[3].gid, 100);
	assert_int_equal(set.tasks[3].threads, 1);
	assert_string_equal(set.tasks[3].comm, "task-11");
	assert_int_equal(k.im.t.notes.kept, 0);
	check(&k, false, all, 0);
}

static void threads_are_found_when_asked_for(void **state)
{
	static const uint32_t with[] = { 1, 2, 10, 11, 12, 20, 0 };
	struct kernel k;

	(void)state;
	for (int threads = 0; threads < 2; threads++) {
		uint64_t signal, thread;

		setup(&k);
		thread = image_alloc(&k.im, SIZE_task_struct);
		memcpy(&signal, image_at(&k.im, k.task[4] + OFF_task_struct_signal), 8);
		fill_task(&k, thread, 20, 11, "thread", k.task[3], k.task[4], signal);
		link_after(&k.im, thread + OFF_task_struct_thread_node,
			   k.task[4] + OFF_task_struct_thread_node);
		check(&k, threads, threads ? with : all, 0);
	}
}

static void a_torn_list_is_read_from_its_other_end(void **state)
{
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, k.task[2] + OFF_task_struct_tasks, 0xdeadbeef00);
	check(&k, false, all, 1);
}

static void a_list_torn_twice_is_completed_by_families(void **state)
{
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, k.task[1] + OFF_task_struct_tasks, 0);
	image_put64(&k.im, k.task[5] + OFF_task_struct_tasks + 8, 8);
	check(&k, false, all, 2);
}

static void a_task_hidden_from_the_list_is_found(void **state)
{
	struct kernel k;

	(void)state;
	setup(&k);
	list_del(&k.im, k.task[4] + OFF_task_struct_tasks);
	list_del(&k.im, k.task[5] + OFF_task_struct_tasks);
	assert_int_equal(k.im.t.notes.kept, 0);
	check(&k, false, all, 0);
}

static void a_list_in_a_circle_ends(void **state)
{
	struct kernel k;

	(void)state;
	setup(&k);
	image_put64(&k.im, k.task[4] + OFF_task_struct_tasks, k.task[2] + OFF_task_struct_tasks);
	check(&k, false, all, 1);
}

static void a_pid_belongs_to_one_task(void **state)
{
	static const uint32_t pids[] = { 1, 2, 10, 12, 0 };
	struct kernel k;

	(void)state;
	setup(&k);
	image_put32(&k.im, k.task[4] + OFF_task_struct_pid, 12);
	check(&k, false, pids, 1);
}

static void what_is_no_task_is_refused(void **state)
{
	struct kernel k;
	struct task task;

	(void)state;
	setup(&k);
	assert_err(task_read(&k.im.t, KADDR(k.task[1] + 4), &task), ERR_DATA, "no kernel pointer");
	assert_err(task_read(&k.im.t, KADDR(0x400000), &task), ERR_DATA, "no kernel pointer");
	image_put32(&k.im, k.task[1] + OFF_task_struct_pid, 0x7fffffff);
	assert_err(task_read(&k.im.t, KADDR(k.task[1]), &task), ERR_DATA, "out of range");
	memset(image_at(&k.im, k.task[2] + OFF_task_struct_comm), 'x', 16);
	assert_err(task_read(&k.im.t, KADDR(k.task[2]), &task), ERR_DATA, "no end");
	image_put64(&k.im, k.task[3] + OFF_task_struct_real_cred, 12);
	assert_err(task_read(&k.im.t, KADDR(k.task[3]), &task), ERR_DATA, "cred");
	image_deinit(&k.im);
}

static void no_task_at_all_is_an_error(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	list_init(&k.im, SYM_init_task + OFF_task_struct_tasks);
	list_init(&k.im, SYM_init_task + OFF_task_struct_children);
	assert_err(task_set_collect(&k.im.t, false, TASK_WANT_ALL, &set), ERR_DATA, "no task but init_task");
	image_deinit(&k.im);
}

static void a_live_machine_is_read_in_few_vectors(void **state)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct kernel k;

	(void)state;
	setup(&k);
	for (uint32_t pid = 100; k.count < TASKS_MAX; pid++)
		add_process(&k, pid, 2);
	through_a_wave(&k);
	assert_ok(task_set_collect(&k.im.t, false, TASK_WANT_ALL, &set));
	assert_int_equal(set.count, TASKS_MAX - 1);
	assert_int_equal(set.tasks[TASKS_MAX - 2].threads, 1);
	assert_int_equal(set.tasks[TASKS_MAX - 2].ppid, 2);
	assert_int_equal(k.im.t.notes.kept, 0);
	/* init_task, then the lists from both ends, then the cred all share */
	assert_int_in_range(memory_counters(k.im.t.memory)->vectors, 1, 10);
	assert_int_equal(memory_counters(k.im.t.memory)->elements, TASKS_MAX + 1);
	image_deinit(&k.im);
}

/* The same memory, read as a live machine is, has the same tasks. */
static void check_wave_agrees(struct kernel *k, const struct err *failed,
			      const struct task_set *expected)
{
	CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
	struct err *e;

	through_a_wave(k);
	e = task_set_collect(&k->im.t, true, TASK_WANT_ALL, &set);
	assert_int_equal(!e, !failed);
	err_discard(e);
	assert_int_equal(set.count, expected->count);
	for (size_t i = 0; i < set.count; i++)
		assert_memory_equal(&set.tasks[i], &expected->tasks[i], sizeof(struct task));
}

/* Whatever bytes are wrong, collecting ends and touches nothing it should not. */
static void random_damage_does_no_harm(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		CLEANUP(task_set_deinit) struct task_set set = TASK_SET_INIT;
		struct kernel k;
		struct err *e;

		setup(&k);
		for (int i = 0; i < 1 + round % 20; i++) {
			uint64_t task;

			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			task = k.task[(seed >> 33) % k.count];
			/* pointers that lead somewhere are the worst */
			image_put64(&k.im, task + (seed >> 40) % 64 * 8,
				    k.task[(seed >> 50) % k.count] + (seed >> 55) % 32 * 8);
		}
		e = task_set_collect(&k.im.t, true, TASK_WANT_ALL, &set);
		assert_true(set.count < 1000);
		check_wave_agrees(&k, e, &set);
		err_discard(e);
		image_deinit(&k.im);
	}
}

static void states_have_the_letters_of_proc(void **state)
{
	(void)state;
	assert_int_equal(task_state_letter(0, 0), 'R');
	assert_int_equal(task_state_letter(1, 0), 'S');
	assert_int_equal(task_state_letter(2, 0), 'D');
	assert_int_equal(task_state_letter(0x102, 0), 'D'); /* killable */
	assert_int_equal(task_state_letter(0x402, 0), 'I');
	assert_int_equal(task_state_letter(0x400, 0), 'R');
	assert_int_equal(task_state_letter(0x104, 0), 'T');
	assert_int_equal(task_state_letter(8, 0), 't');
	assert_int_equal(task_state_letter(0x40, 0), 'P');
	assert_int_equal(task_state_letter(0x80, 0x20), 'Z');
	assert_int_equal(task_state_letter(0x80, 0x10), 'X');
	assert_int_equal(task_state_letter(0x80, 0x30), 'Z'); /* EXIT_TRACE */
	assert_int_equal(task_state_letter(0x1000, 0), 'D'); /* waits for a lock under RT */
	assert_int_equal(task_state_letter(0x8000, 0), 'D'); /* frozen */
	assert_int_equal(task_state_letter(0x200, 0), 'R'); /* waking */
	assert_int_equal(task_state_letter(0x2001, 0), 'S'); /* freezable */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_tasks_are_found_in_order),
		cmocka_unit_test(threads_are_found_when_asked_for),
		cmocka_unit_test(a_torn_list_is_read_from_its_other_end),
		cmocka_unit_test(a_list_torn_twice_is_completed_by_families),
		cmocka_unit_test(a_task_hidden_from_the_list_is_found),
		cmocka_unit_test(a_list_in_a_circle_ends),
		cmocka_unit_test(a_pid_belongs_to_one_task),
		cmocka_unit_test(what_is_no_task_is_refused),
		cmocka_unit_test(no_task_at_all_is_an_error),
		cmocka_unit_test(a_live_machine_is_read_in_few_vectors),
		cmocka_unit_test(random_damage_does_no_harm),
		cmocka_unit_test(states_have_the_letters_of_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
