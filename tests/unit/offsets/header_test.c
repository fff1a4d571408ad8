#include "tests/lib/unit.h"

#include "base/cleanup.h"
#include "offsets/header.h"
#include "tests/lib/scratch.h"

static void note_line(void *arg, const struct header *h, size_t line)
{
	(void)h;
	buf_addf(arg, "%zu ", line);
}

enum which { CONDITIONS, DEFINITION, CONTINUED };

/* The numbers of the lines that count, of this line of this text. */
static void expect(const char *text, enum which which, size_t line, const char *expected)
{
	CLEANUP(scratch_deinit) struct scratch dir = scratch_init();
	CLEANUP(free_ptr) char *path = scratch_file(&dir, "x.h", text);
	CLEANUP(header_deinit) struct header h = { .path = NULL };
	CLEANUP(buf_deinit) struct buf found = BUF_INIT;

	assert_ok(header_read(path, &h));
	if (which == CONDITIONS)
		header_each_condition(&h, line, note_line, &found);
	else if (which == DEFINITION)
		header_each_of_definition(&h, line, note_line, &found);
	else
		header_each_continued(&h, line, note_line, &found);
	assert_string_equal(buf_str(&found), expected);
}

static void conditions_around_a_line(void **state)
{
	static const char text[] =
		"#ifdef A\n"		/* 1 */
		"# if B \\\n"		/* 2 */
		"	&& C\n"		/* 3 */
		"int b;\n"		/* 4 */
		"# elif D\n"		/* 5 */
		"#  if E\n#  elif F\n#  endif\n" /* 6 to 8: over before the line */
		"int d;\n"		/* 9 */
		"# endif\n"		/* 10 */
		"int a;\n"		/* 11 */
		"#else\n"		/* 12 */
		"int not_a;\n"		/* 13 */
		"#endif\n"		/* 14 */
		"int always;";		/* 15, without a newline */

	(void)state;
	expect(text, CONDITIONS, 1, "");
	expect(text, CONDITIONS, 4, "1 2 3 ");
	expect(text, CONDITIONS, 9, "1 2 3 5 ");
	expect(text, CONDITIONS, 11, "1 ");
	expect(text, CONDITIONS, 13, "1 ");
	expect(text, CONDITIONS, 15, "");
	expect(text, CONDITIONS, 4000, "");
}

static void conditionals_that_do_not_match_end(void **state)
{
	CLEANUP(buf_deinit) struct buf text = BUF_INIT, expected = BUF_INIT;

	(void)state;
	expect("", CONDITIONS, 1, "");
	expect("#endif\n#endif\n#elif A\n#else\n#if B\nint b;\n", CONDITIONS, 6, "5 ");
	for (size_t i = 1; i <= 1000; i++) {
		buf_addf(&text, "#if A%zu\n", i);
		if (i <= 64) /* deeper ones are not kept */
			buf_addf(&expected, "%zu ", i);
	}
	expect(buf_str(&text), CONDITIONS, 1001, buf_str(&expected));
}

static void lines_of_a_definition(void **state)
{
	static const char text[] =
		"struct a {\n"			/* 1 */
		"	/* int x; };\n"		/* 2 */
		"	 * }; */ int y;\n"	/* 3: begins in a comment */
		"#define BRACE }\n"		/* 4: a directive opens and closes nothing */
		"	struct { int z; } b;\n"	/* 5 */
		"} c;\n"			/* 6 */
		"int d;\n";

	(void)state;
	expect(text, DEFINITION, 1, "1 2 4 5 6 ");
	expect(text, DEFINITION, 7, "7 ");
	expect("typedef int\na_t;\nint b;\n", DEFINITION, 1, "1 2 ");
	expect("struct a {\n\tint x;\n", DEFINITION, 1, "1 2 ");
	expect("}}}}\n;\n", DEFINITION, 1, "1 2 ");
	expect("int a;", DEFINITION, 2, "");
}

static void continued_lines(void **state)
{
	(void)state;
	expect("#define A \\\n\t(B + \\\n\tC)\nint d;\n", CONTINUED, 1, "1 2 3 ");
	expect("#define A \\", CONTINUED, 1, "1 ");
	expect("#define A\n", CONTINUED, 2, "");
}

static void a_file_that_is_not_there(void **state)
{
	CLEANUP(header_deinit) struct header h = { .path = NULL };

	(void)state;
	assert_err(header_read("/nowhere/x.h", &h), ERR_SYSTEM, "/nowhere/x.h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_around_a_line),
		cmocka_unit_test(conditionals_that_do_not_match_end),
		cmocka_unit_test(lines_of_a_definition),
		cmocka_unit_test(continued_lines),
		cmocka_unit_test(a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
