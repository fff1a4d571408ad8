#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "memory/source.h"
#include "offsets/fit/gather.h"
#include "offsets/fit/run.h"
#include "tests/lib/failing.h"
#include "tests/lib/fit_world.h"

/* The violated invariants, a line each. */
static char *unfit(struct fit_world *w, uint32_t batch)
{
	CLEANUP(live_deinit) struct live live = { .memory = NULL };
	CLEANUP(free_ptr) struct fit *f = xcalloc(1, sizeof(*f));
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	world_live(w, world_memory(w, batch), &live);
	assert_ok(fit_run(w->layout, &live, f));
	fit_format(f, false, &b);
	return xstrdup(buf_str(&b));
}

#define assert_fits(w) \
	do { \
		CLEANUP(free_ptr) char *unfit_ = unfit(w, 1); \
		assert_string_equal(unfit_, ""); \
	} while (0)

#define assert_unfit(w, words) \
	do { \
		CLEANUP(free_ptr) char *unfit_ = unfit(w, 1); \
		if (!strstr(unfit_, words)) \
			fail_msg("not \"%s\" but: %s", words, unfit_); \
	} while (0)

static void the_right_layout_fits(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	CLEANUP(live_deinit) struct live live = { .memory = NULL };
	CLEANUP(free_ptr) struct fit *f = xcalloc(1, sizeof(*f));
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;
	size_t failed = 0;

	(void)state;
	world_live(w, world_memory(w, 1), &live);
	assert_ok(fit_run(w->layout, &live, f));
	fit_format(f, true, &b);
	for (size_t i = 0; i < f->count; i++)
		failed += f->invariants[i].failed;
	if (failed)
		fail_msg("%s", buf_str(&b));
	assert_true(f->count > 150);
	assert_int_equal(f->task_count, 2 + WORLD_THREADS + WORLD_PROCESSES);
	assert_true(f->from_boot_count > 20);
}

