#include "tests/lib/unit.h"

#include "recover/kernel/data_landmarks.h"
#include "recover/kernel/pointers.h"
#include "recover/recovery.h"
#include "tests/lib/failing.h"
#include "tests/lib/machine.h"
#include "tests/lib/text_memory.h"

/* --- the list ----------------------------------------------------------------------------- */

static void sources_that_agree_and_not(void **state)
{
	struct landmarks l = { .count = 0 };

	(void)state;
	assert_null(landmarks_get(&l, "init_task"));
	assert_ok(landmarks_add(&l, "init_task", KADDR(0xffffffff82000000), "export table"));
	assert_ok(landmarks_add(&l, "init_task", KADDR(0xffffffff82000000), "comm"));
	assert_string_equal(buf_str(&landmarks_get(&l, "init_task")->sources), "export table, comm");
	assert_err(landmarks_add(&l, "init_task", KADDR(0xffffffff82000040), "dream"), ERR_DATA,
		   "init_task: export table, comm says 0xffffffff82000000, dream says "
		   "0xffffffff82000040");
	landmarks_deinit(&l);
}

/* --- a kernel whose table names functions only -------------------------------------------------- */

struct found {
	struct survey survey;
	struct candidates candidates;
	struct candidate *chosen;
	struct kernel kernel;
};

static void found_deinit(struct found *f)
{
	kernel_deinit(&f->kernel);
	candidates_deinit(&f->candidates);
	survey_deinit(&f->survey);
}

static struct memory *machine(void)
{
	struct machine_kernel k = machine_running;
	struct memory *m = machine_empty();

	k.style = &machine_functions_only;
	machine_put(m, &k);
	return m;
}

static struct err *find(struct memory *m, struct found *f)
{
	struct err *e;

	*f = (struct found){ .chosen = NULL };
	survey_init(m, &f->survey);
	e = survey_candidates(&f->survey, &f->candidates);
	if (!e)
		e = candidates_choose(&f->candidates, &f->chosen);
	if (!e)
		e = kernel_init(m, f->chosen, &f->kernel);
	return e ? e : kernel_find_landmarks(&f->kernel);
}

static void assert_at(const struct found *f, const char *name, uint64_t offset)
{
	struct kaddr at = KADDR(0);

	if (!kernel_symbol(&f->kernel, name, &at) || at.v != machine_running.va + offset)
		fail_msg("%s: 0x%jx", name, (uintmax_t)at.v);
	assert_non_null(kernel_symbol_source(&f->kernel, name));
}

static const struct {
	const char *name;
	uint64_t offset;
} places[] = {
	{ "linux_banner", MACHINE_BANNER },
	{ "init_task", MACHINE_TASK },
	{ "init_top_pgt", MACHINE_TOP_TABLE },
	{ "page_offset_base", MACHINE_VARIABLES },
	{ "vmalloc_base", MACHINE_VARIABLES + 8 },
	{ "vmemmap_base", MACHINE_VARIABLES + 16 },
	{ "boot_params", MACHINE_BOOT_PARAMS },
	{ "_end", MACHINE_IMAGE_SIZE },
};

static void data_is_found_by_its_shape(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine();
	CLEANUP(found_deinit) struct found f;
	struct kaddr at;

	(void)state;
	assert_ok(find(m, &f));
	assert_true(landmarks_are_needed(f.chosen->symbols));
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		assert_at(&f, places[i].name, places[i].offset);
	assert_false(kernel_symbol(&f.kernel, "phys_base", &at));
	assert_null(kernel_symbol_source(&f.kernel, "_text"));
}

