#include "tests/lib/unit.h"

#include "base/alloc.h"
#include "recover/config/file.h"

static enum config_line_kind kind_of(const char *line)
{
	return config_line_lex(line, strlen(line)).kind;
}

static void each_is(const char *const *lines, size_t count, enum config_line_kind kind)
{
	for (size_t i = 0; i < count; i++)
		if (kind_of(lines[i]) != kind)
			fail_msg("\"%s\" is of kind %d, expected %d", lines[i], kind_of(lines[i]),
				 kind);
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static void lines_of_a_config(void **state)
{
	static const char *const set[] = {
		"CONFIG_64BIT=y", "CONFIG_EXT4_FS=m", "CONFIG_X=n", "CONFIG_ARCNET_COM90xx=m",
		"CONFIG_NR_CPUS=8192", "CONFIG_MTD_REDBOOT_DIRECTORY_BLOCK=-1",
		"CONFIG_PHYSICAL_START=0x1000000", "CONFIG_ILLEGAL=0xdead000000000000",
		"CONFIG_LOCALVERSION=\"\"", "CONFIG_DEFAULT_HOSTNAME=\"(none)\"",
		"CONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0\"",
		"CONFIG_DEFCONFIG_LIST=\"/lib/modules/$UNAME_RELEASE/.config\"",
	};
	static const char *const not_set[] = { "# CONFIG_X is not set",
					       "# CONFIG_FONT_10x18 is not set" };
	static const char *const comments[] = {
		"#", "# Processor type and features", "# end of Kernel hacking",
		"# Linux/x86 6.1.192 Kernel Configuration",
	};

	(void)state;
	each_is(set, COUNT(set), CONFIG_LINE_SET);
	each_is(not_set, COUNT(not_set), CONFIG_LINE_NOT_SET);
	each_is(comments, COUNT(comments), CONFIG_LINE_COMMENT);
	assert_int_equal(kind_of(""), CONFIG_LINE_BLANK);
}

static void lines_of_nothing(void **state)
{
	static const char *const bad[] = {
		"CONFIG_", "CONFIG_X", "CONFIG_=y", "CONFIG_X=", "CONFIG_X=yes", "CONFIG_X=Y",
		"CONFIG_X = y", " CONFIG_X=y", "CONFIG_X=y ", "CONFIG_X=y\r", "CONFIG_X=-",
		"CONFIG_X=0x", "CONFIG_X=-0x1", "CONFIG_X=12a", "CONFIG_X=0x1g",
		"CONFIG_X=123456789012345678901", "CONFIG_X=0x11112222333344445",
		"CONFIG_X=\"", "CONFIG_X=\"a", "CONFIG_X=\"a\"b\"", "CONFIG_X=\"a\" ",
		"CONFIG_X=\"a\\\"", "CONFIG_X=\"\x80\"", "CONFIG_X=\"a\tb\"", "CONFIG-X=y",
		"CONFIG_X:=y", "CONFIG_X=y # note", "config X", "#ifdef CONFIG_X", "#define CONFIG_X 1",
		"\tdepends on X", "#CONFIG_X is not set", "# CONFIG_X is not set ",
		"# CONFIG_X is not", "# CONFIG_X=y", "# CONFIG_ is not set", "#\tcomment",
		"# caf\xc3\xa9", "# \x1b[2J", "# gap: forged", "# farwalk config text: 1 of 1 pages",
		"export CONFIG_X=y", "include evil.mk", "CONFIG_X=$(shell id)", "CONFIG_X=`id`",
	};

	(void)state;
	each_is(bad, COUNT(bad), CONFIG_LINE_BAD);
}

static void strings_that_are_not_safe(void **state)
{
	static const char *const unsafe[] = {
		"CONFIG_X=\"$(shell touch /tmp/pwned)\"", "CONFIG_X=\"${shell id}\"",
		"CONFIG_X=\"$$(id)\"", "CONFIG_X=\"$\"", "CONFIG_X=\"a$b\"", "CONFIG_X=\"`id`\"",
		"CONFIG_X=\"a;id\"", "CONFIG_X=\"a|id\"", "CONFIG_X=\"a&id\"", "CONFIG_X=\"a>b\"",
		"CONFIG_X=\"\\\\\"", "CONFIG_X=\"a\\\"b\"", "CONFIG_X=\"a\\nb\"", "CONFIG_X=\"'\"",
		"CONFIG_X=\"*\"", "CONFIG_X=\"a#b\"", "CONFIG_X=\"!x\"", "CONFIG_SHELL=\"/tmp/sh\"",
		"CONFIG_SHELL=y",
	};

	(void)state;
	each_is(unsafe, COUNT(unsafe), CONFIG_LINE_UNSAFE);
}

static void line_limits(void **state)
{
	char line[CONFIG_LINE_MAX + 8];

	(void)state;
	memset(line, 'A', sizeof(line));
	memcpy(line, "CONFIG_", 7);
	memcpy(line + 7 + CONFIG_NAME_MAX, "=y", 2);
	assert_int_equal(config_line_lex(line, 9 + CONFIG_NAME_MAX).kind, CONFIG_LINE_SET);
	memcpy(line + 7 + CONFIG_NAME_MAX, "A=y", 3);
	assert_int_equal(config_line_lex(line, 10 + CONFIG_NAME_MAX).kind, CONFIG_LINE_BAD);
	memset(line, 'a', sizeof(line));
	memcpy(line, "# ", 2);
	assert_int_equal(config_line_lex(line, CONFIG_LINE_MAX).kind, CONFIG_LINE_COMMENT);
	assert_int_equal(config_line_lex(line, CONFIG_LINE_MAX + 1).kind, CONFIG_LINE_BAD);
	assert_int_equal(config_line_lex("CONFIG_X=y\0", 11).kind, CONFIG_LINE_BAD);
	assert_int_equal(config_line_lex("CONFIG_X=\0", 10).kind, CONFIG_LINE_BAD);
}

static void parse(const char *text, struct config_file *f)
{
	assert_ok(config_file_parse(text, strlen(text), f));
}

static void a_file(void **state)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	parse("#\n# Automatically generated file; DO NOT EDIT.\n"
	      "# Linux/x86 6.1.192 Kernel Configuration\n#\nCONFIG_B=y\n\n# CONFIG_A is not set\n"
	      "CONFIG_C=\"c\"\n",
	      &f);
	assert_int_equal(f.count, 3);
	assert_int_equal(f.problem_total, 0);
	assert_string_equal(f.version, "6.1.192");
	assert_string_equal(f.options[0].name, "B");
	assert_string_equal(config_file_find(&f, "A")->value, "n");
	assert_int_equal(config_file_find(&f, "C")->line, 8);
	assert_null(config_file_find(&f, "D"));
	for (size_t i = 0; i < f.count; i++)
		config_option_format(f.options[i].name, f.options[i].value, &b);
	assert_string_equal(buf_str(&b), "CONFIG_B=y\n# CONFIG_A is not set\nCONFIG_C=\"c\"\n");
}