/* Something added to or taken out of a structure is noticed when it lies before a member that is checked. */
static void every_shift_is_noticed(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	static const struct {
		const char *tag, *member;
	} moved[] = {
		{ "task_struct", "stack" },	 { "task_struct", "flags" },	 { "task_struct", "tasks" },
		{ "task_struct", "mm" },	 { "task_struct", "pid" },	 { "task_struct", "children" },
		{ "task_struct", "thread_pid" }, { "task_struct", "thread_node" }, { "task_struct", "start_time" },
		{ "task_struct", "cred" },	 { "task_struct", "comm" },	 { "task_struct", "fs" },
		{ "task_struct", "files" },	 { "task_struct", "nsproxy" },	 { "task_struct", "signal" },
		{ "task_struct", "pending" },	 { "task_struct", "cgroups" },	 { "task_struct", "thread_sp" },
		{ "signal_struct", "live" },	 { "signal_struct", "thread_head" }, { "signal_struct", "pids" },
		{ "signal_struct", "rlim" },	 { "signal_struct", "cred_guard_mutex_wait_list" },
		{ "cred", "cap_permitted" },	 { "cred", "user_ns" },		 { "cred", "group_info" },
		{ "pid", "count" },		 { "pid", "tasks" },		 { "pid", "numbers" },
		{ "pid_namespace", "idr" },	 { "pid_namespace", "child_reaper" }, { "pid_namespace", "user_ns" },
		{ "pid_namespace", "ns_inum" },	 { "user_namespace", "ns_inum" }, { "uts_namespace", "name" },
		{ "nsproxy", "uts_ns" },	 { "nsproxy", "mnt_ns" },	 { "nsproxy", "cgroup_ns" },
		{ "mm_struct", "mm_mt" },	 { "mm_struct", "pgd" },	 { "mm_struct", "mm_users" },
		{ "mm_struct", "task_size" },	 { "mm_struct", "start_code" },	 { "mm_struct", "arg_start" },
		{ "mm_struct", "rss_stat" },	 { "mm_struct", "exe_file" },	 { "mm_struct", "user_ns" },
		{ "vm_area_struct", "vm_start" }, { "vm_area_struct", "vm_mm" }, { "vm_area_struct", "vm_flags" },
		{ "vm_area_struct", "vm_page_prot" }, { "maple_range_64", "slot" }, { "fs_struct", "root" },
		{ "fs_struct", "pwd" },		 { "files_struct", "fdt" },	 { "fdtable", "fd" },
		{ "fdtable", "open_fds" },	 { "file", "f_inode" },		 { "file", "f_mapping" },
		{ "file", "f_op" },		 { "file", "f_mode" },		 { "file", "f_cred" },
		{ "dentry", "d_parent" },	 { "dentry", "d_inode" },	 { "dentry", "d_sb" },
		{ "mount", "mnt_parent" },	 { "mount", "mnt" },		 { "mount", "mnt_mounts" },
		{ "mount", "mnt_devname" },	 { "mnt_namespace", "root" },	 { "mnt_namespace", "list" },
		{ "inode", "i_mode" },		 { "inode", "i_op" },		 { "inode", "i_sb" },
		{ "inode", "i_mapping" },	 { "inode", "i_fop" },		 { "super_block", "s_list" },
		{ "super_block", "s_magic" },	 { "super_block", "s_type" },	 { "super_block", "s_root" },
		{ "super_block", "s_id" },	 { "file_system_type", "name" }, { "address_space", "host" },
		{ "address_space", "i_pages" },	 { "address_space", "nrpages" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		uint64_t from = world_member(w, moved[i].tag, moved[i].member)->offset;

		for (size_t t = 0; t < w->fields->type_count; t++) {
			const struct fields_type *type = &w->fields->types[t];
			CLEANUP(free_ptr) struct layout_member *before = xcalloc(type->member_count + 1, sizeof(*before));
			CLEANUP(free_ptr) char *found = NULL;

			if (strcmp(type->tag, moved[i].tag))
				continue;
			memcpy(before, w->layout->types[t].members, type->member_count * sizeof(*before));
			for (size_t k = 0; k < type->member_count; k++)
				if (w->layout->types[t].members[k].offset >= from)
					w->layout->types[t].members[k].offset += 8;
			found = unfit(w, 1);
			if (!*found)
				fail_msg("%s.%s moved: not noticed", moved[i].tag, moved[i].member);
			memcpy(w->layout->types[t].members, before, type->member_count * sizeof(*before));
		}
	}
	assert_fits(w);
}

/* Where one thing is wrong with all objects of a kind, the violation names it. */
static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *member;
		uint64_t value;
		const char *named;
	} wrong[] = {
		{ "state", 1 << 24, "task_struct.state" },
		{ "stack", 0x1234, "task_struct.stack" },
		{ "thread_sp", 8, "task_struct.thread.sp" },
		{ "exit_state", 7, "task_struct.exit_state" },
		{ "exit_signal", 300, "task_struct.exit_signal" },
		{ "prio", 1000, "task_struct.prio" },
		{ "normal_prio", 7, "task_struct.normal_prio" },
		{ "pid", 1 << 23, "task_struct.pid" },
		{ "tgid", 99, "task_struct.tgid" },
		{ "active_mm", 0x8, "task_struct.mm, active_mm" },
		{ "real_parent", 3, "task_struct.real_parent" },
		{ "cred", 5, "task_struct.cred" },
		{ "real_cred", WORLD_BASE + (UINT64_C(1) << 40), "task_struct.real_cred" },
		{ "signal", WORLD_BASE + (UINT64_C(1) << 40), "task_struct.signal" },
		{ "comm", 0x0101, "task_struct.comm: a name, of kernel threads" },
		{ "start_time", UINT64_C(1) << 62, "task_struct.start_boottime" },
		{ "se_sum_exec_runtime", 4000000000000, "task_struct.se.sum_exec_runtime" },
		{ "nvcsw", 0, "task_struct.nvcsw" },
		{ "seccomp_mode", 77, "task_struct.seccomp.mode" },
		{ "mm", WORLD_BASE + 0x1000, "task_struct.mm: 0 for kernel threads" },
		{ "nsproxy", WORLD_BASE + 4, "task_struct.fs, files, nsproxy" },
		{ "children", 0, "task_struct.children" },
		{ "flags", 0, "task_struct.mm: a process has one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		CLEANUP(world_freep) struct fit_world *w = world_new();

		for (size_t k = 1; k < w->task_count; k++)
			world_set(w, "task_struct", w->tasks[k], wrong[i].member, wrong[i].value);
		assert_unfit(w, wrong[i].named);
	}
}

