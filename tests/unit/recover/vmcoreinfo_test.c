#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "recover/parse/vmcoreinfo.h"
#include "tests/lib/failing.h"
#include "tests/lib/text_memory.h"

static const char note[] = "OSRELEASE=6.1.0-56-amd64\n"
			   "BUILD-ID=eb4fbcd037e7253717950bf2b93bd5566f47c56f\n"
			   "PAGESIZE=4096\n"
			   "SYMBOL(init_uts_ns)=ffffffff86bfb000\n"
			   "SYMBOL(_stext)=ffffffff85000000\n"
			   "OFFSET(page.mapping)=24\n"
			   "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			   "NUMBER(phys_base)=-117440512\n"
			   "NUMBER(pgtable_l5_enabled)=0\n"
			   "KERNELOFFSET=4000000\n"
			   "CONFIG_X86_SOMETHING=y\n"
			   "EMPTY=\n";

static void the_lines_of_a_note(void **state)
{
	CLEANUP(vmcoreinfo_deinit) struct vmcoreinfo v = { .count = 0 };
	uint64_t number;

	(void)state;
	assert_ok(vmcoreinfo_parse(note, sizeof(note), PADDR(0x1376000), &v));
	assert_int_equal(v.count, 12);
	assert_true(v.at.v == 0x1376000);
	assert_string_equal(v.release, "6.1.0-56-amd64");
	assert_true((int64_t)v.phys_base == -0x7000000);
	assert_true(v.stext.v == 0xffffffff85000000);
	assert_string_equal(vmcoreinfo_get(&v, "CONFIG_X86_SOMETHING"), "y");
	assert_string_equal(vmcoreinfo_get(&v, "EMPTY"), "");
	assert_null(vmcoreinfo_get(&v, "SYMBOL(none)"));
	assert_true(vmcoreinfo_number(&v, "KERNELOFFSET", &number) && number == 0x4000000);
	assert_true(vmcoreinfo_number(&v, "OFFSET(page.mapping)", &number) && number == 24);
	assert_true(vmcoreinfo_number(&v, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &number));
	assert_true((int64_t)number == -129);
	assert_false(vmcoreinfo_number(&v, "EMPTY", &number));
	assert_false(vmcoreinfo_number(&v, "OSRELEASE", &number));
	assert_false(vmcoreinfo_number(&v, "SYMBOL(none)", &number));
}

static bool number_of(const char *line, const char *name, uint64_t *ret)
{
	CLEANUP(vmcoreinfo_deinit) struct vmcoreinfo v = { .count = 0 };
	CLEANUP(free_ptr) char *text = xasprintf("%s%s\n", note, line);

	assert_ok(vmcoreinfo_parse(text, strlen(text), PADDR(0), &v));
	return vmcoreinfo_number(&v, name, ret);
}

static void what_is_no_number(void **state)
{
	uint64_t n;

	(void)state;
	assert_true(number_of("NUMBER(a)=0", "NUMBER(a)", &n) && n == 0);
	assert_true(number_of("SYMBOL(a)=0", "SYMBOL(a)", &n) && n == 0);
	assert_true(number_of("NUMBER(a)=18446744073709551615", "NUMBER(a)", &n));
	assert_false(number_of("NUMBER(a)=18446744073709551616", "NUMBER(a)", &n));
	assert_false(number_of("NUMBER(a)=0x10", "NUMBER(a)", &n));
	assert_false(number_of("NUMBER(a)=--1", "NUMBER(a)", &n));
	assert_false(number_of("NUMBER(a)= 1", "NUMBER(a)", &n));
	assert_false(number_of("NUMBER(a)=1 ", "NUMBER(a)", &n));
	assert_false(number_of("NUMBER(a)=-", "NUMBER(a)", &n));
	assert_false(number_of("SYMBOL(a)=0x10", "SYMBOL(a)", &n));
	assert_false(number_of("SYMBOL(a)=-10", "SYMBOL(a)", &n));
	assert_false(number_of("SYMBOL(a)=xyz", "SYMBOL(a)", &n));
	assert_false(number_of("SYMBOL(a)=", "SYMBOL(a)", &n));
	assert_false(number_of("SYMBOL(a)=1ffffffffffffffff", "SYMBOL(a)", &n));
}

