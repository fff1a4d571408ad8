#include "tests/lib/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel-src/kconfig/dotconfig.h"
#include "kernel-src/kconfig/kconfig.h"
#include "tests/lib/scratch.h"

static unsigned int types(const struct kconfig *k, const char *name)
{
	return kconfig_types(k, name, strlen(name));
}

static void every_way_to_give_a_type_is_known(void **state)
{
	static const char text[] =
		"mainmenu \"Linux $(KERNELVERSION)\"\n"
		"config A\n\tbool \"a\" if B # comment\n\thelp\n\t  Not a type:\n\n\t    int\n\t  hex\n"
		"config B\n\ttristate\n"
		"menuconfig C\n\tint \"c\"\n\tdefault 5\n"
		"config D\n\thex\n\trange 0x0 0x10\n"
		"config E\n\tstring \"e\"\n\tdefault \"$(shell, echo x)\"\n"
		"config F\n\tdef_bool y\n"
		"config G\n\tdef_tristate m\n"
		"config H\n\tdef_bool $(cc-option,-mfoo)\n"
		"choice\n\tprompt \"which\"\n\tbool\n\tdefault I\n"
		"config I\n\tbool \"i\"\n"
		"config J\n\tboolean \"j\"\n"
		"endchoice\n"
		"config TWICE\n\tdefault y\n"
		"if A\nconfig TWICE\n\tbool\nendif\n"
		"config BOTH\n\tbool\nconfig BOTH\n\ttristate\n"
		"config UNTYPED\n\tdefault y\n"
		"comment \"bool\"\nmenu \"config NOT_AN_OPTION\"\n\tvisible if A\nendmenu\n"
		"\tconfig INDENTED\r\n\t\tbool\r\n"
		"config OLD_HELP\n\t---help---\n\tconfig IN_HELP\n\tbool\nconfig LAST\n\tint";
	CLEANUP(kconfig_freep) struct kconfig *k = kconfig_new();

	(void)state;
	assert_ok(kconfig_add_text(k, text, sizeof(text) - 1));
	assert_int_equal(types(k, "A"), KCONFIG_BOOL);
	assert_int_equal(types(k, "B"), KCONFIG_TRISTATE);
	assert_int_equal(types(k, "C"), KCONFIG_INT);
	assert_int_equal(types(k, "D"), KCONFIG_HEX);
	assert_int_equal(types(k, "E"), KCONFIG_STRING);
	assert_int_equal(types(k, "F"), KCONFIG_BOOL);
	assert_int_equal(types(k, "G"), KCONFIG_TRISTATE);
	assert_int_equal(types(k, "H"), KCONFIG_BOOL);
	assert_int_equal(types(k, "I"), KCONFIG_BOOL);
	assert_int_equal(types(k, "J"), KCONFIG_BOOL);
	assert_int_equal(types(k, "TWICE"), KCONFIG_BOOL);
	assert_int_equal(types(k, "BOTH"), KCONFIG_BOOL | KCONFIG_TRISTATE);
	assert_int_equal(types(k, "UNTYPED"), 0);
	assert_int_equal(types(k, "NOT_AN_OPTION"), 0);
	assert_int_equal(types(k, "INDENTED"), KCONFIG_BOOL);
	assert_int_equal(types(k, "IN_HELP"), 0);
	assert_int_equal(types(k, "OLD_HELP"), 0);
	assert_int_equal(types(k, "LAST"), KCONFIG_INT);
	assert_int_equal(types(k, ""), 0);
}

static void files_are_followed_within_the_tree(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *tree = scratch_path(&dir, "tree"), *net = scratch_path(&dir, "tree/net"),
				*arch = scratch_path(&dir, "tree/arch/x86");
	CLEANUP(kconfig_freep) struct kconfig *k = NULL, *none = NULL;

	(void)state;
	assert_ok(file_make_dirs(net));
	assert_ok(file_make_dirs(arch));
	assert_err(kconfig_read(tree, &none), ERR_ABSENT, "Kconfig");
	free(scratch_file(&dir, "tree/Kconfig",
			  "source \"arch/$(SRCARCH)/Kconfig\"\n"
			  "source net/Kconfig\n"
			  "osource \"not/there\"\n"
			  "source \"$(KCONFIG_EXT_PREFIX)Kconfig.ext\"\n"
			  "config TOP\n\tbool\n"));
	free(scratch_file(&dir, "tree/arch/x86/Kconfig", "config X86\n\tdef_bool y\n"));
	free(scratch_file(&dir, "tree/net/Kconfig",
			  "rsource \"Kconfig.more\"\nconfig NET\n\tbool\nsource \"Kconfig\"\n"));
	free(scratch_file(&dir, "tree/net/Kconfig.more", "config MORE\n\tint\n"));
	assert_ok(kconfig_read(tree, &k));
	assert_int_equal(types(k, "TOP"), KCONFIG_BOOL);
	assert_int_equal(types(k, "X86"), KCONFIG_BOOL);
	assert_int_equal(types(k, "NET"), KCONFIG_BOOL);
	assert_int_equal(types(k, "MORE"), KCONFIG_INT);
	assert_int_equal(kconfig_count(k), 4);
}