/* What all processes of a tenant do violates nothing. What all processes do, process 1 among them, does. */
static void a_tenant_cannot_have_a_right_layout_refused(void **state)
{
	static const struct {
		const char *tag, *member;
		uint64_t value;
		const char *named;
	} odd[] = {
		{ "mm_struct", "arg_start", 0x1000, "below the arguments" },
		{ "mm_struct", "saved_auxv", 99, "saved_auxv" },
		{ "mm_struct", "stack_vm", 0, "stack_vm" },
		{ "mm_struct", "locked_vm", 5000, "locked_vm" },
		{ "task_struct", "comm", 0x0a0a, "task_struct.comm: a name" },
		{ "task_struct", "min_flt", 0, "min_flt" },
		{ "file", "f_pos", UINT64_C(1) << 63, "f_pos" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		CLEANUP(world_freep) struct fit_world *w = world_new();

		for (size_t k = 2 + WORLD_THREADS; k < w->task_count; k++)
			world_set(w, odd[i].tag, *odd[i].tag == 'm' ? w->spaces[k] : *odd[i].tag == 'f' ? w->files[k] :
				  w->tasks[k], odd[i].member, odd[i].value);
		assert_fits(w);
		world_set(w, odd[i].tag, *odd[i].tag == 'm' ? w->spaces[1] : *odd[i].tag == 'f' ? w->files[1] : w->tasks[1],
			  odd[i].member, odd[i].value);
		assert_unfit(w, odd[i].named);
	}
}

/* All processes of a tenant, twelve of them, lie in memory as a wrong layout says; process 1 and the kernel's threads do not. */
static void a_tenant_cannot_have_a_wrong_layout_accepted(void **state)
{
	static const char *const members[] = { "start_time", "min_flt", "real_cred", "cred", "comm", "fs", "files", "nsproxy",
					       "signal", "blocked", "loginuid", "cgroups", "thread_sp" };

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		CLEANUP(world_freep) struct fit_world *w = world_new();
		uint64_t from = world_member(w, "task_struct", members[i])->offset, end = 0;
		size_t type = 0;

		while (strcmp(w->fields->types[type].tag, "task_struct"))
			type++;
		end = w->layout->types[type].size;
		for (size_t k = 0; k < w->fields->types[type].member_count; k++)
			if (w->layout->types[type].members[k].offset >= from)
				w->layout->types[type].members[k].offset += 8;
		for (size_t k = 2 + WORLD_THREADS; k < w->task_count; k++) {
			uint8_t *task = w->bytes + (w->tasks[k] - WORLD_BASE);
			uint64_t pending = w->tasks[k] + world_member(w, "task_struct", "pending")->offset;
			uint64_t list[2] = { pending, pending };

			memmove(task + from + 8, task + from, end - from);
			world_put(w, pending, list, sizeof(list));
		}
		assert_unfit(w, "task");
	}
}

/* A name of any bytes, a device of number 0, a process that is ending. */
static void what_is_allowed_is_no_violation(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	uint64_t task = w->tasks[w->task_count - 1];

	(void)state;
	world_put(w, w->root + world_member(w, "dentry", "d_iname")->offset, "\xff", 2);
	world_set(w, "task_struct", task, "flags", 4); /* PF_EXITING */
	world_set(w, "task_struct", task, "mm", 0);
	world_set(w, "task_struct", task, "active_mm", 0);
	world_set(w, "task_struct", task, "files", 0);
	world_set(w, "task_struct", task, "fs", 0);
	world_set(w, "task_struct", task, "nsproxy", 0);
	assert_fits(w);
}

