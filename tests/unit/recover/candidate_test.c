#include "tests/lib/unit.h"

#include "recover/kernel/data_landmarks.h"
#include "recover/kernel/kernel.h"
#include "tests/lib/failing.h"
#include "tests/lib/machine.h"
#include "tests/lib/text_memory.h"

/* What the search of a memory finds. */
struct found {
	struct scan scan;
	struct candidates all;
	struct kernel kernel;
	struct facts *boot, *identity;
	struct buf report;
};

static void found_deinit(struct found *f)
{
	scan_deinit(&f->scan);
	kernel_deinit(&f->kernel);
	candidates_deinit(&f->all);
	facts_free(f->boot);
	facts_free(f->identity);
	buf_deinit(&f->report);
}

static struct err *find(struct memory *m, struct found *f)
{
	struct candidate *chosen;
	struct err *e = scan_memory(m, 1, NULL, &f->scan);

	f->boot = facts_new();
	f->identity = facts_new();
	if (!e)
		e = candidates_find(m, &f->scan, &f->all);
	if (!e)
		e = candidates_choose(&f->all, &chosen);
	if (!e)
		e = kernel_init(m, chosen, &f->kernel);
	if (!e)
		e = kernel_find_landmarks(&f->kernel);
	if (!e)
		e = kernel_settle_boot(&f->kernel, &f->all, f->boot, &f->report);
	return e ? e : kernel_settle_identity(&f->kernel, f->identity);
}

static void assert_fact(const struct facts *f, const char *key, const char *value,
			const char *evidence)
{
	assert_non_null(facts_get(f, key));
	assert_string_equal(facts_get(f, key), value);
	if (evidence)
		assert_string_equal(facts_evidence(f, key), evidence);
}

/* The running kernel is found, and its phys_base has this evidence. */
static void assert_found(struct memory *m, const char *phys_base_evidence)
{
	CLEANUP(found_deinit) struct found f = { .report = BUF_INIT };

	assert_ok(find(m, &f));
	assert_fact(f.boot, "phys_base", "-0x19200000", phys_base_evidence);
	assert_fact(f.boot, "kernel_shift", "0x19200000", NULL);
	assert_fact(f.boot, "levels", "4", NULL);
	assert_fact(f.boot, "page_table_root", "0x1200000", NULL);
	assert_fact(f.boot, "page_offset_base", "0xffff8a0000000000", NULL);
	assert_fact(f.boot, "vmemmap_base", "0xffffea0000000000", "variable, page tables");
	assert_fact(f.identity, "package_version", "6.1.192-2", "banner");
	assert_fact(f.identity, "link_base", "0xffffffff81000000", NULL);
	assert_fact(f.identity, "symbol.init_task", "0xffffffff81205000", NULL);
	assert_fact(f.identity, "build_id", "6275696c64206964206e756d62657220312e2e2e", NULL);
}

static void assert_refused(struct memory *m, enum err_code code, const char *words)
{
	CLEANUP(found_deinit) struct found f = { .report = BUF_INIT };

	assert_err(find(m, &f), code, words);
}

static void destroy_notes(struct memory *m)
{
	text_memory_put(m, "0x900000: string \"X\"\n0x901018: string \"X\"\n");
}

static void all_that_there_is(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(found_deinit) struct found f = { .report = BUF_INIT };

	(void)state;
	assert_found(m, "trampoline, self-pointers, page table, banner, vmcoreinfo, "
			"variable phys_base");
	assert_ok(find(m, &f));
	assert_fact(f.boot, "kernel_shift", "0x19200000", "boot_params, vmcoreinfo");
	assert_fact(f.boot, "levels", "4", "page tables, vmcoreinfo, variable pgdir_shift");
	assert_fact(f.boot, "page_offset_base", "0xffff8a0000000000",
		    "variable, page tables, first task");
	assert_fact(f.identity, "release", MACHINE_RELEASE, "banner, vmcoreinfo");
	assert_fact(f.identity, "build_id", "6275696c64206964206e756d62657220312e2e2e",
		    "vmcoreinfo, ELF notes");
	assert_string_equal(buf_str(&f.report),
			    "vmcoreinfo at 0x900000: the kernel's own\n"
			    "vmcoreinfo at 0x901018: the kernel's own, once more\n");
}

