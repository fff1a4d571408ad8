#include "tests/lib/unit.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/infer/infer.h"
#include "kernel-src/kconfig/kconfig.h"
#include "tests/lib/scratch.h"

static struct gates *gates(const struct scratch *s, const char *makefile, const char *below)
{
	CLEANUP(free_ptr) char *folder = scratch_path(s, "kernel");
	struct gates *g = NULL;

	assert_ok(file_make_dirs(folder));
	free(scratch_file(s, "Makefile", makefile));
	free(scratch_file(s, "kernel/Makefile", below));
	assert_ok(gates_read(s->path, &g));
	return g;
}

static enum infer_state state_of(const struct infer *in, const char *name)
{
	const struct infer_option *o = infer_find(in, name);

	return o ? o->state : INFER_UNKNOWN;
}

#define SYMBOL(type, name) "ffffffff81000000 " type " " name "\n"

static void names_decide(void **state)
{
	static const char definitions[] =
		"F kernel/fork.c\nT always\nT one ONE\nT two TWO\nT three !THREE\nT four FOUR+\nT five FIVE ONE\n"
		"T six SIX SEVEN\nT eight EIGHT ?\nW nine NINE\nt ten TEN\n"
		"t long_enough_name LONG\nd long_enough_data DATA\n"
		"F kernel/a.c\nT a1\nT a2 INNER\nF kernel/b.c\nT b1\nT sys_b\n"
		"F kernel/twice.c\nT twice1\nF kernel/unknown.c\nT always2 X\nT one2 ONE\n"
		"F other/one.c\nT dup DUP\nF kernel/exit.c\nT dup DUP2\nI inc.c INC\nF kernel/inc.c\nT inc1\n";
	static const char symbols[] =
		SYMBOL("T", "always") SYMBOL("T", "one") SYMBOL("T", "three") SYMBOL("T", "four")
		SYMBOL("W", "nine") SYMBOL("t", "a1") SYMBOL("T", "__x64_sys_b") SYMBOL("t", "b1.cold")
		SYMBOL("t", "ten") SYMBOL("t", "long_enough_name") SYMBOL("d", "long_enough_data")
		SYMBOL("T", "twice1") SYMBOL("T", "dup") SYMBOL("T", "inc1");
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "core-y += kernel/\n",
		      "obj-y := fork.o exit.o\nobj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += b.o\n"
		      "obj-$(CONFIG_C) += twice.o\nobj-$(CONFIG_D) += twice.o\n");
	CLEANUP(infer_freep) struct infer *in = NULL;

	(void)state;
	assert_ok(infer_new(definitions, symbols, g, &in));
	infer_run(in, NULL);
	assert_int_equal(state_of(in, "ONE"), INFER_Y);
	assert_int_equal(state_of(in, "TWO"), INFER_NOT_Y);
	assert_int_equal(state_of(in, "THREE"), INFER_NOT_Y);
	assert_int_equal(state_of(in, "FOUR"), INFER_ON);
	assert_int_equal(state_of(in, "FIVE"), INFER_NOT_Y);
	/* one of two; a condition that is not whole; a weak function; a static one alone */
	assert_int_equal(state_of(in, "SIX"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "EIGHT"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "NINE"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "TEN"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "DATA"), INFER_UNKNOWN);
	/* but for a function with a long name */
	assert_int_equal(state_of(in, "LONG"), INFER_Y);
	/* a static function of the name is not this one */
	assert_int_equal(state_of(in, "A"), INFER_NOT_Y);
	assert_int_equal(state_of(in, "INNER"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "B"), INFER_Y);
	/* either of two is enough; two files define it; a file that another one includes */
	assert_int_equal(state_of(in, "C"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "DUP"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "INC"), INFER_Y);
}

static void what_is_known_stays(void **state)
{
	static const char definitions[] = "F kernel/fork.c\nT one ONE\nT two TWO ONE\nT three !ONE\n";
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s, "core-y += kernel/\n", "obj-y := fork.o\n");
	CLEANUP(infer_freep) struct infer *in = NULL;

	(void)state;
	assert_ok(infer_new(definitions, SYMBOL("T", "three"), g, &in));
	infer_set(in, "ONE", INFER_Y, "text");
	infer_run(in, NULL);
	assert_int_equal(state_of(in, "ONE"), INFER_Y);
	assert_true(infer_find(in, "ONE")->against > infer_find(in, "ONE")->for_global);
	assert_int_equal(state_of(in, "TWO"), INFER_NOT_Y);
}