/* --- hostile memory ----------------------------------------------------------------------- */

static void a_list_that_never_comes_back_ends(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	uint64_t link = world_member(w, "task_struct", "tasks")->offset, first = w->tasks[3] + link;

	(void)state;
	/* 5 leads back to 3: that alone may be a task that is being unhooked */
	world_put(w, w->tasks[5] + link, &first, 8);
	assert_fits(w);
	/* 3 says so, too, and the list goes backward around the same three */
	first = w->tasks[5] + link;
	world_put(w, w->tasks[3] + link + 8, &first, 8);
	first = w->tasks[4] + link;
	world_put(w, w->tasks[0] + link + 8, &first, 8);
	assert_unfit(w, "task_struct.tasks");
}

static void trees_and_paths_that_loop_end(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	uint64_t node = w->node | 2, leaf = w->leaf | 3 << 3 | 2, sb = world_get(w, "dentry", w->root, "d_sb"), other;

	(void)state;
	/* a page tree whose node is its own child, of a height that never falls */
	world_set(w, "radix_tree_node", w->node, "shift", 6);
	world_put(w, w->node + world_member(w, "radix_tree_node", "slots")->offset, &node, 8);
	assert_unfit(w, "address_space.i_pages: a tree");
	world_set(w, "radix_tree_node", w->node, "shift", 0);
	/* a maple tree the same */
	world_put(w, world_get(w, "task_struct", w->tasks[w->task_count - 1], "mm") +
			     world_member(w, "mm_struct", "mm_mt")->offset +
			     world_member(w, "maple_tree", "ma_root")->offset, &leaf, 8);
	world_put(w, w->leaf + world_member(w, "maple_node", "ma64")->offset +
			     world_member(w, "maple_arange_64", "slot")->offset, &leaf, 8);
	/* two entries that are each other's parents, two mounts the same */
	other = w->root + 0x400;
	world_set(w, "dentry", other, "d_parent", w->root);
	world_set(w, "dentry", other, "d_sb", sb);
	world_set(w, "dentry", w->root, "d_parent", other);
	world_set(w, "mount", w->mount, "mnt_parent", w->mount_namespace);
	free(unfit(w, 1));
	free(unfit(w, 64));
}

static void huge_numbers_end(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();

	(void)state;
	world_set(w, "fdtable", w->table, "max_fds", UINT64_MAX);
	world_set(w, "address_space", w->mapping, "nrpages", UINT64_MAX);
	world_set(w, "super_block", world_get(w, "dentry", w->root, "d_sb"), "s_root", UINT64_MAX - 7);
	assert_unfit(w, "address_space.nrpages: not more than there are");
	/* huge numbers of a layout, too */
	world_member(w, "task_struct", "thread_sp")->offset = UINT64_C(1) << 60;
	world_member(w, "signal_struct", "rlim")->length = UINT64_C(1) << 60;
	world_member(w, "super_block", "s_id")->length = UINT64_C(1) << 40;
	free(unfit(w, 1));
}

/* Any bytes at all get an answer, and are not taken for a kernel. */
static void noise_is_refused(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 50; round++) {
		CLEANUP(free_ptr) char *found = NULL;

		for (uint64_t at = 0; at < WORLD_SIZE; at += 8) {
			seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
			if (seed % 5)
				continue;
			/* half of it pointers into this memory */
			if (seed & 64) {
				uint64_t pointer = WORLD_BASE + (seed >> 20) % WORLD_SIZE / 8 * 8;

				memcpy(w->bytes + at, &pointer, 8);
			} else {
				memcpy(w->bytes + at, &seed, 8);
			}
		}
		found = unfit(w, round & 1 ? 64 : 1);
		assert_true(*found);
	}
}

