#include "tests/lib/unit.h"

#include <string.h>

#include "base/cleanup.h"
#include "kernel-src/infer/makefile.h"

/* A makefile's words, as "list:word condition", a line each. */
static void check(bool lenient, const char *text, const char *expected)
{
	CLEANUP(makefile_freep) struct makefile *m = makefile_new(lenient);
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	makefile_read(m, text);
	for (size_t i = 0; i < m->count; i++)
		buf_addf(&b, "%s:%s%s\n", m->entries[i].list, m->entries[i].word, m->entries[i].condition);
	assert_string_equal(buf_str(&b), expected);
}

static void words_stand_under_their_list_and_its_option(void **state)
{
	(void)state;
	check(false, "obj-y += a.o dir/\n", "obj:a.o\nobj:dir/\n");
	check(false, "obj-$(CONFIG_A)\t:= a.o", "obj:a.o A\n");
	check(false, "obj-${CONFIG_A} += a.o", "obj:a.o A\n");
	check(false, "obj-$(subst m,y,$(CONFIG_A)) += a.o", "obj:a.o A+\n");
	check(false, "foo-objs := a.o \\\n\tb.o # c.o\n", "foo:a.o\nfoo:b.o\n");
	check(false, "obj-y += $(foo-y) $(foo-m) $(foo-objs)", "obj:foo.o\nobj:foo.o\nobj:foo.o\n");
}

static void what_make_computes_is_left_out(void **state)
{
	(void)state;
	check(false, "obj-m += a.o\nobj += a.o\nobj-y\n= a.o\n-y += a.o\nCFLAGS-y := -O2 a b.c\n", "");
	check(false, "obj-y += $(call f,a.o) $(x).o ../a.o .o a,b.o\n", "");
	check(false, "obj-$(X) += a.o\nobj-$(CONFIG_) += a.o\nobj-$(CONFIG_A += a.o\n", "obj:a.o A\n");
	check(false, "a b-y := a.o\nobj-$(CONFIG_A:m=y) += a.o\n", "");
	check(false, "x.o: y.o\n\tobj-y := a.o\nobj-y := b.o\n", "obj:b.o\n");
}

static void conditionals_are_about_options_or_unknown(void **state)
{
	(void)state;
	check(false, "ifdef CONFIG_A\nobj-y += a.o\nelse\nobj-y += b.o\nendif\nobj-y += c.o\n",
	      "obj:a.o A+\nobj:b.o !A+\nobj:c.o\n");
	check(false, "ifeq ($(CONFIG_A),y)\nobj-y += a.o\nelse ifeq ($(CONFIG_B),m)\nobj-y += b.o\nendif",
	      "obj:a.o A\nobj:b.o !A B=m\n");
	check(false, "ifneq ($(CONFIG_A),)\nobj-y += a.o\nendif", "obj:a.o A+\n");
	check(false, "ifeq ($(CONFIG_A),x)\nobj-y += a.o\nendif", "obj:a.o ?\n");
	check(false, "ifdef X\nobj-y += a.o\nendif", "obj:a.o ?\n");
	check(true, "ifdef X\nobj-y += a.o\nendif", "obj:a.o\n");
	check(false, "endif\nelse\nelse ifdef CONFIG_A\nendif\nobj-y += a.o\n", "obj:a.o\n");
	check(false, "ifeq\nifdef\nifneq (\nobj-y += a.o", "obj:a.o ?\n");
}

static void a_file_ends_its_conditionals(void **state)
{
	CLEANUP(makefile_freep) struct makefile *m = makefile_new(false);

	(void)state;
	makefile_read(m, "ifdef CONFIG_A\nobj-y += a.o\n");
	makefile_read(m, "obj-y += b.o $(foo-m)\nfoo-$(CONFIG_B) += c.o\n");
	assert_int_equal(m->count, 4);
	assert_string_equal(m->entries[1].condition, "");
	assert_true(makefile_has_list(m, "foo", 3));
	assert_false(makefile_has_list(m, "fo", 2));
	assert_true(makefile_links_modules(m, "foo", 3));
	assert_false(makefile_links_modules(m, "obj", 3));
	assert_string_equal(m->entries[3].option, "B");
}

static void deep_nesting_is_not_exact(void **state)
{
	CLEANUP(makefile_freep) struct makefile *m = makefile_new(false);
	CLEANUP(buf_deinit) struct buf text = BUF_INIT;

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_add_str(&text, "ifdef CONFIG_A\n");
	buf_add_str(&text, "obj-y += a.o\n");
	for (int i = 0; i < 200; i++)
		buf_add_str(&text, "endif\n");
	buf_add_str(&text, "obj-y += b.o\n");
	makefile_read(m, buf_str(&text));
	assert_string_equal(m->entries[0].condition, " A+ ?");
	assert_string_equal(m->entries[1].condition, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stand_under_their_list_and_its_option),
		cmocka_unit_test(what_make_computes_is_left_out),
		cmocka_unit_test(conditionals_are_about_options_or_unknown),
		cmocka_unit_test(a_file_ends_its_conditionals),
		cmocka_unit_test(deep_nesting_is_not_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