static void rules_go_before_what_is_not_there(void **state)
{
	static const char definitions[] = "F kernel/fork.c\nT one ONE\nT two TWO\nT three THREE\nT four FOUR FIVE\n";
	static const char text[] = "config ONE\n\tbool \"one\"\n\tdepends on MENU\n\tselect TWO\n"
				   "config TWO\n\tbool\nconfig THREE\n\tbool \"three\"\nconfig MENU\n\tbool \"m\"\n"
				   "config FOUR\n\tbool \"f\"\nconfig FIVE\n\tdef_bool MENU\n";
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s, "core-y += kernel/\n", "obj-y := fork.o\n");
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(imply_freep) struct imply *rules = NULL;
	CLEANUP(infer_freep) struct infer *in = NULL;
	size_t expected, missing;

	(void)state;
	assert_ok(kconfig_add_text(k, text, sizeof(text) - 1));
	rules = imply_new(k);
	assert_ok(infer_new(definitions, SYMBOL("T", "one"), g, &in));
	infer_run(in, rules);
	assert_int_equal(state_of(in, "ONE"), INFER_Y);
	assert_int_equal(state_of(in, "MENU"), INFER_Y);
	/* another option selects it, so it is on although its function is not there */
	assert_int_equal(state_of(in, "TWO"), INFER_Y);
	assert_true(infer_find(in, "TWO")->implied);
	assert_string_equal(infer_find(in, "TWO")->witness_for, "Kconfig: follows from what it depends on");
	assert_int_equal(state_of(in, "THREE"), INFER_N);
	/* only with what follows from the rules there is one option left that is open */
	assert_int_equal(state_of(in, "FIVE"), INFER_Y);
	assert_int_equal(state_of(in, "FOUR"), INFER_N);
	infer_doubts(in, &expected, &missing);
	assert_int_equal(missing, 1);
}

static void modules_speak_for_what_is_in_them(void **state)
{
	static const char definitions[] =
		"F kernel/f.c\nT one ONE\nT two\nT three THREE+\nT four !FOUR\nt five FIVE\nt six SIX\n"
		"F kernel/acl.c\nT acl\nT twice TWICE\nF kernel/g.c\nt twice\n";
	static const char modules[] = "ffffffffc0000000 t one\t[m]\nffffffffc0000010 T two\t[m]\n"
				      "ffffffffc0000020 T three\t[m]\nffffffffc0000030 T four\t[m]\n"
				      "ffffffffc0000040 T acl\t[m]\nffffffffc0000050 T six\t[m]\n"
				      "ffffffffc0000060 t twice\t[m]\n"
				      "T short\nffffffffc0000060 U five\t[m]\nffffffffc0000060 T five\n\t\n";
	static const char text[] = "config M\n\ttristate \"m\"\nconfig ACL\n\tbool \"acl\"\n\tdepends on M\n";
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g =
		gates(&s, "core-y += kernel/\n", "obj-$(CONFIG_M) += m.o\nm-$(CONFIG_ACL) += acl.o\nm-y += m1.o\n"
						  "obj-$(CONFIG_M) += n.o\nn-y := f.o\n");
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();
	CLEANUP(imply_freep) struct imply *rules = NULL;
	CLEANUP(infer_freep) struct infer *in = NULL;

	(void)state;
	assert_ok(kconfig_add_text(k, text, sizeof(text) - 1));
	rules = imply_new(k);
	assert_ok(infer_new(definitions, SYMBOL("T", "init"), g, &in));
	infer_set(in, "M", INFER_M, "module m is loaded");
	infer_modules(in, modules);
	infer_run(in, rules);
	assert_int_equal(state_of(in, "M"), INFER_M);
	assert_int_equal(state_of(in, "ONE"), INFER_Y);
	assert_int_equal(state_of(in, "THREE"), INFER_ON);
	assert_int_equal(state_of(in, "FOUR"), INFER_NOT_Y);
	/* a bool that is m or y is y */
	assert_int_equal(state_of(in, "ACL"), INFER_Y);
	/* nothing is said by what a module uses, a single static function, a name that two files have */
	assert_int_equal(state_of(in, "FIVE"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "SIX"), INFER_UNKNOWN);
	assert_int_equal(state_of(in, "TWICE"), INFER_UNKNOWN);
}

static void nothing_is_an_error(void **state)
{
	CLEANUP(scratch_deinit) struct scratch s = scratch_init();
	CLEANUP(gates_freep) struct gates *g = gates(&s, "core-y += kernel/\n", "obj-y := fork.o\n");
	struct infer *in = NULL;

	(void)state;
	assert_err(infer_new("F kernel/fork.c\nT f\n", "", g, &in), ERR_DATA, "no symbols");
	assert_err(infer_new("", SYMBOL("T", "f"), g, &in), ERR_DATA, "no definitions");
	assert_err(infer_new("F\nT\nx\n\n I", "short\n\n0 T\n", g, &in), ERR_DATA, "no ");
	free(scratch_path(&s, "x"));
	assert_err(gates_read("/nonexistent", &g), ERR_ABSENT, "no Makefile");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_decide),
		cmocka_unit_test(what_is_known_stays),
		cmocka_unit_test(rules_go_before_what_is_not_there),
		cmocka_unit_test(modules_speak_for_what_is_in_them),
		cmocka_unit_test(nothing_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