static void what_is_not_taken_is_named(void **state)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };

	(void)state;
	parse("CONFIG_A=y\nCONFIG_X=\"$(shell touch /tmp/pwned)\"\nCONFIG_B=y\nrm -rf\n", &f);
	assert_int_equal(f.count, 2);
	assert_null(config_file_find(&f, "X"));
	assert_int_equal(f.problem_count, 2);
	assert_int_equal(f.problems[0].kind, CONFIG_PROBLEM_UNSAFE);
	assert_int_equal(f.problems[0].line, 2);
	assert_string_equal(f.problems[0].name, "X");
	assert_int_equal(f.problems[1].kind, CONFIG_PROBLEM_BAD);
	assert_int_equal(f.problems[1].line, 4);
	assert_int_equal(f.gap_count, 2);
	assert_int_equal(f.gaps[0].before, 1);
}

static void repeated_options(void **state)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };

	(void)state;
	parse("CONFIG_A=y\nCONFIG_B=m\nCONFIG_A=y\n# gap: page 1\n# CONFIG_B is not set\n"
	      "CONFIG_C=1\n",
	      &f);
	assert_int_equal(f.count, 3);
	assert_false(config_file_find(&f, "A")->contradicted);
	assert_true(config_file_find(&f, "B")->contradicted);
	assert_int_equal(f.problem_count, 1);
	assert_int_equal(f.problems[0].kind, CONFIG_PROBLEM_CONTRADICTION);
	assert_int_equal(f.problems[0].line, 5);
	assert_string_equal(f.options[2].name, "C");
	assert_int_equal(f.gap_count, 1);
	assert_int_equal(f.gaps[0].before, 2);
	assert_string_equal(f.gaps[0].why, "page 1");
}

static void texts_that_are_refused(void **state)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };
	CLEANUP(free_ptr) char *huge = xmalloc(CONFIG_FILE_MAX + 1);

	(void)state;
	memset(huge, '\n', CONFIG_FILE_MAX + 1);
	assert_err(config_file_parse("CONFIG_A=y", 10, &f), ERR_DATA, "cut off");
	assert_err(config_file_parse("CONFIG_A=y\n\0\n", 13, &f), ERR_DATA, "NUL");
	assert_err(config_file_parse(huge, CONFIG_FILE_MAX + 1, &f), ERR_DATA, "more than");
	assert_ok(config_file_parse("", 0, &f));
	assert_int_equal(f.count, 0);
}

static void problems_have_a_limit(void **state)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };
	CLEANUP(buf_deinit) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add_str(&b, "x\n");
	parse(buf_str(&b), &f);
	assert_int_equal(f.problem_count, CONFIG_PROBLEMS_MAX);
	assert_int_equal(f.problem_total, 100000);
}

static void first_line_is_farwalks_own(void **state)
{
	CLEANUP(config_file_deinit) struct config_file f = { 0 };

	(void)state;
	parse("# farwalk config text: 3 of 4 pages\nCONFIG_A=y\n# farwalk config text: 4 of 4 pages\n",
	      &f);
	assert_string_equal(f.first_line, "# farwalk config text: 3 of 4 pages");
	assert_int_equal(f.problem_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_a_config),
		cmocka_unit_test(lines_of_nothing),
		cmocka_unit_test(strings_that_are_not_safe),
		cmocka_unit_test(line_limits),
		cmocka_unit_test(a_file),
		cmocka_unit_test(what_is_not_taken_is_named),
		cmocka_unit_test(repeated_options),
		cmocka_unit_test(texts_that_are_refused),
		cmocka_unit_test(problems_have_a_limit),
		cmocka_unit_test(first_line_is_farwalks_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