static void with_less(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	destroy_notes(m);
	assert_found(m, "trampoline, self-pointers, page table, banner, variable phys_base");
	text_memory_put(m, "0x9c000[511]: u64 0\n");
	assert_found(m, "self-pointers, page table, banner, variable phys_base");
	text_memory_put(m, "0x1200000[511]: u64 0\n"); /* leads to the image no more */
	assert_refused(m, ERR_ABSENT, "no kernel found that two sources agree on: phys_base "
		       "0xffffffffe6e00000 (self-pointers): no page table maps an image there");
}

static void without_the_first_task(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	text_memory_putf(m, "0x%lx: fill 16 0\n", machine_running.pa + MACHINE_COMM);
	assert_found(m, "trampoline, page table, banner, vmcoreinfo, variable phys_base");
	text_memory_put(m, "0x9c000[511]: u64 0\n");
	assert_found(m, "page table, banner, vmcoreinfo, variable phys_base");
	destroy_notes(m);
	assert_refused(m, ERR_ABSENT, "no kernel found: no trampoline that leads to an image, no "
		       "VMCOREINFO note, no first task");
}

static void a_note_that_lies(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	machine_patch(m, 0x901018, "phys_base)=-421527552", "phys_base)=-421527553");
	assert_refused(m, ERR_DATA,
		       "phys_base: trampoline says -0x19200000, self-pointers says -0x19200000, "
		       "page table says -0x19200000, banner says -0x19200000, vmcoreinfo says "
		       "-0x19200000, vmcoreinfo says -0x19200001, variable phys_base says");
}

