#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "offsets/probe_source.h"
#include "offsets/relevant.h"
#include "tests/lib/object.h"
#include "tests/lib/scratch.h"

/* The options that `list` depends on, one a word. header: the text of <x.h>. define: "-DCONFIG_..." of those that
 * are on. */
static char *relevant(const char *list, const char *header, const char *define)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *fields = NULL;
	CLEANUP(buf_deinit) struct buf source = BUF_INIT, found = BUF_INIT, names = BUF_INIT;
	CLEANUP(free_ptr) char *folder = scratch_path(&dir, "include"), *command = NULL, *object = NULL;
	CLEANUP(free_ptr) char *preprocess = NULL, *macros = NULL, *header_path = NULL;

	mkdir(folder, 0755);
	header_path = scratch_file(&dir, "include/x.h", header);
	assert_ok(fields_parse("list", list, strlen(list), &fields));
	probe_source_format(fields, &source);
	command = xasprintf("cd '%s' && gcc -g -Iinclude %s", dir.path, define);
	object = object_compile(&dir, "probe", command, buf_str(&source));
	assert_non_null(object);
	preprocess = xasprintf("cd '%s' && gcc -Iinclude %s -E -dD -o macros probe.c", dir.path, define);
	assert_int_equal(system(preprocess), 0);
	macros = scratch_path(&dir, "macros");
	assert_ok(relevant_options(object, macros, dir.path, fields, &found));
	for (const char *at = buf_str(&found); *at; at += strcspn(at, "\n") + 1)
		buf_addf(&names, "%s%.*s", names.size ? " " : "", (int)strcspn(at, "\t"), at);
	return xstrdup(buf_str(&names));
}

#define assert_relevant(list, header, define, expected) \
	do { \
		CLEANUP(free_ptr) char *found_ = relevant("include <x.h>\n" list, header, define); \
		assert_string_equal(found_, expected); \
	} while (0)

static void in_and_around_a_structure(void **state)
{
	(void)state;
	assert_relevant("struct a\n\tx\n", "struct a { int x; };\n", "", "");
	assert_relevant("struct a\n\tx\n",
			"struct a {\n#ifdef CONFIG_IN\n\tlong y;\n#endif\n\tint x; };\n"
			"#ifdef CONFIG_BEHIND\nextern int z;\n#endif\n", "", "IN");
	assert_relevant("struct a\n\tx\n",
			"#if defined(CONFIG_AROUND) || !IS_ENABLED(CONFIG_MODULE_TOO)\n"
			"#ifndef CONFIG_BEFORE\nextern int z;\n#endif\nstruct a { int x; };\n#endif\n",
			"-DCONFIG_AROUND '-DIS_ENABLED(x)=0'", "AROUND MODULE_TOO");
	assert_relevant("struct a\n\tx\n", "struct a {\n#ifdef CONFIG_DRIVER_MODULE\n\tint y;\n#endif\n\tint x; };\n", "",
			"DRIVER");
}

static void of_what_is_embedded_and_not_of_what_is_pointed_to(void **state)
{
	static const char header[] =
		"struct far {\n#ifdef CONFIG_FAR\n\tint f;\n#endif\n};\n"
		"struct near {\n#ifdef CONFIG_NEAR\n\tint n;\n#endif\n};\n"
		"typedef struct {\n#ifdef CONFIG_TYPEDEF\n\tint t;\n#endif\n} type_t;\n"
		"struct a { struct far *p; struct near n[2]; type_t t; union {\n"
		"#ifdef CONFIG_UNION\n\tint u;\n#endif\n\tint x; }; };\n";

	(void)state;
	assert_relevant("struct a\n\tx\n", header, "", "NEAR TYPEDEF UNION");
}

static void through_macros_and_enumerators(void **state)
{
	static const char header[] =
		"#ifdef CONFIG_BIG\n#define SIZE 8\n#else\n#define SIZE 4\n#endif\n"
		"#define INDIRECT \\\n\t(SIZE + 1)\n"
		"enum kinds { ONE,\n#ifdef CONFIG_TWO\n TWO,\n#endif\n KINDS };\n"
		"#define NUMBER CONFIG_NUMBER\n"
		"struct a { int x[INDIRECT]; int y[KINDS]; };\n";

	(void)state;
	assert_relevant("struct a\n\tx\n", header, "", "BIG TWO");
	assert_relevant("struct a\n\tx\nconst NUMBER\n", header, "-DCONFIG_NUMBER=5", "BIG NUMBER TWO");
}

static void comments_are_none(void **state)
{
	(void)state;
	assert_relevant("struct a\n\tx\n",
			"struct a {\n\t/* CONFIG_COMMENT; }\n\t * CONFIG_SECOND }; */\n\tint y; // CONFIG_THIRD\n"
			"#ifdef CONFIG_IN\n\tint z;\n#endif\n\tint x;\n};\n#ifdef CONFIG_BEHIND\n#endif\n", "", "IN");
}

static void what_does_not_belong_together_is_said(void **state)
{
	static const char list[] = "struct a\n\tx\n";
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *fields = NULL;
	CLEANUP(buf_deinit) struct buf found = BUF_INIT;
	CLEANUP(free_ptr) char *text = scratch_file(&dir, "text", "no object\n"), *none = scratch_path(&dir, "none");
	CLEANUP(free_ptr) char *object = object_compile(&dir, "empty", "gcc -g", "int x;\n");

	(void)state;
	assert_ok(fields_parse("list", list, strlen(list), &fields));
	assert_err(relevant_options(text, text, dir.path, fields, &found), ERR_DATA, "text");
	assert_err(relevant_options(object, none, dir.path, fields, &found), ERR_SYSTEM, "none");
	assert_ok(relevant_options(object, text, dir.path, fields, &found));
	assert_int_equal(found.size, 0);
}

/* Lines that name no file, lines of no file, and headers that were made and not kept are passed over. */
static void odd_text_of_the_preprocessor_is_passed_over(void **state)
{
	static const char *const texts[] = {
		"", "#", "# ", "# 1", "# 1 \"", "# 1 \"x", "#define", "#define ", "#define A",
		"# 99999999999 \"gone.h\"\n#define HZ 1\n",
		"# 1 \"include/gone.h\"\n#define HZ CONFIG_HZ\n", "# 4000000 \"include/x.h\"\n#define HZ CONFIG_HZ\n",
		"# 1 \"<built-in>\"\n#define HZ 1\n",
	};
	static const char list[] = "struct? a\n\tx\nconst? HZ\n";
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(fields_freep) struct fields *fields = NULL;
	CLEANUP(free_ptr) char *object = object_compile(&dir, "empty", "gcc -g", "int x;\n");
	CLEANUP(free_ptr) char *folder = scratch_path(&dir, "include"), *header = NULL;

	(void)state;
	mkdir(folder, 0755);
	header = scratch_file(&dir, "include/x.h", "#ifdef CONFIG_X\n");
	assert_ok(fields_parse("list", list, strlen(list), &fields));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(buf_deinit) struct buf found = BUF_INIT;
		CLEANUP(free_ptr) char *macros = scratch_file(&dir, "macros", texts[i]);

		assert_ok(relevant_options(object, macros, dir.path, fields, &found));
		assert_int_equal(found.size, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_and_around_a_structure),
		cmocka_unit_test(of_what_is_embedded_and_not_of_what_is_pointed_to),
		cmocka_unit_test(through_macros_and_enumerators),
		cmocka_unit_test(comments_are_none),
		cmocka_unit_test(what_does_not_belong_together_is_said),
		cmocka_unit_test(odd_text_of_the_preprocessor_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