static void without_init_task_nothing_is_checked(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	CLEANUP(live_deinit) struct live live = { .memory = NULL }, other = { .memory = NULL };
	CLEANUP(free_ptr) struct fit *f = xcalloc(1, sizeof(*f));

	(void)state;
	world_live(w, world_memory(w, 1), &live);
	buf_clear(&live.symbols);
	assert_err(fit_run(w->layout, &live, f), ERR_DATA, "init_task");
	world_live(w, world_memory(w, 64), &other);
	other.page_offset_base += 0x1000000000;
	assert_err(fit_run(w->layout, &other, f), ERR_DATA, "cannot be read");
}

/* --- reading ------------------------------------------------------------------------------ */

static void in_vectors_it_is_the_same_and_few_are_needed(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	CLEANUP(live_deinit) struct live one = { .memory = NULL }, many = { .memory = NULL };
	CLEANUP(free_ptr) struct fit *a = xcalloc(1, sizeof(*a)), *b = xcalloc(1, sizeof(*b));
	CLEANUP(buf_deinit) struct buf text_a = BUF_INIT, text_b = BUF_INIT;

	(void)state;
	world_live(w, world_memory(w, 1), &one);
	world_live(w, world_memory(w, 64), &many);
	assert_ok(fit_run(w->layout, &one, a));
	assert_ok(fit_run(w->layout, &many, b));
	fit_format(a, true, &text_a);
	fit_format(b, true, &text_b);
	assert_string_equal(buf_str(&text_a), buf_str(&text_b));
	assert_true(gather_counters(many.memory)->vectors < 60);
	assert_true(gather_counters(many.memory)->elements < 1500);
	assert_true(gather_counters(one.memory)->vectors > 300);
}

/* Runs with the n-th read failing. False: there were fewer reads. */
static bool with_failure(struct fit_world *w, unsigned int n, enum memory_status how, uint32_t batch)
{
	CLEANUP(live_deinit) struct live live = { .memory = NULL };
	CLEANUP(free_ptr) struct fit *f = xcalloc(1, sizeof(*f));
	struct memory *m = failing_memory(world_memory(w, 1), n, how);
	struct err *e;
	bool failed;

	m->limits.batch = batch;
	m->silence_unchecked = true;
	world_live(w, m, &live);
	e = fit_run(w->layout, &live, f);
	failed = failing_has_failed(m);
	if (how == FAILING_GONE && failed)
		assert_true(e && err_code(e) == ERR_SYSTEM);
	else if (e)
		assert_int_equal(err_code(e), ERR_DATA);
	err_discard(e);
	return failed;
}

static void any_read_may_fail(void **state)
{
	CLEANUP(world_freep) struct fit_world *w = world_new();
	unsigned int n;

	(void)state;
	for (n = 1; with_failure(w, n, MEMORY_IO, 1); n++)
		;
	assert_true(n > 300);
	for (n = 1; with_failure(w, n, FAILING_GONE, 1); n++)
		;
	for (n = 1; with_failure(w, n, MEMORY_TIMEOUT, 64); n += 7)
		;
	for (n = 1; with_failure(w, n, FAILING_GONE, 64); n += 7)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_layout_fits),
		cmocka_unit_test(every_shift_is_noticed),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_tenant_cannot_have_a_right_layout_refused),
		cmocka_unit_test(a_tenant_cannot_have_a_wrong_layout_accepted),
		cmocka_unit_test(what_is_allowed_is_no_violation),
		cmocka_unit_test(a_list_that_never_comes_back_ends),
		cmocka_unit_test(trees_and_paths_that_loop_end),
		cmocka_unit_test(huge_numbers_end),
		cmocka_unit_test(noise_is_refused),
		cmocka_unit_test(without_init_task_nothing_is_checked),
		cmocka_unit_test(in_vectors_it_is_the_same_and_few_are_needed),
		cmocka_unit_test(any_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