static void a_tree_that_leads_out_is_refused(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(kconfig_freep) struct kconfig *k = NULL;

	(void)state;
	free(scratch_file(&dir, "Kconfig", "source \"../../etc/passwd\"\n"));
	assert_err(kconfig_read(dir.path, &k), ERR_DATA, "leads out");
	free(scratch_file(&dir, "Kconfig", "source \"/etc/passwd\"\n"));
	assert_err(kconfig_read(dir.path, &k), ERR_DATA, "absolute");
	for (int i = 0; i < 40; i++) {
		CLEANUP(free_ptr) char *name = i ? xasprintf("K%d", i) : xstrdup("Kconfig");
		CLEANUP(free_ptr) char *text = xasprintf("source \"K%d\"\n", i + 1);

		free(scratch_file(&dir, name, text));
	}
	assert_err(kconfig_read(dir.path, &k), ERR_DATA, "deep");
	assert_null(k);
}

static void values_are_of_their_type(void **state)
{
	static const struct {
		unsigned int type;
		const char *good[8], *bad[12];
	} cases[] = {
		{ KCONFIG_BOOL, { "y", "n" }, { "", "m", "Y", "yes", "1", "y ", "\"y\"", "$y" } },
		{ KCONFIG_TRISTATE, { "y", "m", "n" }, { "", "x", "ym", "M" } },
		{ KCONFIG_INT,
		  { "0", "-1", "8192", "012" },
		  { "", "-", "1;x", "0x10", "$(N)", "1 2", "--1", "123456789012345678901" } },
		{ KCONFIG_HEX,
		  { "0x1000000", "ff", "0XdeadBEEF" },
		  { "", "0x", "0xg", "$(x)", "0x1`id`", "0x11112222333344445" } },
		{ KCONFIG_STRING,
		  { "\"\"", "\"certs/signing_key.pem\"", "\"-generic\"", "\"lockdown,yama\"" },
		  { "", "\"", "x", "\"$(shell touch /tmp/x)\"", "\"`id`\"", "\"a\"b\"", "\"\\\"\"",
		    "\"a;b\"", "\"a#b\"", "\"${x}\"", "\"(x)\"", "\"a\nb\"" } },
		{ KCONFIG_BOOL | KCONFIG_TRISTATE, { "m" }, { "1", "\"m\"" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t j = 0; j < 8 && cases[i].good[j]; j++)
			assert_null(kconfig_value_fault(cases[i].type, cases[i].good[j],
							strlen(cases[i].good[j])));
		for (size_t j = 0; j < 12 && cases[i].bad[j]; j++)
			assert_non_null(kconfig_value_fault(cases[i].type, cases[i].bad[j],
							    strlen(cases[i].bad[j])));
	}
	assert_non_null(kconfig_value_fault(KCONFIG_STRING, "\"a\0b\"", 5));
	assert_non_null(kconfig_value_fault(KCONFIG_BOOL, "y\0", 2));
	assert_non_null(kconfig_value_fault(KCONFIG_BOOL, "\0", 1));
}

static void lines_of_a_config_are_taken_apart(void **state)
{
	static const char text[] = "#\n# Linux/x86 6.1.192 Kernel Configuration\n#\nCONFIG_A=y\n"
				   "# CONFIG_B is not set\n# CONFIG_C is not set \n\nCONFIG_D=\"x=y\"\r\n"
				   "CONFIG_=y\nCONFIG_E y\n CONFIG_F=y\nexport X\nCONFIG_G=m";
	static const struct {
		enum dotconfig_kind kind;
		const char *name, *value;
	} lines[] = {
		{ DOTCONFIG_OPTION, "A", "y" },	     { DOTCONFIG_OPTION, "B", "n" },
		{ DOTCONFIG_OPTION, "D", "\"x=y\"" }, { DOTCONFIG_BAD, "CONFIG_=y", "" },
		{ DOTCONFIG_BAD, "CONFIG_E y", "" }, { DOTCONFIG_BAD, " CONFIG_F=y", "" },
		{ DOTCONFIG_BAD, "export X", "" },   { DOTCONFIG_OPTION, "G", "m" },
	};
	const char *at = text, *end = text + sizeof(text) - 1;
	struct dotconfig_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(dotconfig_next(&at, end, &line), lines[i].kind);
		assert_int_equal(line.name_size, strlen(lines[i].name));
		assert_memory_equal(line.name, lines[i].name, line.name_size);
		assert_int_equal(line.value_size, strlen(lines[i].value));
		assert_memory_equal(line.value, lines[i].value, line.value_size);
	}
	assert_int_equal(dotconfig_next(&at, end, &line), DOTCONFIG_END);
}

static void the_last_line_about_an_option_counts(void **state)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, ".config",
						    "CONFIG_B=y\nCONFIG_A=1\nCONFIG_B=m\nrubbish\n"
						    "CONFIG_AB=y\n# CONFIG_B is not set\n");
	CLEANUP(dotconfig_freep) struct dotconfig *c = NULL;

	(void)state;
	assert_ok(dotconfig_read(path, &c));
	assert_int_equal(dotconfig_count(c), 3);
	assert_string_equal(dotconfig_get(c, "A"), "1");
	assert_string_equal(dotconfig_get(c, "AB"), "y");
	assert_string_equal(dotconfig_get(c, "B"), "n");
	assert_null(dotconfig_get(c, "C"));
	assert_null(dotconfig_get(c, ""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_give_a_type_is_known),
		cmocka_unit_test(files_are_followed_within_the_tree),
		cmocka_unit_test(a_tree_that_leads_out_is_refused),
		cmocka_unit_test(values_are_of_their_type),
		cmocka_unit_test(lines_of_a_config_are_taken_apart),
		cmocka_unit_test(the_last_line_about_an_option_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