static void the_first_of_several(void **state)
{
	uint64_t n;

	(void)state;
	assert_true(number_of("KERNELOFFSET=1000000", "KERNELOFFSET", &n) && n == 0x4000000);
}

static void refuse(const char *text, const char *words)
{
	struct vmcoreinfo v;

	assert_err(vmcoreinfo_parse(text, strlen(text), PADDR(0x5000), &v), ERR_DATA, words);
}

static void what_is_no_note(void **state)
{
	(void)state;
	refuse("", "vmcoreinfo at 0x5000: no line OSRELEASE=");
	refuse("OSRELEASE=\n", "no line OSRELEASE=");
	refuse("OSRELEASE=6.1\n", "no line PAGESIZE=4096");
	refuse("OSRELEASE=6.1\nPAGESIZE=65536\n", "no line PAGESIZE=4096");
	refuse("OSRELEASE=6.1\nPAGESIZE=4096", "no line PAGESIZE=4096"); /* cut off */
	refuse("OSRELEASE=6.1\nPAGESIZE=4096\n", "no line NUMBER(phys_base)=");
	refuse("OSRELEASE=6.1\nPAGESIZE=4096\nNUMBER(phys_base)=0\n", "no line SYMBOL(_stext)=");
	/* the text ends where no line follows */
	refuse("OSRELEASE=6.1\n\033[2J\nPAGESIZE=4096\n", "no line PAGESIZE");
	refuse("OSRELEASE=6.1\n\nPAGESIZE=4096\n", "no line PAGESIZE");
	refuse("OSRELEASE=\xff\nPAGESIZE=4096\n", "no line OSRELEASE");
}

static void a_text_without_end(void **state)
{
	static char text[16384];
	struct vmcoreinfo v;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 4)
		memcpy(text + i, "A=1\n", 4);
	assert_err(vmcoreinfo_parse(text, sizeof(text), PADDR(0), &v), ERR_DATA, "OSRELEASE");
}

static void at_the_end_of_ram(void **state)
{
	CLEANUP(memory_closep) struct memory *m =
		text_memory("ram 0x0-0x2000\n"
			     "0x1f80: string \"OSRELEASE=6.1\\nPAGESIZE=4096\\nNUMBER(phys_base)=4096"
			     "\\nSYMBOL(_stext)=ffffffff81000000\\n\"\n");
	CLEANUP(vmcoreinfo_deinit) struct vmcoreinfo v = { .count = 0 };
	struct vmcoreinfo none;

	(void)state;
	assert_ok(vmcoreinfo_read(m, PADDR(0x1f80), &v));
	assert_int_equal(v.count, 4);
	assert_err(vmcoreinfo_read(m, PADDR(0x1000), &none), ERR_DATA, "at 0x1000: no line OSREL");
	assert_err(vmcoreinfo_read(m, PADDR(0x2000), &none), ERR_DATA, "at 0x2000");
}

static void a_read_may_fail(void **state)
{
	struct vmcoreinfo v;

	(void)state;
	for (int how = MEMORY_ABSENT; how <= FAILING_GONE; how++) {
		CLEANUP(memory_closep) struct memory *m = failing_memory(
			text_memory("ram 0x0-0x2000\n"), 1, (enum memory_status)how);

		assert_err(vmcoreinfo_read(m, PADDR(0), &v),
			   how == FAILING_GONE ? ERR_SYSTEM : ERR_DATA, "vmcoreinfo at 0x0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lines_of_a_note),	cmocka_unit_test(what_is_no_number),
		cmocka_unit_test(the_first_of_several), cmocka_unit_test(what_is_no_note),
		cmocka_unit_test(a_text_without_end),	cmocka_unit_test(at_the_end_of_ram),
		cmocka_unit_test(a_read_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