/* Whoever has a page of the image can make it look like the first task, but not like the only one. */
static void what_is_there_twice_is_not_found(void **state)
{
	static const struct {
		const char *change, *name;
	} twice[] = {
		{ "0x1290be0: string \"swapper/0\"\n0x1290600: u64 0xffffffff9a490000 0xffffffff9a490000\n"
		  "0x1290640: u64 0xffffffff9a490000\n", "init_task" },
		{ "0x1290100: u64 0xffff900000000000 0xffffc10000000000 0xffffe10000000000\n",
		  "page_offset_base" },
		{ "0x12901fe: u16 0xaa55\n0x1290202: string \"HdrS\"\n", "boot_params" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(twice) / sizeof(*twice); i++) {
		CLEANUP(memory_closep) struct memory *m = machine();
		CLEANUP(found_deinit) struct found f;
		struct kaddr at;

		text_memory_put(m, twice[i].change);
		assert_ok(find(m, &f));
		if (kernel_symbol(&f.kernel, twice[i].name, &at))
			fail_msg("%s is found", twice[i].name);
		assert_at(&f, "linux_banner", MACHINE_BANNER);
	}
}

/* This image lies where other kernels have modules, and it has lists of its own. */
static void a_list_within_the_image_is_none_of_modules(void **state)
{
	struct machine_kernel k = machine_running;
	CLEANUP(memory_closep) struct memory *m = machine_empty();
	CLEANUP(found_deinit) struct found f;
	struct kaddr at;

	(void)state;
	k.style = &machine_functions_only;
	k.va = 0xffffffffa0e00000;
	machine_put(m, &k);
	text_memory_put(m, "0x1290000: u64 0xffffffffa1090100 0xffffffffa1090100\n"
			   "0x12900f8: u64 0 0xffffffffa1090000 0xffffffffa1090000\n"
			   "0x1290110: string \"module\"\n");
	assert_ok(find(m, &f));
	assert_true(kernel_symbol(&f.kernel, "init_task", &at));
	assert_int_equal(at.v, k.va + MACHINE_TASK);
	assert_ok(kernel_find_modules(&f.kernel));
	assert_false(kernel_symbol(&f.kernel, "modules", &at));
}

static void what_is_not_quite_it_is_none(void **state)
{
	static const struct {
		const char *change, *name;
	} broken[] = {
		{ "0x1205be0: string \"swapper/1\"\n", "init_task" },
		{ "0x1205640: u64 0\n", "init_task" },			/* its leader */
		{ "0x1205608: u64 0\n", "init_task" },			/* its parent */
		{ "0x1203200: u64 0\n", "init_top_pgt" },		/* init_mm's pgd */
		{ "0x1203008: u64 0xffffc90000001000\n", "page_offset_base" },
		{ "0x1203008: u64 0xffff800000000000\n", "vmemmap_base" }, /* not in order */
		{ "0x12041fe: u16 0\n", "boot_params" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		CLEANUP(memory_closep) struct memory *m = machine();
		CLEANUP(found_deinit) struct found f;
		struct kaddr at;

		text_memory_put(m, broken[i].change);
		assert_ok(find(m, &f));
		if (kernel_symbol(&f.kernel, broken[i].name, &at))
			fail_msg("%s is found: %zu", broken[i].name, i);
	}
}

static void two_banners_are_one_too_many(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine();
	CLEANUP(found_deinit) struct found f;

	(void)state;
	text_memory_put(m, "0x1180000: string \"Linux version 6.2.0 (a@b) (gcc) #1 SMP\\n\"\n");
	assert_err(find(m, &f), ERR_ABSENT, "linux_banner: there is one at 0xffffffff9a380000 and one");
}

/* A failed read hides a landmark or ends the search, but never makes a wrong landmark. */
static void every_read_may_fail(void **state)
{
	bool done = false;

	(void)state;
	for (unsigned int n = 1; !done; n += n < 10 ? 1 : 37) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(machine(), n, n % 2 ? MEMORY_UR : FAILING_GONE);
		CLEANUP(found_deinit) struct found f;
		struct err *e = find(m, &f);
		struct kaddr at;

		done = !failing_has_failed(m);
		assert_false(done && e);
		assert_true(n % 2 || done || (e && err_code(e) == ERR_SYSTEM));
		for (size_t i = 0; !e && i < sizeof(places) / sizeof(*places); i++)
			if (kernel_symbol(&f.kernel, places[i].name, &at))
				assert_true(at.v == machine_running.va + places[i].offset);
		err_discard(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_that_agree_and_not),
		cmocka_unit_test(data_is_found_by_its_shape),
		cmocka_unit_test(what_is_there_twice_is_not_found),
		cmocka_unit_test(a_list_within_the_image_is_none_of_modules),
		cmocka_unit_test(what_is_not_quite_it_is_none),
		cmocka_unit_test(two_banners_are_one_too_many),
		cmocka_unit_test(every_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