static void every_source_that_disagrees_is_named(void **state)
{
	static const struct {
		uint64_t at;
		const char *from, *to, *words;
	} lies[] = {
		{ 0x900000, "l5_enabled)=0", "l5_enabled)=1",
		  "levels: page tables says 4, vmcoreinfo says 5, variable pgdir_shift says 4" },
		{ 0x900000, "KERNELOFFSET=19200000", "KERNELOFFSET=19400000",
		  "kernel_shift: boot_params says 0x19200000, vmcoreinfo says 0x19400000" },
		{ 0x900000, "(swapper_pg_dir)=ffffffff9a400000", "(swapper_pg_dir)=ffffffff9a401000",
		  "page_table_root: init_top_pgt says 0x1200000, vmcoreinfo says 0x1201000" },
		{ 0x900000, "(_stext)=ffffffff9a200000", "(_stext)=ffffffff9a400000",
		  "start of the image: page tables says 0xffffffff9a200000, symbol _text says "
		  "0xffffffff9a200000, vmcoreinfo says 0xffffffff9a400000" },
		{ 0x900000, "OSRELEASE=6.1.0-56", "OSRELEASE=6.1.0-55",
		  "release: banner says 6.1.0-56-amd64, vmcoreinfo says 6.1.0-55-amd64" },
		{ 0x900000, "BUILD-ID=62", "BUILD-ID=63", "build_id: vmcoreinfo says 63756" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		CLEANUP(memory_closep) struct memory *m = machine_memory();

		machine_patch(m, lies[i].at, lies[i].from, lies[i].to);
		assert_refused(m, ERR_DATA, lies[i].words);
	}
}

static void variables_that_disagree(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	uint64_t at = machine_running.pa + MACHINE_VARIABLES;

	(void)state;
	destroy_notes(m);
	text_memory_putf(m, "0x%lx: u64 0x1000\n", at + 24);
	assert_refused(m, ERR_DATA, "variable phys_base says 0x1000");
	text_memory_putf(m, "0x%lx: u64 0x%lx 48\n", at + 24, -UINT64_C(0x19200000));
	assert_refused(m, ERR_DATA, "levels: page tables says 4, variable pgdir_shift says 5");
	text_memory_putf(m, "0x%lx: u64 39 0x800000000000\n", at + 32);
	assert_refused(m, ERR_DATA, "encrypt_mask: page tables says 0x0, variable sme_me_mask says");
	text_memory_putf(m, "0x%lx: u64 0\n0x%lx: u64 0xffff888000000000\n", at + 40, at);
	assert_refused(m, ERR_DATA, "page_offset_base: variable says 0xffff888000000000, but "
		       "neither the page tables nor a pointer of the first task agree");
	text_memory_putf(m, "0x%lx: u64 0x%lx\n", at, MACHINE_PAGE_OFFSET);
	assert_found(m, NULL);
}

static const struct machine_kernel earlier = {
	.pa = 0x2000000, .va = 0xffffffff81000000, .real_mode = 0x99000, .pages = 0x940000,
	.number = "0",
};

static void a_kernel_that_ran_before_is_passed_over(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	struct machine_kernel moved = earlier;

	(void)state;
	machine_put(m, &earlier);
	assert_found(m, NULL);
	destroy_notes(m); /* the other kernel keeps its notes: as many ways lead to it */
	assert_found(m, NULL);
	moved.low = 0x90000; /* its trampoline is still there, beside the other kernel's */
	moved.real_mode = 0;
	machine_put(m, &moved);
	assert_refused(m, ERR_DATA, "which kernel runs is not clear");
}

static void two_that_are_equally_good(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	struct machine_kernel other = earlier;

	(void)state;
	other.low = 0x90000;
	other.real_mode = 0;
	machine_put(m, &other);
	assert_refused(m, ERR_DATA, "which kernel runs is not clear: phys_base 0x1000000 "
		       "(trampoline, vmcoreinfo, self-pointers, page table, banner); phys_base "
		       "0xffffffffe6e00000 (trampoline, vmcoreinfo, self-pointers, page table, "
		       "banner)");
}

static void an_image_without_symbols(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();

	(void)state;
	text_memory_put(m, "0x1100000: fill 0x80000 0\n");
	assert_refused(m, ERR_DATA, "the kernel's image cannot be understood: phys_base "
		       "0xffffffffe6e00000 (trampoline, vmcoreinfo, self-pointers, page table): ");
}

static void memory_that_is_cut_off(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_memory();
	CLEANUP(ram_map_deinit) struct ram_map half = RAM_MAP_INIT;

	(void)state;
	ram_map_add(&half, PADDR(0), PADDR(0x1000000));
	memory_set_ram_map(m, &half);
	assert_refused(m, ERR_ABSENT, "its image at 0x1000000 is outside the RAM, which ends at "
		       "0x1000000");
	assert_refused(m, ERR_ABSENT, "entry 511 leads to a table outside the RAM, as to 0x1201000");
}

static void no_kernel_at_all(void **state)
{
	CLEANUP(memory_closep) struct memory *m = machine_empty();

	(void)state;
	assert_refused(m, ERR_ABSENT, "no kernel found: no trampoline");
	text_memory_put(m, "0x5000: string \"Linux version 6.1 (a@b) (gcc) #1\"\n"
			   "0x6000: string \"OSRELEASE=\"\n0x7000: string \"swapper/0\"\n");
	assert_refused(m, ERR_ABSENT, "vmcoreinfo at 0x6000: no line OSRELEASE=\n"
		       "self-pointers: 0x7000: 0 list heads");
}

static void every_read_may_fail(void **state)
{
	bool done = false;

	(void)state;
	/* each of the first reads, then one in a while */
	for (unsigned int n = 1; !done; n += n < 20 ? 1 : 97) {
		CLEANUP(memory_closep) struct memory *m =
			failing_memory(machine_memory(), n, n % 2 ? MEMORY_IO : FAILING_GONE);
		CLEANUP(found_deinit) struct found f = { .report = BUF_INIT };
		struct err *e = find(m, &f);

		done = !failing_has_failed(m);
		assert_false(done && e);
		if (!e)
			assert_fact(f.boot, "phys_base", "-0x19200000", NULL);
		else if (n % 2 == 0)
			assert_int_equal(err_code(e), ERR_SYSTEM);
		err_discard(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_there_is),
		cmocka_unit_test(with_less),
		cmocka_unit_test(without_the_first_task),
		cmocka_unit_test(a_note_that_lies),
		cmocka_unit_test(every_source_that_disagrees_is_named),
		cmocka_unit_test(variables_that_disagree),
		cmocka_unit_test(a_kernel_that_ran_before_is_passed_over),
		cmocka_unit_test(two_that_are_equally_good),
		cmocka_unit_test(an_image_without_symbols),
		cmocka_unit_test(memory_that_is_cut_off),
		cmocka_unit_test(no_kernel_at_all),
		cmocka_unit_test(every_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
